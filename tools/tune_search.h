// Measures the candidates of one kernel and picks the best.
#pragma once

#include "tools/tune_candidates.h"
#include "tools/tune_kernel.h"

#include <functional>

namespace mlir::facet {

struct Measured {
  Candidate candidate;
  size_t rank = 0;  // by the model, from 1
  double ratio = 1; // time of the candidate / time of the kernel without a schedule, in turn
};

struct Winner {
  Candidate candidate;            // all zeros: nothing beats the target's own choices
  size_t rank = 0;                // 0: as above
  double tuned = 0, untuned = 0;  // seconds of the part that was timed
  std::vector<Measured> measured; // each candidate that there was time for
};

/// Times candidates in their order until `seconds` are over, each in turn with the untuned kernel, and then
/// the best of them again. Minima count: other programs only ever make a call slower.
llvm::Expected<Winner> search(ModuleOp module, Workload &load, const TargetVariant &target,
                              const Space &space, double seconds,
                              const std::function<void(size_t done)> &progress);

} // namespace mlir::facet
