// Classes of kernels that are tuned together.
#pragma once

#include "ir/Facet.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <string>

namespace mlir::facet {

/// `linear n4096 k2048 q8`, or `moe_linear ...`: sides of a matrix rounded up to powers of two. Empty for a
/// kernel with no choice to make.
std::string tuningClass(func::FuncOp kernel);

} // namespace mlir::facet
