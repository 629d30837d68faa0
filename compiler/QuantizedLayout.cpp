// Integers into words, words into panels.
#include "compiler/QuantizedLayout.h"

#include "runtime/abi.h"

#include <cassert>
#include <cstring>

using namespace mlir::facet;

namespace {
constexpr int64_t kGroup = 32, kScaleBytes = 2;

int64_t wordsOfGroup(Grid grid) { return grid == Grid::q8 ? 8 : 4; }

/// Word `index` of a group's 32 integers, in memory's order.
uint32_t wordOf(Grid grid, const int8_t *group, int64_t index) {
  uint32_t word = 0;
  for (int64_t byte = 0; byte < 4; ++byte) {
    uint32_t stored = grid == Grid::q8 ? uint32_t(group[4 * index + byte] + 128)
                                       : uint32_t(group[8 * index + byte] + 8) |
                                             uint32_t(group[8 * index + 4 + byte] + 8) << 4;
    word |= stored << 8 * byte;
  }
  return word;
}
} // namespace

void mlir::facet::packQuantizedPanel(Grid grid, int64_t columns, llvm::ArrayRef<int8_t> values,
                                     llvm::ArrayRef<uint16_t> scales, llvm::MutableArrayRef<char> panel) {
  int64_t rows = values.size() / columns, groups = columns / kGroup, words = wordsOfGroup(grid);
  int64_t groupBytes = FACET_PANEL * (words * 4 + kScaleBytes);
  assert(rows <= FACET_PANEL && int64_t(panel.size()) == groups * groupBytes);
  std::fill(panel.begin(), panel.end(), 0);
  for (int64_t group = 0; group < groups; ++group) {
    char *to = panel.data() + group * groupBytes, *scaleTo = to + FACET_PANEL * words * 4;
    for (int64_t row = 0; row < rows; ++row) {
      for (int64_t i = 0; i < words; ++i) {
        uint32_t word = wordOf(grid, &values[row * columns + group * kGroup], i);
        std::memcpy(to + (i * FACET_PANEL + row) * 4, &word, 4);
      }
      std::memcpy(scaleTo + row * kScaleBytes, &scales[row * groups + group], kScaleBytes);
    }
  }
}

void mlir::facet::packQuantizedRow(Grid grid, llvm::ArrayRef<int8_t> values, llvm::ArrayRef<uint16_t> scales,
                                   llvm::MutableArrayRef<char> row) {
  int64_t words = wordsOfGroup(grid);
  assert(row.size() == scales.size() * (words * 4 + kScaleBytes));
  char *to = row.data();
  for (size_t group = 0; group < scales.size(); ++group)
    for (int64_t i = 0; i < words; ++i, to += 4) {
      uint32_t word = wordOf(grid, &values[group * kGroup], i);
      std::memcpy(to, &word, 4);
    }
  std::memcpy(to, scales.data(), scales.size() * kScaleBytes);
}
