// What facet opt, facet lsp-server and facet reduce know: the facet dialect, the dialects that kernels are
// made of, and our passes. Only these are registered, so that the tools start at once.
#ifndef FACET_TOOLS_MLIR_TOOLS_H
#define FACET_TOOLS_MLIR_TOOLS_H

#include "mlir/IR/DialectRegistry.h"

namespace facet {

void registerDialects(mlir::DialectRegistry &registry);

/// Every pass, and each phase of the compiler under its own name: --facet-phase-fuse, ... Call once.
void registerPasses();

} // namespace facet
#endif
