// Products of int8 by the matrix unit of x86, AMX.
#pragma once

#include "ir/Facet.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::facet {

/// Multiplies one group of 32 of up to 16 rows by 16 columns of a q8 or q4 panel. Sums pass through memory:
/// a tile register cannot be read otherwise.
class AmxTile {
public:
  /// Fewer rows go by the dot products of vectors.
  static constexpr int64_t kLeastRows = 8, kMostRows = 16;

  AmxTile(TileLinearOp op, ImplicitLocOpBuilder &builder);

  /// The exact sums of each row: vectors of 16 i32. `input` points to the int8 of the first row's group,
  /// `weights` to the first of the columns in the group's panel.
  SmallVector<Value> dots(Value input, Value weights);

private:
  Value stackMemory(int64_t lines);
  Value at(Value base, int64_t offset);
  Value tile(StringRef name, ValueRange arguments);
  Value size(int64_t v);
  Value bytes(int64_t v);
  void unpack(Value weights);

  ImplicitLocOpBuilder &b;
  TileLinearOp op;
  int64_t rows, rowBytes;
  Type ptr;
  VectorType ints;
  Value sums, unpacked; // lines of 64 bytes on the stack; the latter of q4
};

} // namespace mlir::facet
