#include "test/targets/conformance/Support.h"

#include "gtest/gtest.h"

#include <cmath>
#include <random>

using mlir::facet::TargetVariant;

namespace facet::test {

std::vector<float> randomFloats(size_t count, unsigned seed, float scale) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> normal(0.0f, scale);
  std::vector<float> values(count);
  for (float &value : values)
    value = normal(engine);
  return values;
}

RowSet::RowSet(int count, int firstPosition, int vocabulary) {
  for (int i = 0; i < count; ++i) {
    rows.token.push_back((i * 7 + 3) % vocabulary);
    rows.position.push_back(firstPosition + i);
    rows.last_visible.push_back(firstPosition + i);
    sequence.push_back(0);
    parent.push_back(i);
  }
  for (int first = 0; first < count; first += FACET_QUERY_BLOCK)
    blocks.push_back({first, std::min(FACET_QUERY_BLOCK, count - first), 0, 0});
  set = {
      count,           int(blocks.size()), rows.token.data(), rows.position.data(), rows.last_visible.data(),
      sequence.data(), parent.data(),      blocks.data()};
}

void conform(const std::string &text, const std::vector<float> &expected, double tolerance,
             const std::function<std::vector<float>(const KernelRunner &)> &run) {
  std::vector<float> first;
  for (const TargetVariant &variant : KernelRunner::testableVariants()) {
    KernelRunner runner(text, variant);
    std::vector<float> actual = run(runner);
    ASSERT_EQ(actual.size(), expected.size());
    double worst = 0, norm = 0;
    for (size_t i = 0; i < actual.size(); ++i) {
      worst = std::max(worst, double(std::fabs(actual[i] - expected[i])));
      norm = std::max(norm, double(std::fabs(expected[i])));
    }
    EXPECT_LE(worst, tolerance * norm) << variant.name;
    if (first.empty())
      first = actual;
    EXPECT_EQ(first, actual) << variant.name << " differs from the first variant";
  }
}

} // namespace facet::test
