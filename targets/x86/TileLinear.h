// Micro-kernels of linears on x86, one for each way of multiplying.
#pragma once

#include "ir/Storage.h"

#include "mlir/IR/Builders.h"

namespace mlir::facet {

/// Steps of the loop over the depth that make one turn: the schedule's choice or else `otherwise`, as far as
/// it divides `steps`.
int64_t unrollOf(TileLinearOp op, int64_t steps, int64_t otherwise);
/// Into which cache weights are prefetched, as llvm.prefetch counts: the second. Into the first, one row of
/// q8 read 95 % of the bandwidth of two Zen 4 cores where this reads 98, and 73 to 86 % where their memory is
/// faster and this reads 88.
constexpr int32_t kPrefetchInto = 2;
/// How many bytes ahead of those being multiplied weights are prefetched (0: none). One or two rows take
/// weights once: as far ahead as the schedule says or else `thin`. Others come back to a panel, tile by tile,
/// until the next one is there.
int64_t prefetchOf(TileLinearOp op, int64_t thin = 0);

/// The sums of a facet.tile_linear over q8 or q4 weights (TileQuantLinear.cpp).
SmallVector<Value> emitQuantTile(TileLinearOp op, TargetAttr target, OpBuilder &builder);

} // namespace mlir::facet
