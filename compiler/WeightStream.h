// Packed weights on their way to a file.
#pragma once

#include "compiler/OutputFile.h"
#include "compiler/WeightPacker.h"

namespace mlir::facet {

/// Streams every weight of `module`, `size` bytes, to `file`, from `offset` on, each aligned to 64 bytes.
/// `progress` may be empty. Returns the section WEIGHT_HASHES: a SHA-256 for each FACET_HASH_BLOCK.
llvm::Expected<std::string> writeWeights(OutputFile &file, uint64_t offset, uint64_t size, ModuleOp module,
                                         WeightPacker &packer, const WeightProgress &progress);

} // namespace mlir::facet
