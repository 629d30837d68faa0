#include "passes/quantize/Recipe.h"

#include "ir/Storage.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"

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

static llvm::Error badFormat(const llvm::Twine &text) {
  return llvm::createStringError(
      "expects storage f32, bf16, q8, q4 or rules PATTERN=FORMAT, where a format is one "
      "of these or 'stored', got '" +
      text + "'");
}

static bool isFormat(llvm::StringRef text) {
  static constexpr llvm::StringLiteral known[] = {"f32", "bf16", "q8", "q4", "stored"};
  return llvm::is_contained(known, text);
}

llvm::Expected<StorageRecipe> StorageRecipe::parse(llvm::StringRef text) {
  llvm::StringRef rules = builtIn(text);
  StorageRecipe recipe;
  recipe.named = !rules.empty();
  if (!recipe.named)
    rules = text;
  llvm::SmallVector<llvm::StringRef> lines;
  rules.split(lines, ',');
  for (llvm::StringRef line : lines) {
    auto [pattern, format] = line.split('=');
    if (pattern.empty() || !isFormat(format))
      return badFormat(line);
    recipe.rules.push_back({pattern.str(), format.str()});
  }
  if (recipe.rules.back().pattern != "*")
    return llvm::createStringError("expects a last rule for the pattern '*', got '" +
                                   recipe.rules.back().pattern + "'");
  return recipe;
}

llvm::Expected<std::string> StorageRecipe::read(llvm::StringRef formatOrPath) {
  if (!builtIn(formatOrPath).empty())
    return formatOrPath.str();
  auto file = llvm::MemoryBuffer::getFile(formatOrPath, /*IsText=*/true);
  if (!file)
    return llvm::createStringError(
        "--weights " + formatOrPath +
        ": expected f32, bf16, q8, q4 or a file of rules, found no file: " + file.getError().message());
  llvm::SmallVector<llvm::StringRef> lines;
  (*file)->getBuffer().split(lines, '\n');
  std::string rules;
  for (auto [index, line] : llvm::enumerate(lines)) {
    llvm::SmallVector<llvm::StringRef> words;
    llvm::SplitString(line.take_until([](char c) { return c == '#'; }), words);
    if (words.empty())
      continue;
    if (words.size() != 2 || words[0].find_first_of("=,") != llvm::StringRef::npos || !isFormat(words[1]))
      return llvm::createStringError(
          formatOrPath + ":" + llvm::Twine(index + 1) +
          ": expected a line 'PATTERN FORMAT' with format f32, bf16, q8, q4 or stored, "
          "found '" +
          line.trim() + "'");
    rules += (rules.empty() ? "" : ",") + words[0].str() + "=" + words[1].str();
  }
  auto recipe = parse(rules);
  if (!recipe)
    return llvm::createStringError(formatOrPath + ": " + llvm::toString(recipe.takeError()));
  return rules;
}

Type StorageRecipe::formatOf(llvm::StringRef symbol, MLIRContext *context) {
  for (Rule &rule : rules)
    if (matches(rule.pattern, symbol)) {
      rule.used = true;
      return storageNamed(context, rule.format);
    }
  return {};
}

std::vector<llvm::StringRef> StorageRecipe::idleRules() const {
  std::vector<llvm::StringRef> idle;
  for (const Rule &rule : rules)
    if (!named && !rule.used && rule.pattern != "*")
      idle.push_back(rule.pattern);
  return idle;
}
