// Writes a .facet file: whole, or not at all.
#pragma once

#include "compiler/ProgramTables.h"
#include "compiler/WeightPacker.h"
#include "targets/Target.h"

namespace mlir::facet {

/// One compiled variant: an image, where its kernels begin is in `image.entries`; or, for a library, an
/// object file whose symbols libraryKernel() names.
struct CompiledVariant {
  TargetVariant target;
  CodeImage image;
  std::string object;
};

/// All that goes into an artifact but the bytes of weights, which are streamed.
struct ArtifactParts {
  ProgramTables tables;
  facet_model_info model = {};
  std::vector<CompiledVariant> variants;
  std::vector<uint8_t> tokenizer;
  std::string chatTemplate, metadata;
  WeightProgress progress; // or empty
};

/// Writes `parts` and the packed weights of `module` to `path`: into a file without a name, of which all room
/// is reserved first, then synced and renamed over `path`. On an error nothing is left behind, and an older
/// file of that name is untouched. The bytes depend on the arguments alone.
llvm::Error writeArtifact(llvm::StringRef path, ArtifactParts &parts, ModuleOp module, WeightPacker &packer);

} // namespace mlir::facet
