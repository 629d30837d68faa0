#include "passes/quantize/Recipe.h"

#include "ir/Storage.h"

#include "llvm/ADT/SmallVector.h"

using namespace mlir;
using namespace mlir::facet;

/// The floors of q4 keep what is looked up or steers a choice finer than the bulk: an error in a row of the
/// embedding reaches every layer, one in the router swaps experts.
static llvm::StringRef builtIn(llvm::StringRef name) {
  if (name == "f32" || name == "bf16")
    return name == "f32" ? "*=f32" : "*=bf16";
  if (name == "q8")
    return "*.router=stored,*=q8";
  if (name == "q4")
    return "*.router=stored,embed=q8,ple.table=q8,ple.projection=q8,*=q4";
  return {};
}

/// `*` takes any characters; the shortest match of each piece suffices, since pieces are literal.
static bool matches(llvm::StringRef pattern, llvm::StringRef text) {
  auto [head, rest] = pattern.split('*');
  if (!text.consume_front(head))
    return false;
  if (head.size() == pattern.size())
    return text.empty();
  for (size_t skip = 0; skip <= text.size(); ++skip)
    if (matches(rest, text.drop_front(skip)))
      return true;
  return false;
}

llvm::Expected<StorageRecipe> StorageRecipe::parse(llvm::StringRef text) {
  llvm::StringRef rules = builtIn(text);
  if (rules.empty())
    rules = text;
  StorageRecipe recipe;
  llvm::SmallVector<llvm::StringRef> lines;
  rules.split(lines, ',');
  for (llvm::StringRef line : lines) {
    auto [pattern, format] = line.split('=');
    static constexpr llvm::StringLiteral known[] = {"f32", "bf16", "q8", "q4", "stored"};
    if (pattern.empty() || !llvm::is_contained(known, format))
      return llvm::createStringError("expects storage f32, bf16, q8, q4 or rules PATTERN=FORMAT, where a "
                                     "format is one of these or 'stored', got '" +
                                     line.str() + "'");
    recipe.rules.push_back({pattern.str(), format.str()});
  }
  if (recipe.rules.back().pattern != "*")
    return llvm::createStringError("expects a last rule for the pattern '*', got '" +
                                   recipe.rules.back().pattern + "'");
  return recipe;
}

Type StorageRecipe::formatOf(llvm::StringRef symbol, MLIRContext *context) const {
  for (const Rule &rule : rules)
    if (matches(rule.pattern, symbol))
      return storageNamed(context, rule.format);
  return {};
}
