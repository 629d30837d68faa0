// Which tensors of a checkpoint are which weights of the text module.
#pragma once

#include "frontend/Checkpoint.h"
#include "ir/Facet.h"

#include "mlir/IR/Builders.h"

namespace mlir::facet {

/// Adds a `facet.weight` for every tensor of the text model, and the RoPE frequencies, at the builder's
/// place. Every tensor of the checkpoint must have a use, be a tower's, or be redundant in a way that
/// published files are.
llvm::Error declareTextWeights(OpBuilder &builder, const Checkpoint &checkpoint);

/// "layers.3.q"
std::string layerSymbol(int64_t layer, llvm::StringRef part);

} // namespace mlir::facet
