// Micro-kernels of linears on x86, one for each way of multiplying.
#pragma once

#include "ir/Storage.h"

#include "mlir/IR/Builders.h"

namespace mlir::facet {

/// The sums of a facet.tile_linear over q8 or q4 weights (TileQuantLinear.cpp).
SmallVector<Value> emitQuantTile(TileLinearOp op, TargetAttr target, OpBuilder &builder);

} // namespace mlir::facet
