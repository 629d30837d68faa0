// What facet opt, facet lsp-server and facet reduce know: the facet dialect, the dialects that kernels are
// made of, and our passes. Only these are registered, so that the tools start at once.
#ifndef FACET_TOOLS_MLIR_TOOLS_H
#define FACET_TOOLS_MLIR_TOOLS_H

#include "mlir/IR/DialectRegistry.h"
#include "llvm/Support/LogicalResult.h"

#include <functional>

namespace facet {

void registerDialects(mlir::DialectRegistry &registry);

/// Every pass, and each phase of the compiler under its own name: --facet-phase-fuse, ... Call once.
void registerPasses();

/// Runs one of MLIR's mains and returns the exit status: 0 done, 1 bad input, 2 bad usage. These mains end
/// the process themselves where the command line is wrong.
int exitStatusOf(const std::function<llvm::LogicalResult()> &mlirMain);

} // namespace facet
#endif
