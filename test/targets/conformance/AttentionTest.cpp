// Attention kernels against the reference function: windows, group sizes, head dimensions, pages in any
// order.
#include "test/targets/conformance/Support.h"

#include "gtest/gtest.h"

using namespace facet::test;
namespace reference = facet::reference;
using mlir::facet::TargetVariant;

namespace {

/// Writes `history` keys through the kernel, then attends with the last rows of it.
void attend(int total, int queries, int window, int heads, int kvHeads, int dim, bool bf16) {
  std::string kv = "!facet.kv<window = " + std::to_string(window) + ", heads = " + std::to_string(kvHeads) +
                   ", head_dim = " + std::to_string(dim) + (bf16 ? ", bf16>" : ", f32>");
  std::string kvWidth = "tensor<?x" + std::to_string(kvHeads * dim) + "xf32>",
              qWidth = "tensor<?x" + std::to_string(heads * dim) + "xf32>";
  std::string write =
      "func.func @w(%rows: !facet.rows, %k: " + kvWidth + ", %v: " + kvWidth + ", %kv: " + kv +
      ") attributes {facet.kernel = \"rows\"} { facet.kv_write %k, %v, %rows, %kv : " + kvWidth + ", " + kv +
      "\n return }";
  std::string read =
      "func.func @a(%rows: !facet.rows, %q: " + qWidth + ", %kv: " + kv + ") -> " + qWidth +
      " attributes {facet.kernel = \"attention\"} { %0 = facet.attention %q, %rows, %kv {tiles} : " + qWidth +
      ", " + kv + "\n return %0 : " + qWidth + " }";
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
