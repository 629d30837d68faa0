// Writes a model as a static library for programs of others: a header, an archive, and a file of weights.
#pragma once

#include "compiler/ArtifactWriter.h"

namespace mlir::facet {

struct LibraryOptions {
  std::string name; // a C identifier
  bool embedWeights = false;
};

/// The hidden symbol of a kernel.
std::string libraryKernel(llvm::StringRef library, const TargetVariant &target, llvm::StringRef kernel);

/// Writes NAME.h, libNAME.a and, unless weights are embedded, NAME.weights to `directory`, which is created
/// if it is missing. Each file appears whole or not at all, the header last. The bytes depend on the
/// arguments alone, but for `directory`.
llvm::Error writeLibrary(llvm::StringRef directory, const LibraryOptions &options, ArtifactParts &parts,
                         ModuleOp module, WeightPacker &packer);

} // namespace mlir::facet
