// Which storage format each weight gets: what `--weights` says.
#pragma once

#include "ir/Facet.h"

#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace mlir::facet {

/// Rules `pattern=format`, tried in order against a weight's symbol; `*` in a pattern stands for any
/// characters. A format is f32, bf16, q8, q4 or `stored`: the checkpoint's own.
class StorageRecipe {
public:
  /// `text` is f32, bf16, q8, q4, or rules separated by commas whose last pattern is `*`.
  static llvm::Expected<StorageRecipe> parse(llvm::StringRef text);
  /// What `--weights` says, as `parse` takes it: a format, or a file with a line `pattern format` for each
  /// rule; what follows a '#' is a comment.
  static llvm::Expected<std::string> read(llvm::StringRef formatOrPath);

  /// The element type of a weight; null stands for `stored`.
  Type formatOf(llvm::StringRef symbol, MLIRContext *context);

  /// Patterns of rules that no weight has asked for so far. Those of a format by name may well be idle: not
  /// every model has what they are about.
  std::vector<llvm::StringRef> idleRules() const;

private:
  struct Rule {
    std::string pattern, format;
    bool used = false;
  };
  bool named = false; // a format's own rules
  std::vector<Rule> rules;
};

} // namespace mlir::facet
