// Micro-kernels of attention on x86.
#pragma once

#include "ir/Facet.h"

#include "mlir/IR/Builders.h"

namespace mlir::facet {

/// The sums of a facet.tile_dot over i8 lines (TileIntegerDot.cpp).
SmallVector<Value> emitIntegerDot(TileDotOp op, TargetAttr target, OpBuilder &builder);

} // namespace mlir::facet
