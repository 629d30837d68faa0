// Rounding to q8 and q4, a group of 32 at a time. Loops are over 32 values without branches, for the
// vectoriser; no multiplication is contracted with an addition (CMakeLists.txt), so that every clone computes
// the same bits.
#include "compiler/Rounding.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstring>

using namespace mlir::facet;

#define FACET_INLINE [[gnu::always_inline]] static inline

namespace {
constexpr int kGroup = 32;
constexpr float kLargest = 65504.0f; // of f16

/// One lane a scale that is tried: no sum crosses lanes.
constexpr int kTries = 16;
using Tries = float __attribute__((vector_size(kTries * sizeof(float))));

/// To nearest even, for magnitudes below 2^22: such a sum has no fraction.
template <typename T> FACET_INLINE T nearest(T value) {
  constexpr float shift = 12582912.0f; // 1.5 * 2^23
  return (value + shift) - shift;
}

FACET_INLINE uint16_t half(float value) {
  uint32_t bits = std::bit_cast<uint32_t>(value), magnitude = bits & 0x7fffffff;
  uint32_t normal = (magnitude + 0xfff + (magnitude >> 13 & 1) - 0x38000000) >> 13;
  // An ulp of 0.5 to 1 is that of f16's subnormals.
  uint32_t subnormal = std::bit_cast<uint32_t>(std::bit_cast<float>(magnitude) + 0.5f) - 0x3f000000;
  return uint16_t((magnitude < 0x38800000 ? subnormal : normal) | (bits >> 16 & 0x8000));
}

FACET_INLINE float whole(uint16_t bits) {
  uint32_t magnitude = bits & 0x7fff;
  float value =
      magnitude < 0x400 ? float(magnitude) * 0x1p-24f : std::bit_cast<float>((magnitude << 13) + 0x38000000);
  return bits & 0x8000 ? -value : value;
}

template <typename T> FACET_INLINE T toGrid(T value, float low, float high) {
  T integer = nearest(value), raised = integer < low ? T{} + low : integer;
  return raised > high ? T{} + high : raised;
}

/// Writes the integers nearest to `x` on the grid of `scale`.
FACET_INLINE void quantise(const float *x, float scale, float low, float high, int8_t *values) {
  float inverse = scale == 0 ? 0 : 1 / scale;
  for (int i = 0; i < kGroup; ++i)
    values[i] = int8_t(toGrid(x[i] * inverse, low, high));
}

//===-- groups that lie on a grid already ------------------------------------------===//

FACET_INLINE float toBf16(float value) {
  uint32_t bits = std::bit_cast<uint32_t>(value);
  return std::bit_cast<float>((bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000);
}

/// The integers that the value of greatest magnitude may be: a grid need not be used to its ends.
constexpr int kIntegers = 8;

FACET_INLINE float scaleFor(int integer, float largest) {
  return integer == 8 ? largest / -8 : std::fabs(largest) / float(integer);
}

/// Bit n - 1: all values are about multiples of `scaleFor(n, largest)`. A cheap test that nearly every other
/// group fails at its first values.
FACET_INLINE unsigned nearGrids(const float *x, float largest) {
  float inverse[kIntegers];
  for (int n = 1; n <= kIntegers; ++n)
    inverse[n - 1] = 1 / scaleFor(n, largest);
  unsigned near = (1u << kIntegers) - 1;
  for (int i = 0; i < kGroup && near; ++i)
    for (int n = 0; n < kIntegers; ++n) {
      float ratio = x[i] * inverse[n], integer = nearest(ratio);
      // bf16 is off by 2^-9, and so may be the scale.
      bool holds =
          std::fabs(ratio - integer) <= std::fabs(integer) * 0x1p-7f && integer >= -8 && integer <= 7;
      near &= ~(unsigned(!holds) << n);
    }
  return near;
}

enum class Source { exact, bf16 };

bool givesBack(const float *x, float scale, Source source) {
  for (int i = 0; i < kGroup; ++i) {
    float value = toGrid(x[i] / scale, -8, 7) * scale;
    if ((source == Source::exact ? value : toBf16(value)) != x[i])
      return false;
  }
  return true;
}

/// The scale of bf16 values near the grid of `guess`: of those f16 whose products all round to the values,
/// the one with the fewest significant bits, which is the checkpoint's if that was a bf16 too.
float simplestScale(const float *x, float guess) {
  float low = 0, high = kLargest;
  for (int i = 0; i < kGroup; ++i) {
    uint32_t bits = std::bit_cast<uint32_t>(std::fabs(x[i])), even = ~bits >> 16 & 1;
    if (!bits)
      continue;
    float integer = std::fabs(nearest(x[i] / guess));
    low = std::max(low, std::bit_cast<float>(bits - 0x7fff - even) / integer);
    high = std::min(high, std::bit_cast<float>(bits + 0x7fff + even) / integer);
  }
  uint16_t first = half(low), last = half(high);
  first += whole(first) < low;
  last -= whole(last) > high;
  for (int zeros = 10; zeros >= 0; --zeros)
    if (uint16_t scale = (first + (1 << zeros) - 1) >> zeros << zeros; scale <= last)
      return std::copysign(whole(scale), guess);
  return 0;
}

/// The scale of a group that lies on q4's grid, or 0. Values as they stand go before values behind a
/// rounding.
FACET_INLINE float recoverScale(const float *x, float largest) {
  float behindBf16 = 0;
  for (unsigned near = nearGrids(x, largest); near; near &= ~std::bit_floor(near)) {
    float guess = scaleFor(std::bit_width(near), largest);
    if (float scale = whole(half(guess)); scale != 0 && givesBack(x, scale, Source::exact))
      return scale;
    if (float scale = simplestScale(x, guess);
        behindBf16 == 0 && scale != 0 && givesBack(x, scale, Source::bf16))
      behindBf16 = scale;
  }
  return behindBf16;
}

//===-- the search --------------------------------------------------------------------===//

/// What the value of greatest magnitude becomes on the grids that are tried, before it is rounded into -8
/// to 7. -8 first: it is the rule of GGUF's Q4_0, which nothing chosen here is worse than.
constexpr float kTops[kTries] = {-8.0f, -7.0f, -7.25f, -7.5f, -7.75f, -8.25f, -8.5f, -8.75f,
                                 6.25f, 6.5f,  6.75f,  7.0f,  7.25f,  7.5f,   7.75f, 8.0f};

/// Of `scales` the one with the least error, the first of equals.
FACET_INLINE float leastError(const float *x, const float *importance, const float *scales) {
  Tries scale, sum = {};
  std::memcpy(&scale, scales, sizeof(scale));
  Tries inverse = scale == 0 ? Tries{} : 1 / scale;
  for (int i = 0; i < kGroup; ++i) {
    Tries error = x[i] - toGrid(x[i] * inverse, -8, 7) * scale;
    sum += importance[i] * error * error;
  }
  int best = 0;
  for (int i = 1; i < kTries; ++i)
    best = sum[i] < sum[best] ? i : best;
  return scales[best];
}

FACET_INLINE float searchScale(const float *x, const float *importance, float largest) {
  float scales[kTries];
  for (int i = 0; i < kTries; ++i)
    scales[i] = whole(half(largest / kTops[i]));
  float best = leastError(x, importance, scales);
  for (int i = 0; i < kTries; ++i) // the best first, then up to 3 % around it
    scales[i] = whole(half(best + best * float(i ? i - 8 : 0) * 0x1p-8f));
  return leastError(x, importance, scales);
}

constexpr float kAlike[kGroup] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                  1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};

FACET_INLINE float chooseQ4(const float *x, const float *importance, float most) {
  float largest = *std::find_if(x, x + kGroup, [most](float value) { return std::fabs(value) == most; });
  float scale = largest == 0 ? 0 : recoverScale(x, largest);
  return scale != 0 ? scale : searchScale(x, importance, largest);
}

} // namespace

__attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default"))) bool
mlir::facet::roundRow(Grid grid, llvm::ArrayRef<float> row, llvm::ArrayRef<float> importance,
                      llvm::MutableArrayRef<int8_t> values, llvm::MutableArrayRef<uint16_t> scales) {
  assert(row.size() % kGroup == 0 && values.size() == row.size() && scales.size() == row.size() / kGroup);
  assert(importance.empty() || importance.size() == row.size());
  for (size_t k = 0; k < row.size(); k += kGroup) {
    const float *x = row.data() + k;
    float most = 0;
    bool inRange = true;
    for (int i = 0; i < kGroup; ++i) {
      most = std::max(most, std::fabs(x[i]));
      inRange &= std::fabs(x[i]) <= kLargest;
    }
    if (!inRange)
      return false;
    float scale = grid == Grid::q8 ? whole(half(most / 127))
                                   : chooseQ4(x, importance.empty() ? kAlike : importance.data() + k, most);
    float limit = grid == Grid::q8 ? 127 : 8;
    quantise(x, scale, -limit, grid == Grid::q8 ? limit : limit - 1, values.data() + k);
    scales[k / kGroup] = half(scale);
  }
  return true;
}

uint16_t mlir::facet::toF16(float value) { return half(value); }
float mlir::facet::fromF16(uint16_t bits) { return whole(bits); }
