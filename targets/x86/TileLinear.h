// Micro-kernels of linears on x86, one for each way of multiplying.
#pragma once

#include "ir/Storage.h"

#include "mlir/IR/Builders.h"

namespace mlir::facet {

/// Steps of the loop over the depth that make one turn: the schedule's choice or else `otherwise`, as far as
/// it divides `steps`.
int64_t unrollOf(TileLinearOp op, int64_t steps, int64_t otherwise);
/// How far ahead the weights of this tile are prefetched, in bytes: the schedule's choice or else
/// `otherwise`. 0, and tiles of three rows and more: not.
int64_t prefetchOf(TileLinearOp op, int64_t otherwise = 0);

/// The sums of a facet.tile_linear over q8 or q4 weights (TileQuantLinear.cpp).
SmallVector<Value> emitQuantTile(TileLinearOp op, TargetAttr target, OpBuilder &builder);

} // namespace mlir::facet
