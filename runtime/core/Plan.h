// What a session of given options takes: defaults filled in, limits checked, bytes counted. One place, so
// that facet_plan says what facet_session_create does.
#ifndef FACET_RUNTIME_CORE_PLAN_H
#define FACET_RUNTIME_CORE_PLAN_H

#include "runtime/core/KvPool.h"
#include "runtime/core/Model.h"

namespace facet {

struct SessionPlan {
  facet_memory_plan memory; // memory.options: filled in, but for a null executor
  int threads;
  int entries;                 // ladder entries from the first that the session uses
  int passRows;                // rows of the last of them
  size_t arenaBytes;           // of the largest
  size_t scratchBytes;         // of each worker, a multiple of 64
  size_t dispatches, operands; // of these entries
};

/// Fails if options contradict each other or the model.
Result<SessionPlan> planSession(const facet_model &model, const facet_session_options *options);

} // namespace facet
#endif
