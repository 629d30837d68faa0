// Rounding against second moments: what one column's rounding does to a row's products, later columns make
// good.
#pragma once

#include "compiler/Importance.h"
#include "compiler/Rounding.h"

namespace mlir::facet {

/// Rounds rows of one matrix so that the products with inputs like those of `moments` stray least (GPTQ:
/// Frantar et al., 2022). Scales are fixed first, for the columns' own second moments (roundRow): groups that
/// lie on a grid already stay as they are. Then columns are rounded in descending order of their moments, and
/// each error is spread over the columns to come by the Cholesky factor of the damped moments' inverse,
/// within a block of columns.
class FeedbackRounder {
public:
  static constexpr int kRows = 32;

  /// Moments of no rows know nothing: rows are then rounded as roundRow does by itself.
  static llvm::Expected<FeedbackRounder> create(Grid grid, const SecondMoments &moments);

  /// Rounds up to kRows whole rows, given one after another: row r's column k becomes
  /// `values[r][k] * f16(scales[r][k / 32])`. Reentrant. False as roundRow.
  [[nodiscard]] bool round(llvm::ArrayRef<float> rows, llvm::MutableArrayRef<int8_t> values,
                           llvm::MutableArrayRef<uint16_t> scales) const;

private:
  struct Block {
    int64_t first;              // column
    std::vector<int32_t> order; // of its columns, relative to `first`
    std::vector<float> spread;  // [n][n] in that order: what column k takes of column j's error, k > j
  };

  Grid grid = Grid::q4;
  int64_t columns = 0;
  std::vector<float> importance; // [columns], positive; empty without moments
  std::vector<Block> blocks;
};

} // namespace mlir::facet
