// Attention kernels against the reference function: windows, group sizes, head dimensions, pages in any
// order. And equality to the bit of a row's result, however many rows and pieces it is computed with.
#include "test/targets/conformance/AttentionKernels.h"

#include "gtest/gtest.h"

#include <cmath>
#include <cstring>

using namespace facet::test;
namespace reference = facet::reference;
using mlir::facet::TargetVariant;

namespace {

/// f32 lines: n fused multiply-adds a score. Where bf16 is multiplied, probabilities are
/// rounded too, 2^-9 of each, and so is the result, of the largest value; queries are rounded beforehand. In
/// q8 a probability times its scale is off by 2^-16 of the largest of its tile, 64 times: by 2^-10 of the
/// largest value.
double toleranceOf(const AttentionShape &shape, bool dots, double largestValue, double largestResult) {
  const double rounding = dots ? 0x1p-8 : shape.element == "q8" ? 0x1p-10 : 0;
  return rounding * largestValue / largestResult + (dots ? 0 : shape.dim * 1e-6);
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

void roundAll(std::vector<float> &values) {
  for (float &value : values)
    value = roundToBf16(value);
}

/// As the input of a quantised linear is rounded.
void roundToInt8(std::vector<float> &values) {
  for (size_t first = 0; first < values.size(); first += 32) {
    float most = 0;
    for (size_t i = first; i < first + 32; ++i)
      most = std::max(most, std::fabs(values[i]));
    const float scale = most / 127, inverse = most > 0 ? 127 / most : 0;
    for (size_t i = first; i < first + 32; ++i)
      values[i] = scale * float(std::nearbyint(double(values[i]) * double(inverse)));
  }
}

/// What attention computes from: with `dots` the queries are bf16 too, and with K/V in q8 they are int8.
std::vector<float> expectedOf(const AttentionShape &shape, std::vector<float> k, std::vector<float> v,
                              std::vector<float> q, const RowSet &all, const RowSet &last, bool dots) {
  if (shape.element == "q8")
    k = reference::kv_q8(k), v = reference::kv_q8(v), roundToInt8(q);
  if (shape.element == "bf16")
    roundAll(k), roundAll(v);
  if (dots)
    roundAll(q);
  reference::History history{size_t(shape.window), size_t(shape.kvHeads), size_t(shape.dim), {}, {}};
  reference::kv_write(k, v, all.rows, history);
  return reference::attention(q, shape.heads * shape.dim, last.rows, history);
}

/// Writes `total` keys through the kernel, then attends with the last `queries` rows. Every 97th key and
/// value is multiplied by `outlier`. Variants agree to the bit, but where bf16 is multiplied.
void attend(AttentionShape shape, int total, int queries, float outlier = 1) {
  auto k = randomFloats(total * shape.kvHeads * shape.dim, 5),
       v = randomFloats(total * shape.kvHeads * shape.dim, 6);
  auto q = randomFloats(queries * shape.heads * shape.dim, 7, 0.3f);
  for (size_t i = 11; i < k.size(); i += 97)
    k[i] *= outlier, v[i] *= outlier;
  RowSet all(total, 0), last(queries, total - queries);
  std::vector<float> expected[2], first;
  for (const TargetVariant &variant : KernelRunner::testableVariants()) {
    SCOPED_TRACE(variant.name);
    AttentionKernels kernels(shape, variant);
    KvPages pages(shape, total);
    kernels.write(all, k, v, *pages.view(), 2);
    std::vector<float> actual = kernels.attend(last, q, *pages.view(), 3);
    const bool dots = dotsPairs(shape, variant);
    std::vector<float> &wanted = expected[dots];
    if (wanted.empty())
      wanted = expectedOf(shape, k, v, q, all, last, dots);
    double worst = 0;
    for (size_t i = 0; i < actual.size(); ++i)
      worst = std::max(worst, double(std::fabs(actual[i] - wanted[i])));
    EXPECT_LE(worst, toleranceOf(shape, dots, largest(v), largest(wanted)) * largest(wanted));
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
TEST(Attention, Q8) {
  attend({64, 8, 1, 64, "q8"}, 301, 1);
  attend({0, 4, 1, 128, "q8"}, 130, 130);
  attend({96, 3, 1, 32, "q8"}, 200, 21);
  attend({0, 16, 2, 512, "q8"}, 150, 3);
}
TEST(Attention, Q8WithOutliers) { attend({0, 8, 2, 128, "q8"}, 200, 40, 30); }
TEST(Attention, SegmentsBeyondTheFirstDoubling) { attend({0, 2, 1, 32, "bf16"}, 9000, 2); }

/// A row alone, in eight pieces, is what it is among the rows of a prompt in one: with a window, and across
/// the position from which segments grow.
void expectEqualToTheBit(AttentionShape shape, int total, int queries) {
  auto k = randomFloats(total * shape.kvHeads * shape.dim, 5),
       v = randomFloats(total * shape.kvHeads * shape.dim, 6);
  auto q = randomFloats(queries * shape.heads * shape.dim, 7, 0.3f);
  const size_t width = shape.heads * shape.dim;
  for (const TargetVariant &variant : KernelRunner::testableVariants()) {
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

/// What a page in q8 says of one side: 0 keys, 1 values; [position][head][dim].
std::vector<float> readQ8(const AttentionShape &shape, const facet_kv_view &view, int side, int total) {
  std::vector<float> result;
  const size_t dim = shape.dim, lines = 16 * dim, headBytes = 34 * dim;
  for (int position = 0; position < total; ++position) {
    const size_t slot = position % 16;
    for (int head = 0; head < shape.kvHeads; ++head) {
      const char *at = view.base + view.tables[position / 16] * view.page_bytes + head * headBytes;
      for (size_t d = 0; d < dim; ++d) {
        size_t byte = side ? lines + slot / 4 * 4 * dim + 4 * d + slot % 4 : d / 4 * 64 + slot * 4 + d % 4;
        _Float16 scale;
        std::memcpy(&scale, at + 2 * lines + side * dim + d / 32 * 32 + slot * 2, 2);
        result.push_back(float(static_cast<signed char>(at[byte])) * float(scale));
      }
    }
  }
  return result;
}

/// Pages hold exactly what the reference keeps: with outliers, zeros, and magnitudes that f16 scales cannot
/// express or hold with few bits.
TEST(KvWrite, Q8IsRoundedAsTheReferenceRounds) {
  const AttentionShape shape{0, 2, 2, 64, "q8"};
  const int total = 40;
  auto k = randomFloats(total * shape.kvHeads * shape.dim, 5),
       v = randomFloats(total * shape.kvHeads * shape.dim, 6);
  const float factors[] = {1, 1e3f, 0, 1e-5f, 3e-6f, 1e-9f, 1e8f, 1e-3f};
  for (size_t i = 0; i < k.size(); ++i) {
    k[i] *= factors[i / 32 % 8] * (i % 41 == 7 ? 50.0f : 1.0f);
    v[i] *= factors[i / 32 % 7];
  }
  for (const TargetVariant &variant : KernelRunner::testableVariants()) {
    SCOPED_TRACE(variant.name);
    AttentionKernels kernels(shape, variant);
    KvPages pages(shape, total);
    kernels.write(RowSet(total, 0), k, v, *pages.view(), 2);
    EXPECT_EQ(readQ8(shape, *pages.view(), 0, total), reference::kv_q8(k));
    EXPECT_EQ(readQ8(shape, *pages.view(), 1, total), reference::kv_q8(v));
  }
}

TEST(AttentionEquality, SlidingWindow) {
  for (const char *element : {"f32", "bf16", "q8"})
    expectEqualToTheBit({512, 4, 1, 64, element, 4}, 1300, 40);
}
TEST(AttentionEquality, GrowingSegments) {
  for (const char *element : {"f32", "bf16", "q8"})
    expectEqualToTheBit({0, 4, 2, 32, element}, 4120, 48);
}

} // namespace
