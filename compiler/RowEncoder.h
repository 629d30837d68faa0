// The stored form of a weight's rows: rounding, then layout.
#pragma once

#include "compiler/FeedbackRounding.h"

#include "ir/Facet.h"

namespace mlir::facet {

/// Encodes rows of one matrix as its type says, a slab of FACET_PANEL rows at a time: a panel, or rows one
/// after another. Reentrant: slabs may be encoded in any order, and on several threads.
class RowEncoder {
public:
  /// `moments` of the matrix, or null: quantised rows are then rounded each for itself.
  static llvm::Expected<RowEncoder> create(RankedTensorType type, const SecondMoments *moments);

  /// Bytes of `rows` rows, at most a slab; a panel is always whole.
  int64_t bytes(int64_t rows) const;
  /// `rows`: up to FACET_PANEL rows, one after another; `slab`: their `bytes`. False if a value is not a
  /// number or beyond what the storage holds.
  [[nodiscard]] bool encode(llvm::ArrayRef<float> rows, llvm::MutableArrayRef<char> slab) const;

private:
  explicit RowEncoder(RankedTensorType type);
  void encodeFloats(llvm::ArrayRef<float> rows, llvm::MutableArrayRef<char> slab) const;
  bool encodeQuantized(llvm::ArrayRef<float> rows, llvm::MutableArrayRef<char> slab) const;

  Type element;
  int64_t columns;
  bool panelled;
  std::optional<FeedbackRounder> feedback;
};

} // namespace mlir::facet
