#include "tools/tune_search.h"

#include <algorithm>
#include <chrono>

using namespace mlir;
using namespace mlir::facet;

namespace {

constexpr int kFirst = 7, kFinal = 40; // calls of each side
constexpr size_t kFinalists = 3;
/// What is won must exceed what two measurements of one kernel differ by.
constexpr double kWorthwhile = 0.97;

struct Pair {
  double tuned = 1e9, untuned = 1e9;
  double ratio() const { return tuned / untuned; }
};

/// Calls both in turn, so that both meet the same neighbours.
Pair compare(Workload &load, const KernelCode &tuned, const KernelCode &untuned, int calls) {
  Pair best;
  for (int i = 0; i < calls; ++i) {
    best.untuned = std::min(best.untuned, load.time(untuned));
    best.tuned = std::min(best.tuned, load.time(tuned));
  }
  return best;
}

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

} // namespace

llvm::Expected<Winner> mlir::facet::search(ModuleOp module, Workload &load, const TargetVariant &target,
                                           const Space &space, double seconds,
                                           const std::function<void(size_t)> &progress) {
  double end = now() + seconds;
  auto untuned = KernelCode::compile(module, {}, target);
  if (!untuned)
    return untuned.takeError();
  auto compiled = [&](const Candidate &candidate) {
    return KernelCode::compile(module, candidate.attribute(module.getContext()), target);
  };
  Winner winner;
  for (auto [i, candidate] : llvm::enumerate(space.candidates)) {
    if (i && now() > end)
      break;
    auto code = compiled(candidate);
    if (!code)
      return code.takeError();
    winner.measured.push_back({candidate, i + 1, compare(load, **code, **untuned, kFirst).ratio()});
    progress(i + 1);
  }
  std::vector<Measured> best = winner.measured;
  std::sort(best.begin(), best.end(), [](const Measured &a, const Measured &b) { return a.ratio < b.ratio; });
  double least = kWorthwhile;
  for (const Measured &measured : ArrayRef(best).take_front(kFinalists)) {
    auto code = compiled(measured.candidate);
    if (!code)
      return code.takeError();
    Pair pair = compare(load, **code, **untuned, kFinal);
    if (winner.untuned == 0)
      winner.tuned = winner.untuned = pair.untuned; // until one is worth it
    if (pair.ratio() >= least)
      continue;
    least = pair.ratio();
    winner.candidate = measured.candidate;
    winner.rank = measured.rank;
    winner.tuned = pair.tuned;
    winner.untuned = pair.untuned;
  }
  return winner;
}
