// Counter-based random numbers: a value depends on a seed and a count, never on what was drawn before.
#ifndef FACET_RUNTIME_CORE_RANDOM_H
#define FACET_RUNTIME_CORE_RANDOM_H

#include <cstdint>

namespace facet {

/// One step of SplitMix64: a bijection of 64 bits that passes BigCrush as a generator over a counter.
inline uint64_t mixBits(uint64_t x) {
  x += 0x9e3779b97f4a7c15ull;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
  x = (x ^ x >> 27) * 0x94d049bb133111ebull;
  return x ^ x >> 31;
}

/// Draw `count` of `seed`, in [0, 1) with 53 bits.
inline double uniform(uint64_t seed, uint64_t count) {
  return static_cast<double>(mixBits(mixBits(seed) ^ count * 0xd1342543de82ef95ull) >> 11) * 0x1p-53;
}

} // namespace facet
#endif
