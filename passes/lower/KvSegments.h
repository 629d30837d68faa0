// The cut of attention along its keys, which depends on absolute positions alone (docs/kernel-abi.md,
// "Attention").
#pragma once

#include "passes/lower/KernelBuilder.h"

namespace mlir::facet {

/// Keys that a row sees: positions [low, high).
struct VisibleKeys {
  Value low, high;
};
VisibleKeys visibleKeys(KernelBuilder &b, int64_t window, Value set, Value row);

/// The segment that holds `position`: FACET_KV_SEGMENT positions each; without a window they double with
/// every doubling of the position from 16 segments on, so that a row of any length has a bounded number of
/// them.
Value segmentOf(KernelBuilder &b, int64_t window, Value position);
Value segmentStart(KernelBuilder &b, int64_t window, Value segment);

/// States of attention in memory: where they lie and how two are added. See !facet.attention_parts.
struct AttentionParts {
  KernelBuilder &b;
  AttentionPartsType type;
  Value base;
  Value split; // i1: each segment has a slot
  Value slots; // of a row

  AttentionParts(KernelBuilder &b, AttentionPartsType type, Value base, Value set);

  int64_t stateBytes() const { return kHeader + type.getHeadDim() * 4; }
  Value at(Value row, Value slot, Value head);
  Value sumsOf(Value state) { return b.at(state, kHeader); }

  static constexpr int64_t kHeader = 64; // maximum, sum of probabilities, unused
};

/// Adding state 1 to state 0: each sum becomes fma(sum1, after, sum0 * before).
struct StateSum {
  Value maximum, sum, before, after;
};
StateSum addStates(KernelBuilder &b, Value maximum0, Value sum0, Value maximum1, Value sum1);

} // namespace mlir::facet
