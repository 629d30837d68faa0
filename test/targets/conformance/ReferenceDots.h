// Instructions that this machine may lack, by others.
#pragma once

#include "mlir/IR/BuiltinOps.h"

namespace facet::test {

/// Replaces vpdpbusd and vpdpwssd in a module of the LLVM dialect: what surrounds them then runs
/// on any CPU of the level below.
void replaceDots(mlir::ModuleOp module);
/// Replaces AMX's tiles by rows of vectors that vpdpbusd multiplies.
void replaceTiles(mlir::ModuleOp module);

} // namespace facet::test
