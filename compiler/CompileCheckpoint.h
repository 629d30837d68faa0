// From a checkpoint directory to an artifact, in one call.
#pragma once

#include "compiler/Compile.h"
#include "frontend/Checkpoint.h"

namespace mlir::facet {

/// What a model says about itself beside its program: sizes, ids and sampling defaults.
facet_model_info describeModel(const Checkpoint &checkpoint, const CompileOptions &options,
                               ProgramTables &tables);
/// Special tokens, origin and the digest of the tuning database as JSON, for the runtime's text layer and for people.
std::string describeMetadata(const Checkpoint &checkpoint, const CompileOptions &options);

/// Compiles all variants of `module` (built from `checkpoint`) and writes the artifact to `path`,
/// or the library of `options.library` to that directory.
llvm::Error compileCheckpoint(const Checkpoint &checkpoint, ModuleOp module, const CompileOptions &options,
                              llvm::StringRef path);

} // namespace mlir::facet
