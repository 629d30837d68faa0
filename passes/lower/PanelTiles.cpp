#include "passes/lower/PanelTiles.h"

#include "runtime/abi.h"

using namespace mlir;
using namespace mlir::facet;

Panels::Panels(int64_t outputs, int64_t depth, Type element)
    : outputs(outputs), depth(depth), count((outputs + FACET_PANEL - 1) / FACET_PANEL), element(element) {}

int64_t Panels::bytes() const { return FACET_PANEL * storedBytes(element, depth); }

int64_t Panels::unpackedBytes() const { return FACET_PANEL * depth; }

int64_t Panels::inputBytes() const {
  return quantized() ? depth / kQuantGroup * FACET_QUANT_GROUP_BYTES : depth * 4;
}

int64_t Panels::rowTile(TargetAttr target, ScheduleAttr schedule) const {
  if (schedule && schedule.getRowTile())
    return schedule.getRowTile();
  return quantized() ? target.getQuantRowTile() : target.getRowTile();
}

/// Rows that a matrix unit multiplies at a time; with fewer than half of them vectors are as fast.
static constexpr int64_t kMostTileRows = 16, kLeastTileRows = 8;

PanelRows::PanelRows(KernelFrame &frame, const Panels &panels)
    : frame(frame), panels(panels), rowTile(panels.rowTile(frame.target, frame.schedule)) {
  if (panels.quantized() && frame.target.getInt8Tiles() && rowTile >= kLeastTileRows &&
      rowTile <= kMostTileRows)
    integers = frame.b.at(frame.scratch.base, frame.scratch.take(panels.unpackedBytes()));
}

void PanelRows::forTiles(Value of, Value count, llvm::function_ref<void(Value, int64_t)> body) {
  KernelBuilder &b = frame.b;
  panel = of;
  if (integers)
    b.when(b.less(b.i64(rowTile - 1), count), [&] {
      TileUnpackOp::create(b, panel, integers, b.getI64IntegerAttr(panels.depth),
                           TypeAttr::get(panels.element));
    });
  Value done = b.i64(0);
  for (int64_t tile : {rowTile, int64_t(4), int64_t(2), int64_t(1)}) {
    if (tile > rowTile)
      continue;
    Value end = b.add(done, b.mul(b.div(b.sub(count, done), tile), tile));
    b.loop(done, end, tile, [&](Value row) { body(row, tile); });
    done = end;
  }
}

SmallVector<Value> PanelRows::multiply(ArrayRef<Value> rows) {
  KernelBuilder &b = frame.b;
  SmallVector<Type> types(2 * rows.size(), b.lanes());
  Value tiles = int64_t(rows.size()) == rowTile ? integers : Value();
  return SmallVector<Value>(TileLinearOp::create(b, types, panel, tiles, rows,
                                                 b.getI64IntegerAttr(panels.depth),
                                                 TypeAttr::get(panels.element), frame.schedule)
                                .getSums());
}

/// The scale is the largest magnitude / 127; a group below the smallest scale is zero.
void facet::quantizeRow(KernelBuilder &b, int64_t columns, Type weights,
                        llvm::function_ref<Value(Value)> read, Value to) {
  constexpr float kSmallest = 1e-30f;
  Type bytes = VectorType::get({kLanes}, b.getI8Type());
  int32_t offset = isa<Q8Type>(weights) ? -128 : -8; // of the stored integers, which are unsigned
  auto magnitude = [&](Value v) { return LLVM::FAbsOp::create(b, b.lanes(), v).getResult(); };
  b.loop(0, columns, kQuantGroup, [&](Value column) {
    Value low = read(column), high = read(b.add(column, kLanes));
    Value largest = b.maxLanes(b.fmax(magnitude(low), magnitude(high)));
    Value some = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, largest, b.f32(kSmallest));
    Value scale = b.select(some, b.fdiv(largest, b.f32(127.0f)), b.f32(0.0f));
    Value inverse = b.splat(b.select(some, b.fdiv(b.f32(127.0f), largest), b.f32(0.0f)));
    Value lowest = b.roundToInt(low, inverse), highest = b.roundToInt(high, inverse);
    Value sum = vector::ReductionOp::create(b, vector::CombiningKind::ADD, b.add(lowest, highest));
    Value group = b.at(to, b.mul(b.div(column, kQuantGroup), FACET_QUANT_GROUP_BYTES));
    b.store(arith::MulIOp::create(b, sum, b.i32(offset)), group);
    b.store(scale, b.at(group, 4));
    b.store(arith::TruncIOp::create(b, bytes, lowest), b.at(group, 8), 8);
    b.store(arith::TruncIOp::create(b, bytes, highest), b.at(group, 8 + kLanes), 8);
  });
}
