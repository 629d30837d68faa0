// What this machine can do at most, measured: the rate of reads from memory and of fused multiply-adds.
#ifndef FACET_TOOLS_CEILINGS_H
#define FACET_TOOLS_CEILINGS_H

#include <cstdint>

namespace facet {

/// Bytes a second that `threads` threads read together from a buffer larger than the caches; best of some rounds.
double measureReadBandwidth(int threads);
/// f32 operations a second (a fused multiply-add counts two) that `threads` threads do in registers.
double measureArithmetic(int threads);
/// Bytes of the last level of cache; 0 if the system does not tell.
uint64_t lastLevelCacheBytes();

} // namespace facet
#endif
