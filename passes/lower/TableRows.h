// Rows of a table that is looked up by token, in every storage format and layout.
#pragma once

#include "passes/lower/KernelBuilder.h"

namespace mlir::facet {

/// Columns `column` to `column + 15` (a multiple of 16) of row `index` of the table at `base`, as f32.
Value tableChunk(KernelBuilder &b, RankedTensorType table, Value base, Value index, Value column);

} // namespace mlir::facet
