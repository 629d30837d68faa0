// Sums and products that remember an overflow.
#include "runtime/CheckedSize.h"

#include "gtest/gtest.h"

using facet::CheckedSize;

static constexpr unsigned long long most = ~0ull;

TEST(CheckedSize, FitsUpTo64Bits) {
  EXPECT_EQ((CheckedSize(3) * 5 + 7).value(), 22u);
  EXPECT_TRUE((CheckedSize(most - 1) + 1).fits());
  EXPECT_FALSE((CheckedSize(most) + 1).fits());
  EXPECT_TRUE((CheckedSize(1ull << 63) * 1).fits());
  EXPECT_FALSE((CheckedSize(1ull << 63) * 2).fits());
}

TEST(CheckedSize, KeepsWithinALimit) {
  EXPECT_TRUE((CheckedSize(4) * 25).fits(100));
  EXPECT_FALSE((CheckedSize(4) * 25 + 1).fits(100));
}

TEST(CheckedSize, RemembersOnBothSides) {
  const CheckedSize overflow = CheckedSize(most) * most;
  EXPECT_FALSE((overflow * 0).fits());
  EXPECT_FALSE((1 + overflow).fits());
}
