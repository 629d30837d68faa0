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

  /// The element type of a weight; null stands for `stored`.
  Type formatOf(llvm::StringRef symbol, MLIRContext *context) const;

private:
  struct Rule {
    std::string pattern, format;
  };
  std::vector<Rule> rules;
};

} // namespace mlir::facet
