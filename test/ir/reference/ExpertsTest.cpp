// Router and experts at published sizes (128 experts, 8 chosen), and the kernel-level forms against the
// model-level op.
#include "test/ir/reference/Random.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <numeric>

using namespace facet::reference;

TEST(ReferenceExperts, RouteBreaksTiesDownwards) {
  Route route = moe_route(Vector{1, 3, 3, 0, 3}, Vector{1, 1, 1, 1, 1}, 2);
  EXPECT_EQ(route.experts, (std::vector<int32_t>{1, 2}));
  EXPECT_EQ(route.weights, (Vector{0.5, 0.5}));
}

TEST(ReferenceExperts, RouteScalesAfterDividing) {
  Route route = moe_route(Vector{0, 0, -50}, Vector{2, 4, 8}, 2);
  EXPECT_EQ(route.weights, (Vector{1, 2}));
}

TEST(ReferenceExperts, RouteOf128) {
  Vector logits = random_vector(6 * 128, 21, 3), scale = random_vector(128, 22);
  Route route = moe_route(logits, scale, 8);
  for (size_t r = 0; r < 6; ++r) {
    // A softmax over all, its eight largest found by sorting values, divided by their sum.
    std::vector<std::pair<double, int>> p;
    double total = 0;
    for (int e = 0; e < 128; ++e)
      p.push_back({std::exp(double(logits[r * 128 + size_t(e)])), e}), total += p.back().first;
    std::sort(p.begin(), p.end(), [](auto a, auto b) { return a.first > b.first; });
    double top = 0;
    for (int c = 0; c < 8; ++c)
      top += p[size_t(c)].first / total;
    for (size_t c = 0; c < 8; ++c) {
      EXPECT_EQ(route.experts[r * 8 + c], p[c].second);
      EXPECT_FLOAT_EQ(route.weights[r * 8 + c], float(p[c].first / total / top * scale[size_t(p[c].second)]));
    }
  }
}

TEST(ReferenceExperts, PlanGroupsPairs) {
  std::vector<int32_t> experts{2, 0, 0, 3, 2, 3}; // three rows of two choices
  ExpertPlan plan = moe_plan(experts, 2, 4);
  EXPECT_EQ(plan.offsets, (std::vector<int32_t>{0, 2, 2, 4, 6}));
  EXPECT_EQ(plan.pairs, (std::vector<int32_t>{1, 2, 0, 4, 3, 5}));
}

TEST(ReferenceExperts, MatchTheFormulaAndTheirKernels) {
  const size_t experts = 128, width = 64, inner = 32, choices = 8, rows = 3;
  Vector x = random_vector(rows * width, 31), gate_up = random_vector(experts * 2 * inner * width, 32, 0.1f);
  Vector down = random_vector(experts * width * inner, 33, 0.1f);
  Route route = moe_route(random_vector(rows * experts, 34), Vector(experts, 1.5f), choices);
  Vector y = moe_experts(x, width, route, gate_up, down, experts);

  std::vector<double> expected(rows * width);
  for (size_t r = 0; r < rows; ++r)
    for (size_t c = 0; c < choices; ++c) {
      size_t e = size_t(route.experts[r * choices + c]);
      for (size_t i = 0; i < inner; ++i) {
        double gate = 0, up = 0;
        for (size_t k = 0; k < width; ++k) {
          gate += double(x[r * width + k]) * gate_up[(e * 2 * inner + i) * width + k];
          up += double(x[r * width + k]) * gate_up[(e * 2 * inner + inner + i) * width + k];
        }
        double h =
            gate / (1 + std::exp(-2 * std::sqrt(2 / M_PI) * (gate + 0.044715 * gate * gate * gate))) * up;
        for (size_t n = 0; n < width; ++n)
          expected[r * width + n] += route.weights[r * choices + c] * h * down[(e * width + n) * inner + i];
      }
    }
  EXPECT_LT(relative(y, expected), kUnit * double(width + inner + choices + 4));

  // Rows of gate and up in turns of 16, as the fused kernel stores them: the same values to the bit.
  Vector turns(gate_up.size());
  for (size_t row = 0; row < experts * 2 * inner; ++row) {
    size_t e = row / (2 * inner), i = row % (2 * inner), half = i / inner, j = i % inner;
    size_t to = e * 2 * inner + j / 16 * 32 + half * 16 + j % 16;
    std::copy_n(&gate_up[row * width], width, &turns[to * width]);
  }
  ExpertPlan plan = moe_plan(route.experts, choices, experts);
  Vector hidden = moe_linear(x, plan, turns, width, /*shared=*/true, /*geglu=*/true);
  Vector out = moe_linear(hidden, plan, down, inner, /*shared=*/false, /*geglu=*/false);
  EXPECT_EQ(moe_combine(out, route.weights, choices, rows), y);
}
