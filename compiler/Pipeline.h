// The whole compiler as a list of phases.
#pragma once

#include "ir/Facet.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/ArrayRef.h"

#include <string>
#include <vector>

namespace mlir::facet {

struct PipelineOptions {
  std::string weights = "bf16", kv = "bf16"; // storage formats
  std::vector<int64_t> ladder = {1, 4, 16, 64, 256};
};

/// A named part of the pipeline: what it adds, and what may remain when it is done.
struct Phase {
  llvm::StringLiteral name;
  void (*build)(OpPassManager &pm, const PipelineOptions &options);
  std::vector<std::string> allowed;
};

/// fuse, quantize, tile, plan: from the model to kernels and a schedule, the same for every target.
llvm::ArrayRef<Phase> modelPhases();
/// lower: kernels of one target; runs once for each variant, on a copy.
llvm::ArrayRef<Phase> kernelPhases();

/// Adds one phase with the check of what may remain after it.
void addPhase(OpPassManager &pm, const Phase &phase, const PipelineOptions &options);

} // namespace mlir::facet
