// Which K/V attention reads, counted: every block of 16 positions lies in a page of memory that is unmapped
// until it is touched. The tiles of 64 positions that a query block visits must be those of the closed
// formula, and no others.
#include "test/targets/conformance/AttentionKernels.h"
#include "test/targets/conformance/WatchedPages.h"

#include "gtest/gtest.h"

#include <set>

using namespace facet::test;

namespace {

constexpr int kPrompt = 4000, kDim = 32; // one head of f32: 16 positions take 4,096 bytes

class AttentionTiles : public testing::TestWithParam<int> {
protected:
  AttentionTiles() : pages(kPrompt / FACET_KV_BLOCK) {
    for (int page = 0; page < kPrompt / FACET_KV_BLOCK; ++page)
      table.push_back(page);
    view = {pages.data(), (long long)WatchedPages::kPage, 4, table.data(), (long long)table.size()};
  }

  /// The blocks of 16 positions that `rows` rows from `position` on, attended together, read.
  std::vector<size_t> blocksRead(const AttentionKernels &kernels, int rows, int position) {
    RowSet set(rows, position);
    std::vector<float> q(size_t(rows) * kDim, 1.0f);
    pages.reset();
    kernels.attend(set, q, view);
    return pages.touched();
  }

  /// floor(last / 64) - floor(max(0, first - window + 1) / 64) + 1 for rows at [first, last].
  int formula(int first, int last) const {
    return last / FACET_KV_TILE - firstSeen(first) / FACET_KV_TILE + 1;
  }
  int firstSeen(int position) const { return GetParam() ? std::max(0, position - GetParam() + 1) : 0; }

  /// Runs rows [position, position + rows) and compares what was read; returns the tiles.
  int expectTiles(const AttentionKernels &kernels, int rows, int position) {
    int last = position + rows - 1;
    std::vector<size_t> expected;
    for (int block = firstSeen(position) / FACET_KV_BLOCK; block <= last / FACET_KV_BLOCK; ++block)
      expected.push_back(block);
    std::vector<size_t> read = blocksRead(kernels, rows, position);
    EXPECT_EQ(read, expected) << rows << " rows at " << position;
    std::set<size_t> tiles;
    for (size_t block : read)
      tiles.insert(block * FACET_KV_BLOCK / FACET_KV_TILE);
    EXPECT_EQ(int(tiles.size()), formula(position, last)) << rows << " rows at " << position;
    return int(tiles.size());
  }

  WatchedPages pages;
  std::vector<int> table;
  facet_kv_view view;
};

TEST_P(AttentionTiles, PrefillAndDecodeAtFourThousandTokens) {
  const int window = GetParam();
  for (const mlir::facet::TargetVariant &variant : KernelRunner::testableVariants()) {
    SCOPED_TRACE(variant.name);
    AttentionKernels kernels({window, 1, 1, kDim, "f32"}, variant);
    long long prefill = 0, sum = 0;
    for (int position = 0; position < kPrompt; position += FACET_QUERY_BLOCK) {
      prefill += expectTiles(kernels, FACET_QUERY_BLOCK, position);
      sum += formula(position, position + FACET_QUERY_BLOCK - 1);
    }
    EXPECT_EQ(prefill, sum);
    // Decoding: the last token of 4,000, and those around the borders of a tile.
    EXPECT_EQ(expectTiles(kernels, 1, kPrompt - 1),
              window ? (kPrompt - 1) / 64 - (kPrompt - window) / 64 + 1 : 63);
    for (int position : {0, 63, 64, 511, 512, 575, 576, 3903, 3904})
      expectTiles(kernels, 1, position);
  }
}

INSTANTIATE_TEST_SUITE_P(SlidingAndFull, AttentionTiles, testing::Values(512, 1024, 0));

} // namespace
