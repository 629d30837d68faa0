// Packed weights on their way to a file.
#pragma once

#include "compiler/OutputFile.h"
#include "compiler/WeightPacker.h"

namespace mlir::facet {

/// Streams every weight of `module` to `file`, from `offset` on, each aligned to 64 bytes. Returns the
/// section WEIGHT_HASHES: a SHA-256 for each FACET_HASH_BLOCK.
llvm::Expected<std::string> writeWeights(OutputFile &file, uint64_t offset, ModuleOp module,
                                         WeightPacker &packer);

} // namespace mlir::facet
