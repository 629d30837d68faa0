// Gathering ops into facet.group, the step that every fusion shares.
#pragma once

#include "ir/Facet.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::facet {

/// Moves `ops` (of one block, in order) into a new group of `kind` at the place of the last one. Values
/// from outside become inputs, values used outside become results. `facet.get` is cloned into no group:
/// weights are inputs.
GroupOp formGroup(RewriterBase &rewriter, StringRef kind, ArrayRef<Operation *> ops);

/// True if `op` computes each row alone and a kernel can hold it as prologue.
bool isRowWise(Operation *op);
bool isElementWise(Operation *op);

/// The ops of `kinds` that lead to `value` and have no reader beyond `value`'s cone, in program order.
SmallVector<Operation *> coneOf(Value value, llvm::function_ref<bool(Operation *)> wanted);

/// A place in the model for what several ops became: renamed("layers.3.mlp.gate", "gate_up") is
/// "layers.3.mlp.gate_up". Schedules and profiles show it.
Location renamed(Location loc, StringRef last);

/// The module's step function; null if there is none.
func::FuncOp stepOf(ModuleOp module);

/// Adds "facet.fuse" remarks: what happened to `op`, or why it did not.
void remarkFused(Operation *op, StringRef pass, const Twine &what);
void remarkMissed(Operation *op, StringRef pass, const Twine &why);

} // namespace mlir::facet
