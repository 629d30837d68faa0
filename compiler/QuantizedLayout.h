// Where integers and scales of q8 and q4 lie in an artifact.
#pragma once

#include "compiler/Rounding.h"

namespace mlir::facet {

/// Up to 32 rows as one panel: for each group of 32 columns words of [32 rows][4 bytes], then 32 scales.
/// Integers are stored without sign, + 128 or + 8. A byte of q4 holds columns four apart, the lower one in
/// its low half. Rows that a panel lacks are zeros. `values`: [rows][columns], `scales`: [rows][columns /
/// 32]; `panel`: 32 whole rows.
void packQuantizedPanel(Grid grid, int64_t columns, llvm::ArrayRef<int8_t> values,
                        llvm::ArrayRef<uint16_t> scales, llvm::MutableArrayRef<char> panel);

/// One row for itself: the words of all its groups, then their scales.
void packQuantizedRow(Grid grid, llvm::ArrayRef<int8_t> values, llvm::ArrayRef<uint16_t> scales,
                      llvm::MutableArrayRef<char> row);

} // namespace mlir::facet
