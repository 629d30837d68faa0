// The text decoder of the Gemma 4 family as a module of the facet dialect.
#pragma once

#include "frontend/Checkpoint.h"
#include "ir/Facet.h"

namespace mlir::facet {

/// Builds and verifies the module of a checkpoint:
///  - attributes `facet.files` (names relative to the directory, sorted; what sources index) and
///  `facet.model`
///    (architecture, sizes);
///  - a `facet.weight` for every tensor of the text model, matrices in the checkpoint's element type and
///  vectors in
///    f32, and the frequencies of RoPE;
///  - a `facet.kv_stream` for each layer that owns K/V, f32;
///  - `func.func @step(!facet.rows)` -> (logits, final hidden state) of the wanted rows, unfused. Ops of
///  layer i carry
///    `facet.layer = i`; the op that yields the residual stream after n layers carries `facet.trace = n`,
///    where the last n is the final norm.
/// An error names a tensor that is missing, misshapen, mistyped or used by nothing.
llvm::Expected<OwningOpRef<ModuleOp>> buildTextModule(MLIRContext &context, const Checkpoint &checkpoint);

} // namespace mlir::facet
