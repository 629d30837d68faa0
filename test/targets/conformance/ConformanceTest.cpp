// Every kernel kind against the reference functions, on every variant that this machine runs; variants must
// agree to the bit. Tolerances: n fused multiply-adds stray at most n * 2^-24 of the sum of magnitudes from
// the exact value; exp and tanh add 2^-20 relative.
#include "test/targets/conformance/Support.h"

#include "gtest/gtest.h"

#include <bit>

using namespace facet::test;
namespace reference = facet::reference;

namespace {

TEST(Conformance, NormLinearGeglu) {
  const size_t rows = 71, in = 192, inner = 96;
  auto x = randomFloats(rows * in, 1), norm = randomFloats(in, 2),
       weight = randomFloats(2 * inner * in, 3, 0.1f);
  for (bool bf16 : {false, true}) {
    std::vector<float> stored = weight;
    if (bf16)
      for (float &w : stored)
        w = roundToBf16(w);
    auto packed = packPanels(weight, 2 * inner, in, bf16);
    std::string element = bf16 ? "bf16" : "f32";
    std::string text = R"(
func.func @k(%rows: !facet.rows, %x: tensor<?x192xf32>, %n: tensor<192xf32>, %w: tensor<192x192x)" +
                       element +
                       R"(, #facet.panel<32>>) -> tensor<?x96xf32> attributes {facet.kernel = "linear"} {
  %0 = facet.rms_norm %x, %n eps 1.0e-6 : tensor<?x192xf32>, tensor<192xf32>
  %1 = facet.linear %0, %w : tensor<?x192xf32>, tensor<192x192x)" +
                       element + R"(, #facet.panel<32>> -> tensor<?x192xf32>
  %2 = facet.geglu_pairs %1 : tensor<?x192xf32> -> tensor<?x96xf32>
  return %2 : tensor<?x96xf32>
})";
    auto normed = reference::rms_norm(x, in, norm, 1e-6f);
    auto expected = reference::geglu_pairs(reference::linear(normed, in, stored), 2 * inner);
    RowSet set(rows, 0);
    conform(text, expected, in * 6e-8 + 2e-6, [&](const KernelRunner &runner) {
      std::vector<float> y(rows * inner);
      runner.run({&set.set, x.data(), norm.data(), packed.data(), y.data()}, 3);
      return y;
    });
  }
}

TEST(Conformance, LinearWithHalfPanelAndSoftcap) {
  const size_t rows = 5, in = 64, out = 48;
  auto x = randomFloats(rows * in, 1), weight = randomFloats(out * in, 3);
  auto packed = packPanels(weight, out, in, false);
  std::string text = R"(
func.func @k(%rows: !facet.rows, %x: tensor<?x64xf32>, %w: tensor<48x64xf32, #facet.panel<32>>) -> tensor<?x48xf32> attributes {facet.kernel = "linear"} {
  %1 = facet.linear %x, %w : tensor<?x64xf32>, tensor<48x64xf32, #facet.panel<32>> -> tensor<?x48xf32>
  %2 = facet.softcap %1 cap 30.0 : tensor<?x48xf32>
  return %2 : tensor<?x48xf32>
})";
  auto expected = reference::softcap(reference::linear(x, in, weight), 30.0f);
  RowSet set(rows, 0);
  conform(text, expected, in * 6e-8 + 2e-6, [&](const KernelRunner &runner) {
    std::vector<float> y(rows * out);
    runner.run({&set.set, x.data(), packed.data(), y.data()}, 2);
    return y;
  });
}

TEST(Conformance, RopeTableAndEmbedding) {
  const int vocabulary = 64, width = 64;
  auto table = randomFloats(vocabulary * width, 1);
  for (float &v : table)
    v = roundToBf16(v);
  auto packed = packPanels(table, vocabulary, width, true);
  auto frequencies = reference::inverse_frequencies(1e4f, 1.0f, 64, 32);
  std::string text = R"(
func.func @k(%rows: !facet.rows, %e: tensor<64x64xbf16, #facet.panel<32>>, %f: tensor<32xf32>) -> (tensor<?x64xf32>, tensor<?x64xf32>) attributes {facet.kernel = "rows"} {
  %0 = facet.embed %rows, %e scale 8.0 : tensor<64x64xbf16, #facet.panel<32>> -> tensor<?x64xf32>
  %1 = facet.rope_table %rows, %f : tensor<32xf32> -> tensor<?x64xf32>
  return %0, %1 : tensor<?x64xf32>, tensor<?x64xf32>
})";
  RowSet set(37, 261000, vocabulary);
  auto expected = reference::embed(set.rows, table, width, 8.0f);
  auto angles = reference::rope_table(set.rows, frequencies);
  size_t split = expected.size();
  expected.insert(expected.end(), angles.begin(), angles.end());
  conform(text, expected, 1e-7, [&](const KernelRunner &runner) {
    std::vector<float> y(expected.size());
    runner.run({&set.set, packed.data(), frequencies.data(), y.data(), y.data() + split}, 4);
    return y;
  });
}

// A table in rows never reaches the kernel: it sees the rows of the set's tokens.
TEST(Conformance, GatheredEmbedding) {
  const int vocabulary = 64, width = 64;
  auto table = randomFloats(vocabulary * width, 1);
  for (float &v : table)
    v = roundToBf16(v);
  std::string text = R"(
func.func @k(%rows: !facet.rows, %e: tensor<64x64xbf16>) -> tensor<?x64xf32> attributes {facet.kernel = "rows"} {
  %0 = facet.embed %rows, %e scale 8.0 : tensor<64x64xbf16> -> tensor<?x64xf32>
  return %0 : tensor<?x64xf32>
})";
  RowSet set(37, 0, vocabulary);
  std::vector<uint16_t> gathered;
  for (int row = 0; row < set.set.count; ++row)
    for (int i = 0; i < width; ++i)
      gathered.push_back(uint16_t(std::bit_cast<uint32_t>(table[set.set.token[row] * width + i]) >> 16));
  conform(text, reference::embed(set.rows, table, width, 8.0f), 1e-7, [&](const KernelRunner &runner) {
    std::vector<float> y(set.set.count * width);
    runner.run({&set.set, gathered.data(), y.data()}, 4);
    return y;
  });
}

} // namespace
