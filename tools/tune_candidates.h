// What there is to choose for a linear's kernel, and which choices promise most.
#pragma once

#include "targets/Target.h"

#include <vector>

namespace mlir::facet {

/// One way to schedule tiles of one kind; the fields of #facet.schedule that belong to the other kind are 0.
struct Candidate {
  int64_t rowTile = 0, unroll = 0, thinUnroll = 0, prefetch = 0;
  double cost = 0; // by the model, relative to others of the space

  ScheduleAttr attribute(MLIRContext *context) const {
    return ScheduleAttr::get(context, rowTile, unroll, thinUnroll, prefetch);
  }
};

/// Candidates in ascending order of cost. What the model puts beyond `kPruned` times the best is left out.
struct Space {
  std::vector<Candidate> candidates;
  size_t pruned = 0;

  size_t size() const { return candidates.size() + pruned; }
};
constexpr double kPruned = 1.12;

/// Of the weights' `format`, on `target`. `few`: one row at a time, which memory bounds; else `rows` rows.
Space fewSpace(const TargetVariant &target, Type format);
Space manySpace(const TargetVariant &target, Type format, int64_t rows);

} // namespace mlir::facet
