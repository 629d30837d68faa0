// Rounding with error feedback: what it is worth on correlated inputs, what it leaves alone, and that rows do
// not mix.
#include "compiler/FeedbackRounding.h"

#include <bit>
#include <cmath>
#include <gtest/gtest.h>
#include <random>

using namespace mlir::facet;

namespace {
constexpr int64_t kColumns = 192, kRows = FeedbackRounder::kRows;

struct Rounded {
  std::vector<int8_t> values;
  std::vector<uint16_t> scales;
  float at(size_t i) const { return float(values[i]) * fromF16(scales[i / 32]); }
};

/// Moments of inputs whose columns share a few causes, as activations do.
SecondMoments correlated(uint64_t rows, int64_t block, uint32_t seed) {
  std::mt19937 bits(seed);
  std::normal_distribution<float> normal;
  constexpr int causes = 24;
  std::vector<float> mix(kColumns * causes), x(kColumns);
  for (float &m : mix)
    m = normal(bits);
  SecondMoments moments;
  moments.rows = rows, moments.columns = kColumns, moments.block = block;
  for (int64_t first = 0; first < kColumns; first += block)
    moments.sums.resize(moments.sums.size() + moments.sizeOf(first) * moments.sizeOf(first));
  for (uint64_t r = 0; r < rows; ++r) {
    float cause[causes];
    for (float &c : cause)
      c = normal(bits);
    for (int64_t k = 0; k < kColumns; ++k) {
      x[k] = 0.3f * normal(bits);
      for (int c = 0; c < causes; ++c)
        x[k] += mix[k * causes + c] * cause[c];
      x[k] *= k % 17 == 0 ? 4.0f : 1.0f; // columns that matter more
    }
    float *sums = moments.sums.data();
    for (int64_t first = 0; first < kColumns; first += block) {
      int64_t n = moments.sizeOf(first);
      for (int64_t i = 0; i < n; ++i)
        for (int64_t j = 0; j < n; ++j)
          *sums++ += x[first + i] * x[first + j];
    }
  }
  return moments;
}

std::vector<float> randomRows(int64_t count, uint32_t seed) {
  std::mt19937 bits(seed);
  std::normal_distribution<float> normal;
  std::vector<float> rows(count * kColumns);
  for (float &value : rows)
    value = 0.05f * normal(bits);
  return rows;
}

Rounded rounded(const FeedbackRounder &rounder, const std::vector<float> &rows) {
  Rounded result = {std::vector<int8_t>(rows.size()), std::vector<uint16_t>(rows.size() / 32)};
  EXPECT_TRUE(rounder.round(rows, result.values, result.scales));
  return result;
}

FeedbackRounder makeRounder(const SecondMoments &moments, Grid grid = Grid::q4) {
  auto rounder = FeedbackRounder::create(grid, moments);
  EXPECT_TRUE(bool(rounder));
  return std::move(*rounder);
}

Rounded roundedAlone(const std::vector<float> &rows) {
  Rounded result = {std::vector<int8_t>(rows.size()), std::vector<uint16_t>(rows.size() / 32)};
  EXPECT_TRUE(roundRow(Grid::q4, rows, {}, result.values, result.scales));
  return result;
}

/// Mean square by which products with inputs of these moments (one block) stray.
double straying(const std::vector<float> &rows, const Rounded &result, const SecondMoments &moments) {
  double sum = 0;
  for (size_t r = 0; r < rows.size() / kColumns; ++r)
    for (int64_t i = 0; i < kColumns; ++i)
      for (int64_t j = 0; j < kColumns; ++j) {
        size_t a = r * kColumns + i, b = r * kColumns + j;
        sum += (rows[a] - result.at(a)) * double(moments.sums[i * kColumns + j]) * (rows[b] - result.at(b));
      }
  return sum / double(moments.rows);
}
} // namespace

TEST(FeedbackRounding, HalvesTheErrorOnCorrelatedInputs) {
  SecondMoments seen = correlated(4000, kColumns, 1);
  std::vector<float> rows = randomRows(kRows, 3);
  double with = straying(rows, rounded(makeRounder(seen), rows), seen),
         without = straying(rows, roundedAlone(rows), seen);
  // 24 causes of 192 columns leave most directions of the error without effect.
  EXPECT_LT(with, 0.3 * without);
  // Columns that matter more alone do not explain it.
  FeedbackRounder apart = makeRounder(correlated(4000, 32, 1));
  EXPECT_LT(with, 0.7 * straying(rows, rounded(apart, rows), seen)) << "products across 32 columns count";
}

TEST(FeedbackRounding, LeavesGridsAlone) {
  std::mt19937 bits(5);
  std::vector<float> rows(kRows * kColumns);
  for (size_t i = 0; i < rows.size(); ++i) {
    float scale = std::ldexp(1.0f + float(i / 32 % 7) / 8, -6);
    float product = float(int(bits() % 16) - 8) * scale;
    rows[i] = std::bit_cast<float>((std::bit_cast<uint32_t>(product) + 0x8000) &
                                   0xffff0000); // as a bf16 checkpoint has it
  }
  Rounded result = rounded(makeRounder(correlated(500, kColumns, 2)), rows), alone = roundedAlone(rows);
  EXPECT_EQ(result.values, alone.values);
  EXPECT_EQ(result.scales, alone.scales);
}

TEST(FeedbackRounding, WithoutInputsRowsAreRoundedByThemselves) {
  SecondMoments none;
  none.columns = none.block = kColumns;
  none.sums.resize(kColumns * kColumns);
  std::vector<float> rows = randomRows(5, 4);
  Rounded result = rounded(makeRounder(none), rows), alone = roundedAlone(rows);
  EXPECT_EQ(result.values, alone.values);
  EXPECT_EQ(result.scales, alone.scales);
}

TEST(FeedbackRounding, ARowHasTheSameBitsInAnyCompany) {
  FeedbackRounder rounder = makeRounder(correlated(500, 128, 6)); // and a shorter block behind
  std::vector<float> rows = randomRows(kRows, 7);
  Rounded all = rounded(rounder, rows);
  for (size_t r : {0, 1, 31}) {
    auto begin = rows.begin() + r * kColumns;
    Rounded one = rounded(rounder, std::vector<float>(begin, begin + kColumns));
    EXPECT_TRUE(std::equal(one.values.begin(), one.values.end(), all.values.begin() + r * kColumns));
    EXPECT_TRUE(std::equal(one.scales.begin(), one.scales.end(), all.scales.begin() + r * kColumns / 32));
  }
}

// Fewer inputs than columns, and columns that never see anything: the moments are singular.
TEST(FeedbackRounding, SingularMoments) {
  SecondMoments moments = correlated(3, kColumns, 8);
  for (int64_t i = 0; i < kColumns; ++i)
    for (int64_t dead : {0, 5, 191})
      moments.sums[i * kColumns + dead] = moments.sums[dead * kColumns + i] = 0;
  std::vector<float> rows = randomRows(kRows, 9);
  Rounded result = rounded(makeRounder(moments), rows);
  EXPECT_LT(straying(rows, result, moments), straying(rows, roundedAlone(rows), moments));
  moments.sums.assign(moments.sums.size(), 0);
  rounded(makeRounder(moments), rows);
}

TEST(FeedbackRounding, RefusesWhatIsNoMoments) {
  SecondMoments moments = correlated(500, kColumns, 10);
  moments.sums[1] = moments.sums[kColumns] = 1e20f; // a covariance beyond the variances
  auto rounder = FeedbackRounder::create(Grid::q4, moments);
  ASSERT_FALSE(bool(rounder));
  EXPECT_EQ(llvm::toString(rounder.takeError()), "second moments are not those of any inputs");
  std::vector<float> rows = randomRows(1, 11);
  rows[7] = NAN;
  std::vector<int8_t> values(rows.size());
  std::vector<uint16_t> scales(rows.size() / 32);
  EXPECT_FALSE(makeRounder(correlated(500, kColumns, 10)).round(rows, values, scales));
}
