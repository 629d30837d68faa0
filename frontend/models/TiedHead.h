// Whether a checkpoint's separate output head is the same as its embedding.
#pragma once

#include "frontend/formats/Safetensors.h"

namespace mlir::facet {

/// Compares the bytes of two tensors of one shape, a block at a time; an error names the first row that
/// differs.
llvm::Error checkTiedHead(const TensorDirectory &tensors, const Tensor &head, const Tensor &embedding);

} // namespace mlir::facet
