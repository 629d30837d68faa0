// What is to be tuned: one kernel of each class, of a model or of a list of shapes.
#pragma once

#include "compiler/Compile.h"

namespace mlir::facet {

/// The first kernel of its class, alone in a module.
struct TuneTask {
  std::string kernel; // tuningClass()
  OwningOpRef<ModuleOp> module;

  func::FuncOp function() { return *module->getOps<func::FuncOp>().begin(); }
  /// Storage format of its weights.
  Type format();
};

/// The kernels of a checkpoint's directory with its weights in a storage format.
llvm::Expected<std::vector<TuneTask>> tasksOfModel(MLIRContext &context, llvm::StringRef path,
                                                   llvm::StringRef weights);
/// The kernel of one shape, as a line of such a list: `linear N K FORMAT`.
llvm::Expected<TuneTask> taskOfShape(MLIRContext &context, llvm::StringRef line);
/// Of a text with a line for each shape: `linear N K FORMAT`, or `moe_linear EXPERTS CHOICES N K FORMAT`.
llvm::Expected<std::vector<TuneTask>> tasksOfShapes(MLIRContext &context, llvm::StringRef path);

} // namespace mlir::facet
