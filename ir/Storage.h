// Storage formats of weights: their names, their codes in the artifact and their sizes.
//
// A format is an element type of a `facet.weight`: f32, bf16, !facet.q8 or !facet.q4. The integers of a
// quantised format are multiplied by one f16 scale for each group of 32 consecutive columns.
#pragma once

#include "ir/Facet.h"

namespace mlir::facet {

/// Columns that share a scale: of stored weights and of the activations that meet them.
constexpr int64_t kQuantGroup = 32;

/// True for q8 and q4, whose linears take activations in int8.
bool isQuantized(Type element);
/// The format that users call f32, bf16, q8 or q4; null for any other name.
Type storageNamed(MLIRContext *context, llvm::StringRef name);
llvm::StringRef storageName(Type element);
/// facet_weight_info.format (runtime/artifact_format.h).
unsigned storageCode(Type element);
/// Bytes of `columns` elements of one row, scales included. Quantised rows have whole groups.
int64_t storedBytes(Type element, int64_t columns);
/// Bytes of a whole weight, rows of the last panel included.
int64_t storedBytes(RankedTensorType type);

} // namespace mlir::facet
