// Claims: each piece is taken once, by its own worker if that comes in time, else by another.
#include "runtime/core/PieceClaims.h"

#include <gtest/gtest.h>
#include <thread>
#include <vector>

using facet::PieceClaims;

TEST(PieceClaims, GivesAWorkerItsShareFirst) {
  PieceClaims claims;
  claims.reset(8);
  std::vector<int> order;
  for (int piece; (piece = claims.take(1, 2, 8)) >= 0;)
    order.push_back(piece);
  EXPECT_EQ(order, (std::vector{4, 5, 6, 7, 0, 1, 2, 3}));
  EXPECT_TRUE(claims.allTaken(8));
  claims.reset(8);
  EXPECT_FALSE(claims.allTaken(8));
  EXPECT_EQ(claims.take(0, 2, 8), 0);
  EXPECT_EQ(claims.take(1, 2, 8), 4);
  EXPECT_EQ(claims.take(0, 2, 8), 1);
}

TEST(PieceClaims, GivesEachPieceOnce) {
  for (int pieces : {1, 3, 64, 65, 200, PieceClaims::most}) {
    PieceClaims claims;
    claims.reset(pieces);
    std::vector<std::atomic<int>> taken(static_cast<size_t>(pieces));
    std::vector<std::thread> workers;
    for (int worker = 0; worker < 4; ++worker)
      workers.emplace_back([&, worker] {
        for (int piece; (piece = claims.take(worker, 4, pieces)) >= 0;)
          ++taken[static_cast<size_t>(piece)];
      });
    for (std::thread &worker : workers)
      worker.join();
    EXPECT_TRUE(claims.allTaken(pieces));
    for (const std::atomic<int> &count : taken)
      EXPECT_EQ(count, 1) << pieces;
  }
}
