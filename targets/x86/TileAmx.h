// Products of int8 by the matrix unit of x86, AMX.
#pragma once

#include "ir/Facet.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::facet {

/// Multiplies groups of 32 of up to 16 rows by 16 columns of an unpacked panel (facet.tile_unpack). Sums pass
/// through memory: a tile register cannot be read otherwise.
class AmxTile {
public:
  /// Products of `slots` groups are under way at once, so that vectors wait for none of them.
  AmxTile(TileLinearOp op, int64_t slots, ImplicitLocOpBuilder &builder);

  /// Computes the exact sums of the `slot`-th group. `input` points to the int8 of the first row's group,
  /// `weights` to the unpacked words of the group's columns.
  void multiply(int64_t slot, Value input, Value weights);
  /// Those sums: a vector of 16 i32 for each row.
  SmallVector<Value> sums(int64_t slot);

private:
  Value at(Value base, int64_t offset);
  Value tile(StringRef name, ValueRange arguments);
  Value size(int64_t v);
  Value bytes(int64_t v);

  ImplicitLocOpBuilder &b;
  int64_t rows, rowBytes;
  Type ptr;
  VectorType ints;
  Value memory; // a line of 64 bytes for each row of each slot, on the stack
};

/// Lowers facet.tile_unpack.
void emitUnpack(TileUnpackOp op, ImplicitLocOpBuilder &builder);

} // namespace mlir::facet
