// Micro-kernels of linears on x86, one for each way of multiplying.
#pragma once

#include "ir/Storage.h"

#include "mlir/IR/Builders.h"

namespace mlir::facet {

/// Steps of the loop over the depth that make one turn: the schedule's choice or else `otherwise`, as far as
/// it divides `steps`.
int64_t unrollOf(TileLinearOp op, int64_t steps, int64_t otherwise);
/// Which weights are prefetched while others are multiplied: those so many bytes ahead (0: none), with this
/// locality (llvm.prefetch: 3 into the first level of cache, 2 into the second).
struct Ahead {
  int64_t bytes;
  int32_t locality;
};
/// One or two rows take weights once: as far ahead as the schedule says or else `thin`. Others come back to a
/// panel, tile by tile, until the next one is there.
Ahead prefetchOf(TileLinearOp op, int64_t thin = 0);

/// The sums of a facet.tile_linear over q8 or q4 weights (TileQuantLinear.cpp).
SmallVector<Value> emitQuantTile(TileLinearOp op, TargetAttr target, OpBuilder &builder);

} // namespace mlir::facet
