// What emission shares within targets.
#pragma once

#include "targets/Target.h"

namespace llvm {
class Module;
} // namespace llvm

namespace mlir::facet {

/// Optimises `module` for `variant` and emits it.
llvm::Expected<std::string> emitModule(llvm::Module &module, const TargetVariant &variant, EmitKind kind);

} // namespace mlir::facet
