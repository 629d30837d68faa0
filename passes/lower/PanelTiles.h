// What kernels over weight panels share: the panels' geometry, their input rows and the cut into
// micro-kernels.
#pragma once

#include "ir/Storage.h"
#include "passes/lower/KernelFrame.h"

namespace mlir::facet {

/// A matrix of a weight, in panels of FACET_PANEL rows.
struct Panels {
  int64_t outputs, depth, count;
  Type element;

  Panels(int64_t outputs, int64_t depth, Type element);

  bool quantized() const { return isQuantized(element); }
  /// Bytes of one panel.
  int64_t bytes() const;
  /// Bytes of an input row as the micro-kernel reads it: f32, or groups of integers (`quantizeRow`).
  int64_t inputBytes() const;
  /// Rows that one micro-kernel takes at most.
  int64_t rowTile(TargetAttr target, ScheduleAttr schedule) const;
  /// Bytes of one panel as facet.tile_unpack writes it.
  int64_t unpackedBytes() const;
};

/// One panel for a group of rows. Where a matrix unit multiplies int8, the panel's integers are unpacked once
/// for all tiles that it takes.
class PanelRows {
public:
  /// Takes scratch for the unpacked panel, if there is any.
  PanelRows(KernelFrame &frame, const Panels &panels);

  /// Runs `body(first row, rows)` over [0, count) with as many rows at once as the target's registers hold,
  /// then with the rest: 4, 2 and 1 at a time. A row's arithmetic is the same in each.
  void forTiles(Value panel, Value count, llvm::function_ref<void(Value, int64_t)> body);
  /// facet.tile_linear of the panel: two vectors of 16 sums for each row.
  SmallVector<Value> multiply(ArrayRef<Value> rows);

private:
  KernelFrame &frame;
  const Panels &panels;
  int64_t rowTile;
  Value panel, integers;
};

/// Writes a row that meets `weights` (q8 or q4), `read` 16 columns at a time, as FACET_QUANT_GROUP_BYTES for
/// each 32 columns (runtime/abi.h).
void quantizeRow(KernelBuilder &b, int64_t columns, Type weights,
                 llvm::function_ref<Value(Value column)> read, Value to);

} // namespace mlir::facet
