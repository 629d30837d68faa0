// The dispatches of a step in order, and which of them are ordered by waits.
#pragma once

#include "ir/Facet.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/DenseMap.h"

namespace mlir::facet {

struct DispatchGraph {
  SmallVector<DispatchOp> dispatches;
  DenseMap<Operation *, int64_t> index;
  SmallVector<llvm::BitVector> before; // before[i][j]: j is finished when i starts

  /// Reads the `waits` attributes of the step's dispatches.
  explicit DispatchGraph(func::FuncOp step);
  /// True if everything that touches `value` is finished when dispatch `at` starts.
  bool isDead(Value value, int64_t at) const;
  /// The dispatches that write or read `value`.
  SmallVector<int64_t> touching(Value value) const;
};

/// Bytes of a dispatch result for `rows` rows.
int64_t bytesOf(Type type, int64_t rows);
/// True if the step returns `value`: it goes to an output, not to the arena.
bool isOutput(Value value);

} // namespace mlir::facet
