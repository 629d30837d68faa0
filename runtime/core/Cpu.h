// What this machine offers: the features that variants of code require, and how many threads to start.
#ifndef FACET_RUNTIME_CORE_CPU_H
#define FACET_RUNTIME_CORE_CPU_H

#include "runtime/core/Result.h"

namespace facet {

/// The ELF e_machine of this build.
#if defined(__x86_64__)
constexpr unsigned hostMachine = 62;
#elif defined(__aarch64__)
constexpr unsigned hostMachine = 183;
#else
constexpr unsigned hostMachine = 0;
#endif

/// facet_feature bits that CPU and operating system support (the latter must save the registers), narrowed by
/// the environment variable FACET_CPU; fails if that names no level.
Result<unsigned> cpuFeatures();
/// Asks Linux to let this process, all its threads, use AMX's tile registers; false if it refuses. Needed
/// once before code with FACET_FEATURE_AMX runs.
bool requestTiles();
/// The bits of a level such as "x86-64-v4+vnni+bf16".
Result<unsigned> parseCpuLevel(const char *level);
/// Writes names such as "AVX512 VNNI" for the bits of `features`, NUL-terminated.
void featureNames(unsigned features, char *out, size_t capacity);

/// CPUs in the affinity mask, or fewer if a cgroup (v2 or v1) grants less time; at least 1.
int defaultThreads();

/// Sets rounding to nearest with denormals kept and all exceptions masked; restores what was there before.
class FloatMode {
public:
  FloatMode();
  ~FloatMode();
  FloatMode(const FloatMode &) = delete;

private:
  unsigned long long before;
};

} // namespace facet
#endif
