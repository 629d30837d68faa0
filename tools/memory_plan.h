// The memory plan of a session as people read it, whether it fits this machine, and what the process really
// uses.
#ifndef FACET_TOOLS_MEMORY_PLAN_H
#define FACET_TOOLS_MEMORY_PLAN_H

#include "runtime/facet.h"

#include <string>

namespace facet {

/// "12.3 MiB".
std::string bytesText(uint64_t Bytes);

struct ReadablePlan {
  facet_memory_plan Plan;
  std::string Line; // the sum and what makes it up
  std::string
      Table; // weights, K/V of a token and of all of them by kind, arena and the sum; ends with a newline
};
/// What facet_plan says, without loading: weights are not read. Fails as opening and planning do.
facet_code planWithoutLoading(const char *Path, const facet_session_options &Options, ReadablePlan &Out,
                              facet_error &Error);

/// Resident weights and everything that a session allocates.
uint64_t plannedBytes(const facet_memory_plan &Plan);

/// Bytes that this process can still take: the least of what the system calls available, what the cgroups (v2
/// or v1) above the process leave, page cache counted as free, and the environment variable FACET_MEMORY.
/// `Root` is put before /proc and /sys, for tests. UINT64_MAX where nothing tells.
uint64_t availableMemory(const std::string &Root = "");

/// "" if the plan fits into `Available` bytes, else a message that names what is too large and what to do.
std::string whyItCannotFit(const facet_memory_plan &Plan, uint64_t Available);

struct MemoryUse {
  uint64_t Anonymous = 0; // of the whole process
  uint64_t Weights = 0;   // pages of the weights that are mapped in
};
/// Of a model that is mapped, not copied. Zeros where the system does not tell.
MemoryUse memoryUse(const facet_model *Model);

/// How far above the plan the use may be: 2 %, but for plans below 1 GB 8 MB.
uint64_t promisedExcess(const facet_memory_plan &Plan);

} // namespace facet
#endif
