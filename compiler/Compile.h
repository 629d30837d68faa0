// From a model-level module to planned tables and code of every variant.
#pragma once

#include "compiler/ArtifactWriter.h"
#include "compiler/Pipeline.h"
#include "compiler/Tuning.h"

namespace mlir::facet {

struct CompileOptions {
  PipelineOptions pipeline;
  std::vector<TargetVariant> variants;
  std::string library;       // the name of a model that becomes a library, or empty: an artifact
  bool embedWeights = false; // of a library
  std::string importance;    // a file of second moments (docs/importance.md), or empty
  std::string stopAfter;     // a phase; the module is then as that phase left it
  std::string dumpPhases;    // a directory for the IR after each phase, or empty
  TuningDatabase tuning;     // schedules of kernels
  std::string machine;       // whose records of it are preferred: hostMachine(), or empty
  bool timing = false;       // print the time of each phase to stderr
  WeightProgress progress;   // or empty
};

/// Registers and loads what the compiler needs into `context`.
void loadDialects(MLIRContext &context);

/// Runs fuse, quantize, tile and plan on `module`. An error of a phase says how to reproduce it.
llvm::Error runModelPhases(ModuleOp module, const CompileOptions &options);

/// Lowers the kernels of a planned module for one variant (a copy of `module`; `stopAfter` is heeded).
llvm::Expected<OwningOpRef<ModuleOp>> lowerKernels(ModuleOp module, const TargetVariant &variant,
                                                   const CompileOptions &options);

/// Code of every variant; adds the scratch that kernels need to `tables`.
llvm::Expected<std::vector<CompiledVariant>> compileVariants(ModuleOp module, ProgramTables &tables,
                                                             const CompileOptions &options);

} // namespace mlir::facet
