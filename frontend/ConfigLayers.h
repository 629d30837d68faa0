// The per-layer part of config.json: kinds of layers, their sizes, who owns K/V, and RoPE.
#pragma once

#include "frontend/Config.h"
#include "frontend/Json.h"

namespace mlir::facet {

/// A size that kernels need to be a multiple of `unit`, from `unit` to `most`.
int64_t multipleOf(JsonReader &reader, llvm::StringRef key, int64_t absent, int64_t unit, int64_t most);

/// Fills `config.layers`, `sliding` and `full`. Reads what `config` already has of sizes.
void readLayers(JsonReader &text, TextConfig &config);

} // namespace mlir::facet
