// Schedules change how fast a linear is and never its result: equality to the bit with the unscheduled
// kernel.
#include "test/targets/conformance/Support.h"

#include "gtest/gtest.h"

#include <cstring>

using namespace facet::test;

namespace {

/// 128 columns: several turns of any unroll. 71 rows: two row groups and every remainder of tiles.
constexpr int kRows = 71, kIn = 128, kOut = 96;

std::string kernelText(const std::string &element, const std::string &schedule) {
  std::string weight = "tensor<96x128x" + element + ", #facet.panel<32>>";
  return "func.func @k(%rows: !facet.rows, %x: tensor<?x128xf32>, %w: " + weight +
         ") -> tensor<?x96xf32> attributes {facet.kernel = \"linear\"" + schedule +
         "} {\n %y = facet.linear %x, %w : tensor<?x128xf32>, " + weight +
         " -> tensor<?x96xf32>\n return %y : tensor<?x96xf32>\n}";
}

/// Results of one row, then of kRows.
std::vector<float> run(const std::string &text, const mlir::facet::TargetVariant &variant) {
  auto x = randomFloats(kRows * kIn, 1);
  // Words of 0x3c00 to 0x3cff are small positive numbers in every format, scales included.
  std::vector<Line> weights(kOut * kIn * 4 / sizeof(Line));
  for (size_t i = 0; i < weights.size() * 32; ++i) {
    uint16_t word = uint16_t(0x3c00 | (i * 2654435761u >> 16 & 0xff));
    std::memcpy(&weights[0].bytes[2 * i], &word, 2);
  }
  KernelRunner runner(text, variant);
  RowSet one(1, 0), many(kRows, 0);
  std::vector<float> y((1 + kRows) * kOut);
  runner.run({&one.set, x.data(), weights.data(), y.data()}, 2);
  runner.run({&many.set, x.data(), weights.data(), y.data() + kOut}, 2);
  return y;
}

TEST(Schedule, LeavesEveryBit) {
  const char *schedules[] = {"rowTile = 7, unroll = 3, thinUnroll = 8, prefetch = 4096",
                             "rowTile = 12, unroll = 8, thinUnroll = 1, prefetch = 64"};
  for (const mlir::facet::TargetVariant &variant : mlir::facet::allVariants()) {
    if (!KernelRunner::supported(variant)) // loops in place of instructions would be compiled for a minute
      continue;
    for (std::string element : {"f32", "bf16", "!facet.q8", "!facet.q4"}) {
      std::vector<float> expected = run(kernelText(element, ""), variant);
      EXPECT_NE(expected[0], 0.0f);
      for (std::string schedule : schedules)
        EXPECT_EQ(run(kernelText(element, ", facet.schedule = #facet.schedule<" + schedule + ">"), variant),
                  expected)
            << variant.name << " " << element << " " << schedule;
    }
  }
}

} // namespace
