// What every kernel shares: the function of the ABI around a body, and one emitter for each kind.
#pragma once

#include "passes/lower/RowEmitter.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::facet {

/// A kernel on its way from facet ops to the ABI of runtime/abi.h.
struct KernelFrame {
  KernelBuilder b;
  func::FuncOp source;              // the facet form
  DenseMap<Value, Value> addresses; // arguments and returned values -> operand pointers
  ScratchPlan scratch;
  Value piece, pieces, prepared;
  TargetAttr target;
  ScheduleAttr schedule; // null: all is left to the target

  KernelFrame(Location loc, func::FuncOp source, TargetAttr target);

  Block &ops() { return source.getBody().front(); }
  template <typename Op> Op only() {
    auto found = ops().template getOps<Op>();
    return found.empty() ? Op() : *found.begin();
  }
  /// The row set that the kernel ranges over: the one its first op names, or its only argument of that type.
  Value rowSet();
  /// [first, last) of `units` for this piece.
  std::pair<Value, Value> share(Value units);
  /// `body` fills scratch for `what`, a number, unless an earlier piece of this worker did.
  void prepareOnce(Value what, llvm::function_ref<void()> body);
};

LogicalResult emitRowsKernel(KernelFrame &frame);
LogicalResult emitLinearKernel(KernelFrame &frame);
LogicalResult emitAttentionKernel(KernelFrame &frame);
LogicalResult emitAttentionMergeKernel(KernelFrame &frame);
LogicalResult emitMoePlanKernel(KernelFrame &frame);
LogicalResult emitMoeLinearKernel(KernelFrame &frame);

} // namespace mlir::facet
