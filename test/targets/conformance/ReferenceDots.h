// Dot product instructions that this machine may lack, as loops over their lanes.
#pragma once

#include "mlir/IR/BuiltinOps.h"

namespace facet::test {

/// Replaces vpdpbusd and vpdpwssd in a module of the LLVM dialect: what surrounds them then runs on any CPU
/// of the level below.
void replaceDots(mlir::ModuleOp module);

} // namespace facet::test
