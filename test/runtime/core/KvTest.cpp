// Pages of one KV kind: taken, shared, copied on write, given back behind a window, in any physical order.
#include "runtime/core/KvPool.h"

#include <climits>
#include <gtest/gtest.h>
#include <set>

using namespace facet;

static constexpr int bytesPerPosition = 64;

static KvPool makePool(int window, int pagePositions, int sequences, int context, int maxRows = 32,
                       uint64_t shuffle = 0, int rollback = 16) {
  facet_session_options options = {};
  options.context = context, options.sequences = sequences, options.page_positions = pagePositions;
  options.max_rows = maxRows, options.rollback = rollback;
  options.pool_positions = static_cast<int64_t>(context) * sequences;
  KvPool pool;
  facet_kv_kind kind = {0, static_cast<unsigned>(window), 1, 4, bytesPerPosition};
  EXPECT_TRUE(pool.create(planPool(kind, options), sequences, shuffle, Allocator(nullptr)));
  return pool;
}

static std::set<int> pagesOf(const KvPool &pool, int slot) {
  facet_kv_view view = pool.view(0);
  std::set<int> pages;
  for (int p = 0; p < view.table_stride; ++p)
    if (int page = view.tables[slot * view.table_stride + p])
      pages.insert(page);
  return pages;
}

static char *block(const KvPool &pool, int slot, int position) {
  return pool.block(slot, position, 0, bytesPerPosition);
}

TEST(KvPool, NumbersPagesInAnInt) {
  facet_session_options options = {};
  options.context = 1 << 30, options.sequences = 65536, options.page_positions = 16; // 2^42 pages
  options.pool_positions = static_cast<int64_t>(options.context) * options.sequences;
  EXPECT_EQ(planPool({0, 0, 1, 4, bytesPerPosition}, options).pages, INT_MAX - 1);
}

TEST(KvPool, TakesPagesAsPositionsCome) {
  KvPool pool = makePool(0, 16, 2, 64);
  EXPECT_EQ(pool.pagesFree(), 8);
  EXPECT_EQ(pool.pagesFor(0, 0, 17), 2);
  pool.prepare(0, 0, 17);
  EXPECT_EQ(pool.pagesFor(0, 17, 15), 0);
  EXPECT_EQ(pool.pagesFor(0, 17, 16), 1);
  EXPECT_EQ(pagesOf(pool, 0), (std::set<int>{1, 2}));
  pool.truncate(0, 16);
  EXPECT_EQ(pagesOf(pool, 0), (std::set<int>{1}));
  pool.truncate(0, 0);
  EXPECT_EQ(pool.pagesFree(), 8);
}

// What a table holds where there is no page is a page of zeros, so that a masked read is harmless; a page
// that was used before comes back as zeros too.
TEST(KvPool, ReadsZerosWhereNothingIsWritten) {
  KvPool pool = makePool(0, 16, 1, 64);
  pool.prepare(0, 0, 16);
  block(pool, 0, 0)[5] = 77;
  EXPECT_EQ(block(pool, 0, 48)[5], 0);
  pool.truncate(0, 0);
  pool.prepare(0, 0, 64);
  for (int position = 0; position < 64; position += 16)
    EXPECT_EQ(block(pool, 0, position)[5], 0);
}

TEST(KvPool, CopiesSharedPagesWhenTheyAreWritten) {
  KvPool pool = makePool(0, 16, 2, 64);
  pool.prepare(0, 0, 24);
  block(pool, 0, 0)[0] = 1;
  block(pool, 0, 16)[0] = 2;
  pool.share(0, 1);
  EXPECT_EQ(pagesOf(pool, 0), pagesOf(pool, 1));
  EXPECT_EQ(pool.pagesFree(), 6);
  // The full page stays shared; the one that is written to is copied, whichever sequence writes first.
  EXPECT_EQ(pool.pagesFor(0, 24, 1), 1);
  pool.prepare(0, 24, 1);
  EXPECT_EQ(pool.pagesFor(1, 24, 1), 0);
  EXPECT_EQ(block(pool, 0, 0), block(pool, 1, 0));
  ASSERT_NE(block(pool, 0, 16), block(pool, 1, 16));
  EXPECT_EQ(block(pool, 0, 16)[0], 2);
  block(pool, 0, 16)[0] = 3;
  EXPECT_EQ(block(pool, 1, 16)[0], 2);
  pool.truncate(0, 0);
  EXPECT_EQ(block(pool, 1, 0)[0], 1);
  EXPECT_EQ(pool.pagesFree(), 6);
  pool.truncate(1, 0);
  EXPECT_EQ(pool.pagesFree(), 8);
}

// Window 80, rollback 16: at length 300 the oldest query that may come is at 284, and sees 205 on; its tile
// begins at 192.
TEST(KvPool, GivesBackWhatNoQueryCanSee) {
  KvPool pool = makePool(80, 16, 1, 1024);
  for (int position = 0; position < 300; ++position) {
    pool.prepare(0, position, 1);
    pool.releaseBehind(0, position + 1);
  }
  EXPECT_EQ(pool.firstKept(0), 192);
  EXPECT_EQ(pagesOf(pool, 0).size(), static_cast<size_t>((304 - 192) / 16));
  EXPECT_EQ(pool.lowestLength(0), 192 + 79);
  pool.truncate(0, 284);
  EXPECT_EQ(pool.firstKept(0), 192);
  pool.truncate(0, 0);
  EXPECT_EQ(pool.lowestLength(0), 0);
  EXPECT_EQ(pool.pagesFree(), pool.shape().pages);
}

// The plan's claim: whatever lengths sequences have and wherever a step's rows fall, a sliding pool holds
// them.
TEST(KvPool, PlansEnoughPagesForEveryStep) {
  for (int page : {16, 64, 256}) {
    const int sequences = 3, maxRows = 40, context = 2000;
    KvPool pool = makePool(80, page, sequences, context, maxRows);
    int lengths[sequences] = {};
    uint32_t state = 1;
    for (int step = 0; step < 4000; ++step) {
      auto random = [&](int n) { return static_cast<int>((state = state * 1664525 + 1013904223) >> 8) % n; };
      int left = maxRows, rows[sequences] = {}, needed = 0;
      for (int s = 0; s < sequences; ++s) {
        rows[s] = std::min({random(2) ? left : random(left + 1), context - lengths[s], left});
        left -= rows[s];
        if (rows[s])
          needed += pool.pagesFor(s, lengths[s], rows[s]);
      }
      ASSERT_LE(needed, pool.pagesFree()) << "page " << page << ", step " << step;
      for (int s = 0; s < sequences; ++s) {
        if (!rows[s])
          continue;
        pool.prepare(s, lengths[s], rows[s]);
        pool.releaseBehind(s, lengths[s] += rows[s]);
      }
      int s = random(sequences);
      if (lengths[s] == context || random(50) == 0)
        pool.truncate(s, lengths[s] = 0);
      else if (int back = std::max(0, lengths[s] - random(16)); back == 0 || back >= pool.lowestLength(s))
        pool.truncate(s, lengths[s] = back);
      int from = random(sequences), to = random(sequences);
      if (from != to && lengths[to] == 0) {
        pool.share(from, to);
        lengths[to] = lengths[from];
      }
    }
  }
}

TEST(KvPool, ShufflesPhysicalPages) {
  KvPool first = makePool(0, 16, 1, 1024, 32, 5), second = makePool(0, 16, 1, 1024, 32, 6);
  first.prepare(0, 0, 1024);
  second.prepare(0, 0, 1024);
  EXPECT_EQ(pagesOf(first, 0).size(), 64u);
  EXPECT_EQ(pagesOf(second, 0).size(), 64u);
  int same = 0;
  for (int p = 0; p < 64; ++p)
    same += first.view(0).tables[p] == second.view(0).tables[p];
  EXPECT_LT(same, 20);
}
