// New weights put together from others, by recipe.
#pragma once

#include "ir/Facet.h"

#include "mlir/IR/PatternMatch.h"

namespace mlir::facet {

/// Gates and ups alternate in runs of this many rows: one vector of lanes each.
constexpr int64_t kPairWidth = 16;

/// A `facet.get` of a new weight `<prefix>.<name>` whose rows are those of `parts` one after another, or
/// `rows` of each in turn. The prefix is that of the first part. Null if a part is not a weight symbol or the
/// types do not match.
Value concatWeights(RewriterBase &rewriter, ModuleOp module, ArrayRef<Value> parts, StringRef name);
Value interleaveWeights(RewriterBase &rewriter, ModuleOp module, ArrayRef<Value> parts, int64_t rows,
                        StringRef name);
/// As above, of one stack of matrices whose first half of rows goes with the second.
Value interleaveHalves(RewriterBase &rewriter, ModuleOp module, Value stack, int64_t rows);

} // namespace mlir::facet
