// Attention kernels against the reference function: windows, group sizes, head dimensions, pages in any
// order. And equality to the bit of a row's result, however many rows and pieces it is computed with.
#include "test/targets/conformance/AttentionKernels.h"

#include "gtest/gtest.h"

#include <cmath>

using namespace facet::test;
namespace reference = facet::reference;
using mlir::facet::TargetVariant;

namespace {

/// f32 keys: n fused multiply-adds a score. bf16 ones on a target that multiplies bf16: probabilities are
/// rounded too, 2^-9 of each, and so is the result, of the largest value; queries are rounded beforehand.
double toleranceOf(const AttentionShape &shape, bool dots, double largestValue, double largestResult) {
  return dots ? largestValue * 0x1p-8 / largestResult : shape.dim * 1e-6;
}

bool dotsPairs(const AttentionShape &shape, const TargetVariant &variant) {
  return shape.element == "bf16" && variant.bf16Dot;
}

double largest(const std::vector<float> &values) {
  double most = 0;
  for (float value : values)
    most = std::max(most, double(std::fabs(value)));
  return most;
}

/// Writes `total` keys through the kernel, then attends with the last `queries` rows. Variants agree to the
/// bit, but for bf16 keys on a target that multiplies bf16.
void attend(AttentionShape shape, int total, int queries) {
  auto k = randomFloats(total * shape.kvHeads * shape.dim, 5),
       v = randomFloats(total * shape.kvHeads * shape.dim, 6);
  auto q = randomFloats(queries * shape.heads * shape.dim, 7, 0.3f);
  if (shape.element == "bf16")
    for (auto *side : {&k, &v, &q})
      for (float &value : *side)
        value = roundToBf16(value);
  RowSet all(total, 0), last(queries, total - queries);
  reference::History history{size_t(shape.window), size_t(shape.kvHeads), size_t(shape.dim), {}, {}};
  reference::kv_write(k, v, all.rows, history);
  auto expected = reference::attention(q, shape.heads * shape.dim, last.rows, history);
  std::vector<float> first;
  for (const TargetVariant &variant : mlir::facet::allVariants()) {
    if (!KernelRunner::supported(variant))
      continue;
    SCOPED_TRACE(variant.name);
    AttentionKernels kernels(shape, variant);
    KvPages pages(shape, total);
    kernels.write(all, k, v, *pages.view(), 2);
    std::vector<float> actual = kernels.attend(last, q, *pages.view(), 3);
    double worst = 0, dots = dotsPairs(shape, variant);
    for (size_t i = 0; i < actual.size(); ++i)
      worst = std::max(worst, double(std::fabs(actual[i] - expected[i])));
    EXPECT_LE(worst, toleranceOf(shape, dots, largest(v), largest(expected)) * largest(expected));
    if (first.empty())
      first = actual;
    if (!dots) {
      EXPECT_EQ(first, actual) << "differs from the first variant";
    }
  }
}

TEST(Attention, SlidingPrefill) { attend({64, 4, 2, 64, "f32"}, 300, 100); }
TEST(Attention, SlidingDecode) { attend({64, 8, 1, 64, "f32"}, 301, 1); }
TEST(Attention, FullPrefillBf16) { attend({0, 4, 1, 128, "bf16"}, 130, 130); }
TEST(Attention, OddGroupsAndNarrowHeads) { attend({96, 3, 1, 32, "bf16"}, 200, 21); }
TEST(Attention, ManyHeadsOfOneKey) { attend({0, 24, 2, 96, "f32"}, 70, 5); }
TEST(Attention, PublishedHeadDims) {
  attend({0, 16, 2, 512, "f32"}, 150, 3);
  attend({512, 8, 1, 256, "bf16"}, 700, 17);
}
TEST(Attention, SegmentsBeyondTheFirstDoubling) { attend({0, 2, 1, 32, "bf16"}, 9000, 2); }

/// A row alone, in eight pieces, is what it is among the rows of a prompt in one: with a window, and across
/// the position from which segments grow.
void expectEqualToTheBit(AttentionShape shape, int total, int queries) {
  auto k = randomFloats(total * shape.kvHeads * shape.dim, 5),
       v = randomFloats(total * shape.kvHeads * shape.dim, 6);
  auto q = randomFloats(queries * shape.heads * shape.dim, 7, 0.3f);
  const size_t width = shape.heads * shape.dim;
  for (const TargetVariant &variant : mlir::facet::allVariants()) {
    if (!KernelRunner::supported(variant))
      continue;
    SCOPED_TRACE(variant.name);
    AttentionKernels kernels(shape, variant);
    KvPages pages(shape, total);
    kernels.write(RowSet(total, 0), k, v, *pages.view(), 1);
    std::vector<float> together = kernels.attend(RowSet(queries, total - queries), q, *pages.view(), 1);
    for (int rows : {1, 3, 8, 9})
      for (int at = 0; at + rows <= queries; at += std::max(rows, queries / 4)) {
        std::vector<float> some(q.begin() + at * width, q.begin() + (at + rows) * width);
        std::vector<float> alone = kernels.attend(RowSet(rows, total - queries + at), some, *pages.view(), 8);
        EXPECT_TRUE(std::equal(alone.begin(), alone.end(), together.begin() + at * width))
            << rows << " rows at " << at;
      }
  }
}

TEST(AttentionEquality, SlidingWindow) {
  for (const char *element : {"f32", "bf16"})
    expectEqualToTheBit({512, 4, 1, 64, element, 4}, 1300, 40);
}
TEST(AttentionEquality, GrowingSegments) {
  for (const char *element : {"f32", "bf16"})
    expectEqualToTheBit({0, 4, 2, 32, element}, 4120, 48);
}

} // namespace
