// Every kernel kind against the reference functions, on every variant that this machine runs; variants must agree
// to the bit. Tolerances: n fused multiply-adds stray at most n * 2^-24 of the sum of magnitudes from the
// exact value; exp and tanh add 2^-20 relative.
#include "test/targets/conformance/KernelRunner.h"

#include "ir/reference/Reference.h"
#include "runtime/abi.h"

#include "gtest/gtest.h"

#include <bit>
#include <cmath>
#include <functional>
#include <random>

using namespace facet::test;
namespace reference = facet::reference;
using mlir::facet::TargetVariant;

namespace {

std::vector<float> randomFloats(size_t count, unsigned seed, float scale = 1.0f) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> normal(0.0f, scale);
  std::vector<float> values(count);
  for (float &value : values)
    value = normal(engine);
  return values;
}

/// Rows of one sequence with identity page table, and the ABI's view of them.
struct RowSet {
  reference::Rows rows;
  std::vector<int> sequence, parent;
  std::vector<facet_query_block> blocks;
  facet_row_set set = {};

  RowSet(int count, int firstPosition, int vocabulary = 1) {
    for (int i = 0; i < count; ++i) {
      rows.token.push_back((i * 7 + 3) % vocabulary);
      rows.position.push_back(firstPosition + i);
      rows.last_visible.push_back(firstPosition + i);
      sequence.push_back(0);
      parent.push_back(i);
    }
    for (int first = 0; first < count; first += FACET_QUERY_BLOCK)
      blocks.push_back({first, std::min(FACET_QUERY_BLOCK, count - first), 0, 0});
    set = {count, int(blocks.size()), rows.token.data(), rows.position.data(), rows.last_visible.data(), sequence.data(), parent.data(), blocks.data()};
  }
};

/// `run(runner)` yields a kernel's result. Checks it against `expected` and between variants.
void conform(const std::string &text, const std::vector<float> &expected, double tolerance,
             const std::function<std::vector<float>(const KernelRunner &)> &run) {
  std::vector<float> first;
  for (const TargetVariant &variant : mlir::facet::allVariants()) {
    if (!KernelRunner::supported(variant))
      continue;
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

TEST(Conformance, NormLinearGeglu) {
  const size_t rows = 71, in = 192, inner = 96;
  auto x = randomFloats(rows * in, 1), norm = randomFloats(in, 2), weight = randomFloats(2 * inner * in, 3, 0.1f);
  for (bool bf16 : {false, true}) {
    std::vector<float> stored = weight;
    if (bf16)
      for (float &w : stored)
        w = roundToBf16(w);
    auto packed = packPanels(weight, 2 * inner, in, bf16);
    std::string element = bf16 ? "bf16" : "f32";
    std::string text = R"(
func.func @k(%rows: !facet.rows, %x: tensor<?x192xf32>, %n: tensor<192xf32>, %w: tensor<192x192x)" + element + R"(, #facet.panel<32>>) -> tensor<?x96xf32> attributes {facet.kernel = "linear"} {
  %0 = facet.rms_norm %x, %n eps 1.0e-6 : tensor<?x192xf32>, tensor<192xf32>
  %1 = facet.linear %0, %w : tensor<?x192xf32>, tensor<192x192x)" + element + R"(, #facet.panel<32>> -> tensor<?x192xf32>
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

/// Writes `history` keys through the kernel, then attends with the last rows of it.
void attend(int total, int queries, int window, int heads, int kvHeads, int dim, bool bf16) {
  std::string kv = "!facet.kv<window = " + std::to_string(window) + ", heads = " + std::to_string(kvHeads) + ", head_dim = " +
                   std::to_string(dim) + (bf16 ? ", bf16>" : ", f32>");
  std::string kvWidth = "tensor<?x" + std::to_string(kvHeads * dim) + "xf32>", qWidth = "tensor<?x" + std::to_string(heads * dim) + "xf32>";
  std::string write = "func.func @w(%rows: !facet.rows, %k: " + kvWidth + ", %v: " + kvWidth + ", %kv: " + kv +
                      ") attributes {facet.kernel = \"rows\"} { facet.kv_write %k, %v, %rows, %kv : " + kvWidth + ", " + kv + "\n return }";
  std::string read = "func.func @a(%rows: !facet.rows, %q: " + qWidth + ", %kv: " + kv + ") -> " + qWidth +
                     " attributes {facet.kernel = \"attention\"} { %0 = facet.attention %q, %rows, %kv {tiles} : " + qWidth + ", " + kv +
                     "\n return %0 : " + qWidth + " }";
  auto k = randomFloats(total * kvHeads * dim, 5), v = randomFloats(total * kvHeads * dim, 6);
  auto q = randomFloats(queries * heads * dim, 7, 0.3f);
  if (bf16)
    for (auto *side : {&k, &v})
      for (float &value : *side)
        value = roundToBf16(value);
  RowSet all(total, 0), last(queries, total - queries);
  reference::History history{size_t(window), size_t(kvHeads), size_t(dim), {}, {}};
  reference::kv_write(k, v, all.rows, history);
  auto expected = reference::attention(q, heads * dim, last.rows, history);
  // 16-token pages in reverse order.
  int pages = (total + 15) / 16;
  std::vector<int> pageTable(pages);
  for (int p = 0; p < pages; ++p)
    pageTable[p] = pages - 1 - p;
  size_t pageBytes = size_t(16) * kvHeads * dim * 2 * (bf16 ? 2 : 4);
  const TargetVariant *first = mlir::facet::allVariants().begin();
  std::vector<char> pool(pageBytes * pages, char(0x7f)); // what was never written is not zero
  facet_kv_view view = {pool.data(), (long long)pageBytes, 4, pageTable.data(), pages};
  KernelRunner(write, *first).run({&all.set, k.data(), v.data(), &view}, 2);
  conform(read, expected, dim * 1e-6, [&](const KernelRunner &runner) {
    std::vector<float> y(expected.size());
    runner.run({&last.set, q.data(), &view, y.data()}, 3);
    return y;
  });
}

TEST(Conformance, SlidingPrefill) { attend(300, 100, 64, 4, 2, 64, false); }
TEST(Conformance, SlidingDecode) { attend(301, 1, 64, 8, 1, 64, false); }
TEST(Conformance, FullPrefillBf16) { attend(130, 130, 0, 4, 1, 128, true); }
TEST(Conformance, PublishedHeadDims) {
  attend(150, 3, 0, 16, 2, 512, false);
  attend(700, 17, 512, 8, 1, 256, true);
}

} // namespace
