// Element-wise and row-wise reference functions against hand-computed vectors and double-precision formulas.
#include "test/ir/reference/Random.h"

#include <gtest/gtest.h>

using namespace facet::reference;

TEST(Reference, EmbedScalesTheTokensRow) {
  Rows rows = consecutive(0, 2);
  rows.token = {2, 0};
  EXPECT_EQ(embed(rows, Vector{1, 2, 3, 4, 5, 6}, 2, 16.0f), (Vector{80, 96, 16, 32}));
}

TEST(Reference, WantedRowsKeepTheirParents) {
  Rows rows = consecutive(7, 3);
  Rows some = wanted(rows, {true, false, true});
  EXPECT_EQ(some.position, (std::vector<int32_t>{7, 9}));
  EXPECT_EQ(some.parent, (std::vector<int32_t>{0, 2}));
  EXPECT_EQ(take(Vector{1, 2, 3, 4, 5, 6}, 2, some), (Vector{1, 2, 5, 6}));
}

TEST(Reference, ElementWise) {
  EXPECT_EQ(add(Vector{1, 2}, Vector{3, -5}), (Vector{4, -3}));
  EXPECT_EQ(scale(Vector{1, 2}, 0.5f), (Vector{0.5, 1}));
  EXPECT_EQ(layer_scale(Vector{1, 2}, Vector{3}), (Vector{3, 6}));
  EXPECT_EQ(slice(Vector{0, 1, 2, 3, 4, 5}, 3, 1, 2), (Vector{1, 2, 4, 5}));
}

// The erf form would give 0.841345 at 1.
TEST(Reference, GegluIsTheTanhForm) {
  Vector y = geglu(Vector{0, 1, -1, 3, -20}, Vector{5, 1, 2, 1, 1});
  EXPECT_EQ(y[0], 0);
  EXPECT_FLOAT_EQ(y[1], 0.84119199060827676f);
  EXPECT_FLOAT_EQ(y[2], 2 * -0.15880800939172324f);
  EXPECT_FLOAT_EQ(y[3], 2.9963625607918227f);
  EXPECT_EQ(y[4], 0);
}

TEST(Reference, GegluPairsInterleavesBySixteen) {
  Vector gate = random_vector(64, 1), up = random_vector(64, 2), both(128);
  for (size_t i = 0; i < 64; ++i) {
    both[i / 16 * 32 + i % 16] = gate[i];
    both[i / 16 * 32 + 16 + i % 16] = up[i];
  }
  EXPECT_EQ(geglu_pairs(both, 64), geglu(gate, up)); // two rows of 64 columns
}

TEST(Reference, SoftcapIsCapTimesTanh) {
  Vector y = softcap(Vector{0, 30, -30, 1e6f}, 30);
  EXPECT_EQ(y[0], 0);
  EXPECT_FLOAT_EQ(y[1], 22.847824678672943f);
  EXPECT_FLOAT_EQ(y[2], -22.847824678672943f);
  EXPECT_EQ(y[3], 30);
}

TEST(Reference, RmsNormMatchesTheFormula) {
  for (size_t width : {256, 512, 1536, 2560, 2816, 5376}) {
    for (size_t groups : {1, 2}) {
      Vector x = random_vector(3 * width, uint32_t(width)), weight = random_vector(width / groups, 9);
      std::vector<double> expected(x.size());
      size_t part = width / groups;
      for (size_t first = 0; first < x.size(); first += part) {
        double sum = 0;
        for (size_t i = 0; i < part; ++i)
          sum += double(x[first + i]) * x[first + i];
        for (size_t i = 0; i < part; ++i)
          expected[first + i] = x[first + i] / std::sqrt(sum / double(part) + 1e-6) * weight[i];
      }
      // Additions in one lane and of lanes, then mean, root, division and two products.
      double limit = kUnit * (double(part) / 16 + 4 + 5);
      EXPECT_LT(relative(rms_norm(x, width, weight, 1e-6f, groups), expected), limit)
          << width << " in " << groups;
    }
  }
}

// In lane 0, 2^24 + 1 rounds to 2^24; lanes 1 and 9 make 2 first, which is not lost.
TEST(Reference, RmsNormAddsInSixteenLanes) {
  Vector x(32);
  x[0] = 4096, x[16] = 1, x[1] = 1, x[9] = 1;
  float mean = 16777218.0f / 32;
  EXPECT_EQ(rms_norm(x, 32, {}, 1e-6f)[0], 4096 * (1.0f / std::sqrt(mean + 1e-6f)));
}

TEST(Reference, LinearMatchesDouble) {
  Vector x = random_vector(5 * 100, 3), weight = random_vector(70 * 100, 4);
  std::vector<double> expected(5 * 70);
  for (size_t r = 0; r < 5; ++r)
    for (size_t n = 0; n < 70; ++n)
      for (size_t k = 0; k < 100; ++k)
        expected[r * 70 + n] += double(x[r * 100 + k]) * weight[n * 100 + k];
  EXPECT_LT(relative(linear(x, 100, weight), expected), 100 * kUnit);
}

TEST(Reference, LinearAddsUpwardsAndFuses) {
  EXPECT_EQ(linear(Vector{1, 1, 1}, 3, Vector{16777216, 1, 1}), (Vector{16777216})); // downwards: 16777218
  float near_one = 1 + 1.0f / 4096, square = 1 + 1.0f / 2048;
  EXPECT_EQ(linear(Vector{-1, near_one}, 2, Vector{square, near_one}),
            (Vector{std::ldexp(1.0f, -24)})); // else 0
}

// 1 / (theta ** (2j / d)), rounded after each step.
TEST(Reference, InverseFrequenciesRoundEachStep) {
  Vector frequencies = inverse_frequencies(1e4f, 1, 256, 128);
  EXPECT_EQ(frequencies[0], 1);
  EXPECT_EQ(frequencies[64], 1.0f / 100.0f);
  EXPECT_EQ(frequencies[32], 1.0f / 10.0f);
  EXPECT_EQ(inverse_frequencies(1e6f, 8, 512, 64)[0], 0.125f);
}

TEST(Reference, RopeTableToTheLastPosition) {
  Vector frequencies = inverse_frequencies(1e4f, 1, 256, 128);
  EXPECT_FLOAT_EQ(frequencies[1], 0.930572040929699f); // 1e4^(-2 / 256)
  Rows rows = consecutive(0, 1);
  for (int32_t position : {0, 1, 63, 1023, 131071, 262143}) {
    rows.position[0] = position;
    Vector table = rope_table(rows, frequencies);
    for (size_t j = 0; j < 128; ++j) {
      long double angle = float(position) * frequencies[j];
      EXPECT_FLOAT_EQ(table[j], float(cosl(angle))) << position << " " << j;
      EXPECT_FLOAT_EQ(table[128 + j], float(sinl(angle))) << position << " " << j;
    }
  }
}

// Full layers of the published models: 64 of 256 pairs turn, the rest stand still.
TEST(Reference, PartialRopeLeavesTheRest) {
  Vector frequencies = inverse_frequencies(1e6f, 1, 512, 64);
  EXPECT_FLOAT_EQ(frequencies[63], 0.033376246942920386f); // 1e6^(-126 / 512)
  EXPECT_EQ(frequencies[64], 0);
  Rows rows = consecutive(1000, 1);
  Vector x = random_vector(2 * 512, 5), y = rope(x, 1024, rope_table(rows, frequencies), 512);
  for (size_t head : {0, 512})
    for (size_t j = 0; j < 256; ++j) {
      EXPECT_EQ(y[head + j] == x[head + j], j >= 64) << j;
      EXPECT_EQ(y[head + j + 256] == x[head + j + 256], j >= 64) << j;
    }
}

TEST(Reference, RopePairsHalves) {
  // Two heads of 4; pairs (0, 2) and (1, 3); the first turns by 90 degrees.
  EXPECT_EQ(rope(Vector{1, 2, 3, 4, 5, 6, 7, 8}, 8, Vector{0, 1, 1, 0}, 4),
            (Vector{-3, 2, 1, 4, -7, 6, 5, 8}));
}

TEST(Reference, RopeDependsOnDistance) {
  Vector q = random_vector(256, 6), k = random_vector(256, 7), f = inverse_frequencies(1e4f, 1, 256, 128);
  auto score = [&](size_t at, size_t key) {
    Vector a = rope(q, 256, rope_table(consecutive(at, 1), f), 256),
           b = rope(k, 256, rope_table(consecutive(key, 1), f), 256);
    double sum = 0;
    for (size_t i = 0; i < 256; ++i)
      sum += double(a[i]) * b[i];
    return sum;
  };
  EXPECT_NEAR(score(10, 3), score(510, 503), 1e-3); // angles near 500 carry an error of 500 * 2^-24
  EXPECT_GT(std::abs(score(10, 3) - score(10, 4)), 1e-2);
}
