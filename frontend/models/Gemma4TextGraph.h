// The steps of the text decoder as ops.
#pragma once

#include "frontend/Config.h"
#include "ir/Facet.h"

#include "mlir/IR/Builders.h"

namespace mlir::facet {

/// Adds the K/V streams and `@step` at the builder's place, which is in a module that has the weights.
void buildTextStep(OpBuilder &builder, const TextConfig &config);

} // namespace mlir::facet
