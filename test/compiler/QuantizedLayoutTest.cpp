// Panels and rows of q8 and q4: every integer and scale lies where compiler/QuantizedLayout.h says.
#include "compiler/QuantizedLayout.h"

#include <cstring>
#include <gtest/gtest.h>

using namespace mlir::facet;

namespace {
constexpr int64_t kColumns = 96, kGroups = kColumns / 32, kPanel = 32;

struct Rows {
  std::vector<int8_t> values;
  std::vector<uint16_t> scales;
};

/// Integers and scales that all differ from their neighbours.
Rows makeRows(Grid grid, int64_t count) {
  Rows rows;
  for (int64_t i = 0; i < count * kColumns; ++i)
    rows.values.push_back(grid == Grid::q8 ? int8_t(i * 37 % 255 - 127) : int8_t(i * 7 % 16 - 8));
  for (int64_t i = 0; i < count * kGroups; ++i)
    rows.scales.push_back(uint16_t(0x2c00 + i));
  return rows;
}

/// The stored integer of column `k` of a group, `stride` bytes between words; a nibble for q4.
int integerAt(Grid grid, const char *words, int64_t k, int64_t stride) {
  if (grid == Grid::q8)
    return int(uint8_t(words[k / 4 * stride + k % 4])) - 128;
  uint8_t byte = uint8_t(words[k / 8 * stride + k % 4]);
  return int(k % 8 < 4 ? byte & 15 : byte >> 4) - 8;
}

uint16_t scaleAt(const char *at) {
  uint16_t scale;
  std::memcpy(&scale, at, 2);
  return scale;
}

class QuantizedLayout : public testing::TestWithParam<Grid> {};
} // namespace

TEST_P(QuantizedLayout, Panel) {
  Grid grid = GetParam();
  constexpr int64_t count = 21; // of 32 rows
  Rows rows = makeRows(grid, count);
  int64_t words = grid == Grid::q8 ? 8 : 4, groupBytes = kPanel * (4 * words + 2);
  EXPECT_EQ(groupBytes, grid == Grid::q8 ? 1088 : 576);
  std::vector<char> panel(kGroups * groupBytes, 'x');
  packQuantizedPanel(grid, kColumns, rows.values, rows.scales, panel);
  for (int64_t g = 0; g < kGroups; ++g) {
    const char *group = panel.data() + g * groupBytes, *scales = group + kPanel * 4 * words;
    for (int64_t r = 0; r < kPanel; ++r) {
      EXPECT_EQ(scaleAt(scales + 2 * r), r < count ? rows.scales[r * kGroups + g] : 0);
      for (int64_t k = 0; r < count && k < 32; ++k)
        ASSERT_EQ(integerAt(grid, group + 4 * r, k, 4 * kPanel), rows.values[r * kColumns + g * 32 + k])
            << "row " << r << ", column " << g * 32 + k;
    }
  }
}

TEST_P(QuantizedLayout, Row) {
  Grid grid = GetParam();
  Rows rows = makeRows(grid, 1);
  int64_t words = grid == Grid::q8 ? 8 : 4;
  std::vector<char> row(kGroups * (4 * words + 2));
  packQuantizedRow(grid, rows.values, rows.scales, row);
  for (int64_t g = 0; g < kGroups; ++g) {
    EXPECT_EQ(scaleAt(row.data() + kGroups * words * 4 + 2 * g), rows.scales[g]);
    for (int64_t k = 0; k < 32; ++k)
      ASSERT_EQ(integerAt(grid, row.data() + g * words * 4, k, 4), rows.values[g * 32 + k]);
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, QuantizedLayout, testing::Values(Grid::q8, Grid::q4),
                         [](const auto &info) { return info.param == Grid::q8 ? "q8" : "q4"; });
