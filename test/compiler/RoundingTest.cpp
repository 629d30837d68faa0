// Rounding of weights: grids that are found again to the bit, and a scale search that is never worse than a
// fixed rule.
#include "compiler/Rounding.h"

#include <bit>
#include <cmath>
#include <gtest/gtest.h>
#include <random>

using namespace mlir::facet;

namespace {
constexpr size_t kGroup = 32;

struct Rounded {
  std::vector<int8_t> values;
  std::vector<uint16_t> scales;
  float at(size_t k) const { return float(values[k]) * fromF16(scales[k / kGroup]); }
};

Rounded rounded(Grid grid, const std::vector<float> &row, const std::vector<float> &importance = {}) {
  Rounded result = {std::vector<int8_t>(row.size()), std::vector<uint16_t>(row.size() / kGroup)};
  EXPECT_TRUE(roundRow(grid, row, importance, result.values, result.scales));
  return result;
}

float toBf16(float value) {
  uint32_t bits = std::bit_cast<uint32_t>(value);
  return std::bit_cast<float>((bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000);
}

/// An f16 from 2^-12 to 2^-2 of either sign.
float randomScale(std::mt19937 &bits) {
  return fromF16(uint16_t(0xc00 + bits() % 0x2800) | (bits() & 1) << 15);
}

/// The rule of GGUF's Q4_0: the value of greatest magnitude becomes -8; integers from the scale before it is
/// rounded.
float ruleError(const float *x, const float *importance) {
  float largest = 0;
  for (size_t i = 0; i < kGroup; ++i)
    if (std::fabs(x[i]) > std::fabs(largest))
      largest = x[i];
  float scale = largest / -8, inverse = scale == 0 ? 0 : 1 / scale, sum = 0;
  for (size_t i = 0; i < kGroup; ++i) {
    int integer = std::min(15, int(x[i] * inverse + 8.5f)) - 8;
    float error = x[i] - float(integer) * fromF16(toF16(scale));
    sum += importance[i] * error * error;
  }
  return sum;
}
} // namespace

TEST(Rounding, F16IsRoundedToNearestEven) {
  for (uint32_t bits = 0; bits < 0x7c00; ++bits)
    ASSERT_EQ(toF16(fromF16(bits)), bits);
  for (uint32_t bits = 0; bits < 0x7bff; ++bits) {
    float tie = (fromF16(bits) + fromF16(bits + 1)) / 2;
    ASSERT_EQ(toF16(tie), bits + (bits & 1));
    ASSERT_EQ(toF16(std::nextafter(-tie, -1e9f)), (bits + 1) | 0x8000);
  }
}

TEST(Rounding, Q8TakesOverItsOwnGrid) {
  std::mt19937 bits(1);
  for (int trial = 0; trial < 2000; ++trial) {
    float scale = std::fabs(randomScale(bits));
    std::vector<float> row(kGroup);
    for (float &value : row)
      value = float(int(bits() % 255) - 127) * scale;
    row[bits() % kGroup] = (bits() & 1 ? 127 : -127) * scale; // Q8_0 always uses its last integer
    Rounded result = rounded(Grid::q8, row);
    EXPECT_EQ(fromF16(result.scales[0]), scale);
    for (size_t k = 0; k < kGroup; ++k)
      ASSERT_EQ(result.at(k), row[k]);
  }
}

TEST(Rounding, Q8IsOffByHalfAStep) {
  std::mt19937 bits(2);
  std::normal_distribution<float> normal;
  std::vector<float> row(64 * kGroup);
  for (float &value : row)
    value = normal(bits);
  Rounded result = rounded(Grid::q8, row);
  for (size_t k = 0; k < row.size(); ++k)
    // absmax may lie above 127 steps, by the rounding of the scale to 11 bits.
    EXPECT_LE(std::fabs(result.at(k) - row[k]), fromF16(result.scales[k / kGroup]) * (0.5f + 127 * 0x1p-11f));
}

/// The integers that a group uses: all of them; without -8; few; even ones; one sign; few columns that are
/// not zero.
static int randomInteger(std::mt19937 &bits, int kind) {
  switch (kind) {
  case 0:
    return int(bits() % 16) - 8;
  case 1:
    return int(bits() % 15) - 7;
  case 2:
    return int(bits() % 3) - 1;
  case 3:
    return int(bits() % 7) * 2 - 6;
  case 4:
    return int(bits() % 6);
  default:
    return bits() % 16 ? 0 : int(bits() % 16) - 8;
  }
}

TEST(Rounding, Q4TakesOverItsOwnGrid) {
  std::mt19937 bits(3);
  for (int trial = 0; trial < 12000; ++trial) {
    float scale = randomScale(bits);
    std::vector<float> row(kGroup);
    for (float &value : row)
      value = float(randomInteger(bits, trial % 6)) * scale;
    Rounded result = rounded(Grid::q4, row);
    for (size_t k = 0; k < kGroup; ++k)
      ASSERT_EQ(result.at(k), row[k]) << "scale " << scale << ", kind " << trial % 6;
  }
}

// The checkpoint holds products in bf16: what comes out must be these products before that rounding.
TEST(Rounding, Q4TakesOverAGridBehindBf16) {
  std::mt19937 bits(4);
  for (int trial = 0; trial < 12000; ++trial) { // not of few columns, where 3 * scale may be 1 * another
    float scale = toBf16(randomScale(bits));
    std::vector<float> row(kGroup), stored(kGroup);
    for (size_t k = 0; k < kGroup; ++k) {
      row[k] = float(randomInteger(bits, trial % 5)) * scale;
      stored[k] = toBf16(row[k]);
    }
    Rounded result = rounded(Grid::q4, stored);
    for (size_t k = 0; k < kGroup; ++k)
      ASSERT_EQ(result.at(k), row[k]) << "scale " << scale << ", kind " << trial % 5;
  }
}

// A scale of 11 bits cannot be told from its neighbours, but the checkpoint's values come out of it.
TEST(Rounding, Q4GivesBf16ValuesBackUnderAnyScale) {
  std::mt19937 bits(5);
  for (int trial = 0; trial < 12000; ++trial) {
    float scale = randomScale(bits);
    std::vector<float> row(kGroup);
    for (float &value : row)
      value = toBf16(float(randomInteger(bits, trial % 6)) * scale);
    Rounded result = rounded(Grid::q4, row);
    for (size_t k = 0; k < kGroup; ++k)
      ASSERT_EQ(toBf16(result.at(k)), row[k]) << "scale " << scale << ", kind " << trial % 6;
  }
}

TEST(Rounding, TheSearchIsNeverWorseThanTheRule) {
  std::mt19937 bits(6);
  std::normal_distribution<float> normal;
  std::exponential_distribution<float> exponential;
  double chosen = 0, rule = 0;
  for (int trial = 0; trial < 20000; ++trial) {
    std::vector<float> row(kGroup), importance(kGroup);
    float size = std::exp2(float(bits() % 32) - 24); // down to scales that are subnormal in f16
    for (size_t k = 0; k < kGroup; ++k) {
      row[k] = normal(bits) * size * (trial % 3 == 0 && bits() % kGroup == 0 ? 20.0f : 1.0f); // outliers
      importance[k] = trial % 2 ? exponential(bits) + 0.01f : 1;
    }
    Rounded result = rounded(Grid::q4, row, importance);
    float error = 0, bound = ruleError(row.data(), importance.data());
    for (size_t k = 0; k < kGroup; ++k) {
      float off = row[k] - result.at(k);
      error += importance[k] * off * off;
    }
    // 32 additions in another order.
    ASSERT_LE(error, bound * (1 + kGroup * 0x1p-23f)) << "trial " << trial;
    chosen += error / (size * size), rule += bound / (size * size);
  }
  EXPECT_LT(chosen, 0.85 * rule); // and is worth something: a search that never leaves the rule fails here
}

TEST(Rounding, AnUnweightedSearchWeighsAllAlike) {
  std::mt19937 bits(7);
  std::normal_distribution<float> normal;
  std::vector<float> row(8 * kGroup);
  for (float &value : row)
    value = normal(bits);
  Rounded bare = rounded(Grid::q4, row), alike = rounded(Grid::q4, row, std::vector<float>(row.size(), 1));
  EXPECT_EQ(bare.values, alike.values);
  EXPECT_EQ(bare.scales, alike.scales);
}

TEST(Rounding, ZerosStayZeros) {
  for (Grid grid : {Grid::q8, Grid::q4}) {
    Rounded result = rounded(grid, std::vector<float>(kGroup, -0.0f));
    for (size_t k = 0; k < kGroup; ++k)
      EXPECT_EQ(result.values[k], 0);
    EXPECT_EQ(fromF16(result.scales[0]), 0);
  }
}

TEST(Rounding, RefusesWhatNoScaleReaches) {
  for (float bad : {std::nanf(""), INFINITY, -65536.0f})
    for (Grid grid : {Grid::q8, Grid::q4}) {
      std::vector<float> row(2 * kGroup, 1);
      row[40] = bad;
      std::vector<int8_t> values(row.size());
      std::vector<uint16_t> scales(2);
      EXPECT_FALSE(roundRow(grid, row, {}, values, scales));
    }
}
