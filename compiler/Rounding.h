// Rounding of weights to the grids of q8 and q4: integers times one f16 scale for each group of 32 columns.
#pragma once

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>

namespace mlir::facet {

/// Integers of a storage format: q8 has -127 to 127, q4 has -8 to 7.
enum class Grid { q8, q4 };

/// Rounds one row, whole groups of 32 columns: `row[k]` becomes `values[k] * f16(scales[k / 32])`.
///
/// q8 takes absmax / 127 as scale. q4 takes over groups that lie on such a grid already (also if the products
/// were rounded to bf16 since, as in checkpoints trained for 4 bits): integers times scale give them back to
/// the bit. For any other group it searches the scale, which may be negative, with the smallest sum of
/// `importance[k] * error[k]^2`; an empty `importance` weighs all columns alike, others hold a positive
/// number a column.
///
/// Reentrant, and the same bits on every machine. False if a value is not a number or beyond f16's range
/// (65504).
[[nodiscard]] bool roundRow(Grid grid, llvm::ArrayRef<float> row, llvm::ArrayRef<float> importance,
                            llvm::MutableArrayRef<int8_t> values, llvm::MutableArrayRef<uint16_t> scales);

/// f16 to nearest even, for magnitudes up to 65504; and back.
uint16_t toF16(float value);
float fromF16(uint16_t bits);

} // namespace mlir::facet
