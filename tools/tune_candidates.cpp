// The model is rough on purpose: it only orders the candidates and leaves out what cannot win.
#include "tools/tune_candidates.h"

#include "ir/Storage.h"
#include "runtime/abi.h"

#include <algorithm>
#include <cmath>
#include <tuple>

using namespace mlir;
using namespace mlir::facet;

namespace {

constexpr double kIssue = 6;            // operations a cycle
constexpr double kLatency = 4;          // of a multiply-add
constexpr double kSpill = 2;            // cycles that a register without a place costs
constexpr double kSecondCache = 32;     // bytes a cycle
constexpr double kTurn = 3;             // operations of a loop's turn beside its steps
constexpr double kBestAhead = 2048;     // bytes that arrive within one access of memory
constexpr double kHardwareAlone = 1.03; // cost of leaving the prefetching to the hardware

/// Work of one step of a tile of `rows` rows, in vector registers of the target.
struct Step {
  double multiplies, operations, registers;
};

Step stepOf(const TargetVariant &target, Type format, double rows) {
  double parts = 512.0 / target.vectorBits; // registers that 16 lanes take
  if (!isQuantized(format)) {
    double weights = 2 * parts, widening = format.isBF16() ? 2 * parts : 0;
    return {2 * parts * rows, 2 * parts * rows + rows + weights + widening, 2 * parts * rows + weights + 1};
  }
  // A group of 32 columns: 8 words of 4 integers, then one conversion and multiply-add with scales.
  bool vnni = target.dot == "vnni";
  double words = 8 * 2 * parts * (vnni ? 1 : 3), scaling = 3 * 2 * parts;
  double loads = 8 * 2 * parts * (isa<Q4Type>(format) ? 1.5 : 1);
  if (target.int8Tiles && rows >= 8) // a matrix unit multiplies; vectors read its sums and scale them
    return {scaling * rows, (scaling + 4) * rows + loads, rows + 3};
  return {(words + scaling) * rows, (words + scaling + 8) * rows + loads, (vnni ? 4 : 5) * parts * rows + 3};
}

/// Cycles of one step of a tile, whose weights come from the second cache and arrive half hidden.
double cyclesOf(const TargetVariant &target, Type format, int64_t rows, int64_t unroll) {
  Step step = stepOf(target, format, rows);
  double spilled = std::max(0.0, step.registers - double(target.registers));
  double multipliers = target.vectorBits == 512 ? 1 : 2;
  double work = std::max(
      {step.multiplies / multipliers, kLatency, (step.operations + kTurn / double(unroll)) / kIssue});
  double bytes = FACET_PANEL * double(storedBytes(format, isQuantized(format) ? kQuantGroup : 1));
  return work + kSpill * spilled + bytes / kSecondCache / 2;
}

/// Sorts, and drops what is hopeless.
Space ordered(std::vector<Candidate> all) {
  auto key = [](const Candidate &c) {
    return std::tuple(c.cost, c.prefetch, c.thinUnroll, c.unroll, c.rowTile);
  };
  std::sort(all.begin(), all.end(), [&](const Candidate &a, const Candidate &b) { return key(a) < key(b); });
  auto hopeless = std::find_if(all.begin(), all.end(),
                               [&](const Candidate &c) { return c.cost > kPruned * all[0].cost; });
  Space space;
  space.pruned = all.end() - hopeless;
  space.candidates.assign(all.begin(), hopeless);
  return space;
}

} // namespace

Space mlir::facet::fewSpace(const TargetVariant &target, Type format) {
  std::vector<Candidate> all;
  for (int64_t unroll : {1, 2, 4, 8})
    for (int64_t ahead : {0, 512, 1024, 2048, 4096, 8192}) {
      Candidate c;
      c.thinUnroll = unroll, c.prefetch = ahead;
      double distance = ahead ? 1 + 0.01 * std::fabs(std::log2(ahead / kBestAhead)) : kHardwareAlone;
      c.cost = cyclesOf(target, format, 1, unroll) * distance;
      all.push_back(c);
    }
  return ordered(std::move(all));
}

Space mlir::facet::manySpace(const TargetVariant &target, Type format, int64_t rows) {
  std::vector<Candidate> all;
  for (int64_t tile = 2; tile <= 16; ++tile)
    for (int64_t unroll : {1, 2, 4}) {
      Candidate c;
      c.rowTile = tile, c.unroll = unroll;
      // As the kernel cuts its rows: tiles of this size, then of 4, 2 and 1.
      int64_t left = rows;
      for (int64_t part : {tile, int64_t(4), int64_t(2), int64_t(1)})
        for (; part <= tile && left >= part; left -= part)
          c.cost += cyclesOf(target, format, part, unroll);
      all.push_back(c);
    }
  return ordered(std::move(all));
}
