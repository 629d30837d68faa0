// Linear kernels: a row-wise prologue into scratch, the micro-kernel over weight panels, an element-wise
// epilogue on its accumulators.
#include "passes/lower/KernelFrame.h"
#include "passes/lower/PanelTiles.h"

#include "runtime/abi.h"

using namespace mlir;
using namespace mlir::facet;

namespace {

class LinearEmitter {
public:
  LinearEmitter(KernelFrame &frame, LinearOp linear)
      : frame(frame), b(frame.b), linear(linear),
        weight(cast<RankedTensorType>(linear.getWeight().getType())),
        panels(weight.getDimSize(0), weight.getDimSize(1), weight.getElementType()) {}

  LogicalResult emit() {
    auto panel = dyn_cast_or_null<PanelAttr>(weight.getEncoding());
    if (!panel || panel.getRows() != FACET_PANEL)
      return linear.emitOpError("expects a weight in panels of ") << FACET_PANEL << " rows";
    if (panels.outputs % kLanes || panels.depth % kLanes)
      return linear.emitOpError("expects a weight whose sides are multiples of 16, got ") << weight;
    Value count = rows::count(b, frame.rowSet());
    LogicalResult result = success();
    // Units are panels of each group of rows, so that a group's prologue is computed by few pieces.
    Value groups = b.div(b.add(count, FACET_ROW_GROUP - 1), FACET_ROW_GROUP), perGroup = b.i64(panels.count);
    auto [firstUnit, lastUnit] = frame.share(b.mul(groups, perGroup));
    Value begin = firstUnit, end = lastUnit;
    b.loop(b.div(begin, perGroup), b.div(b.add(end, panels.count - 1), perGroup), 1, [&](Value group) {
      Value first = b.mul(group, FACET_ROW_GROUP), unit = b.mul(group, perGroup);
      Value rows = b.min(b.sub(count, first), b.i64(FACET_ROW_GROUP));
      if (failed(emitPrologue(group, first, rows)))
        result = failure();
      PanelRows panelRows(frame, panels);
      b.loop(b.max(b.sub(begin, unit), b.i64(0)), b.min(b.sub(end, unit), perGroup), 1, [&](Value panel) {
        Value address = b.at(frame.addresses.lookup(linear.getWeight()), b.mul(panel, panels.bytes()));
        panelRows.forTiles(address, rows, [&](Value row, int64_t tile) {
          if (failed(emitTile(panelRows, panel, first, row, tile)))
            result = failure();
        });
      });
    });
    return result;
  }

private:
  /// Of an activation in memory that is read as it is, there is nothing to prepare.
  bool hasPrologue() { return panels.quantized() || !isa<BlockArgument>(linear.getX()); }

  /// Each worker computes the prologue for itself: it costs less than a barrier.
  LogicalResult emitPrologue(Value group, Value first, Value rows) {
    frame.scratch.used = 0;
    if (!hasPrologue())
      return success();
    prologue = b.at(frame.scratch.base, frame.scratch.take(FACET_ROW_GROUP * panels.inputBytes()));
    LogicalResult result = success();
    frame.prepareOnce(group, [&] { result = emitPrologueRows(first, rows); });
    return result;
  }

  LogicalResult emitPrologueRows(Value first, Value rows) {
    int64_t temporaries = frame.scratch.used;
    LogicalResult result = success();
    b.loop(b.i64(0), rows, 1, [&](Value row) {
      frame.scratch.used = temporaries;
      RowEmitter emitter(b, frame.addresses, frame.scratch, b.add(first, row));
      for (Operation &op : frame.ops()) {
        if (&op == linear)
          break;
        if (failed(emitter.visit(&op)))
          result = failure();
      }
      Value to = b.at(prologue, b.mul(row, panels.inputBytes()));
      if (panels.quantized())
        quantizeRow(
            b, panels.depth, panels.element,
            [&](Value column) { return emitter.chunk(linear.getX(), column); }, to);
      else
        emitter.materialize(linear.getX(), to);
    });
    frame.scratch.used = temporaries;
    return result;
  }

  Value input(Value first, Value row) {
    if (hasPrologue())
      return b.at(prologue, b.mul(row, panels.inputBytes()));
    return b.at(frame.addresses.lookup(linear.getX()), b.mul(b.add(first, row), panels.inputBytes()));
  }

  LogicalResult emitTile(PanelRows &panelRows, Value panel, Value first, Value row, int64_t tile) {
    SmallVector<Value> inputs;
    for (int64_t i = 0; i < tile; ++i)
      inputs.push_back(input(first, b.add(row, i)));
    SmallVector<Value> sums = panelRows.multiply(inputs);
    Value column = b.mul(panel, FACET_PANEL);
    for (int64_t i = 0; i < tile; ++i)
      emitEpilogue(b.add(b.add(first, row), i), column, sums[2 * i], sums[2 * i + 1]);
    return success();
  }

  /// Stores the kernel's result for one row and the 32 columns of a panel.
  void emitEpilogue(Value row, Value column, Value low, Value high) {
    RowEmitter emitter(b, frame.addresses, frame.scratch, row);
    bool askHigh = false;
    emitter.bind(linear.getY(), [&](Value) { return askHigh ? high : low; });
    Value result = frame.ops().getTerminator()->getOperand(0);
    int64_t width = widthOf(result);
    Value out = b.at(frame.addresses.lookup(result), b.mul(row, width * 4));
    if (width * 2 == panels.outputs) { // geglu_pairs: it asks for the 16 gates of the panel, then for the ups
      emitter.bind(linear.getY(), [&, asked = 0](Value) mutable { return asked++ % 2 ? high : low; });
      Value half = b.mul(b.div(column, FACET_PANEL), kLanes);
      b.storeLanes(emitter.chunk(result, half), b.at(out, b.mul(half, 4)), b.getF32Type());
      return;
    }
    b.storeLanes(emitter.chunk(result, column), b.at(out, b.mul(column, 4)), b.getF32Type());
    askHigh = true;
    Value above = b.add(column, kLanes);
    auto storeHigh = [&] {
      b.storeLanes(emitter.chunk(result, above), b.at(out, b.mul(above, 4)), b.getF32Type());
    };
    if (panels.outputs % FACET_PANEL == 0)
      storeHigh();
    else // the last panel's upper half is padding
      b.when(b.less(above, b.i64(panels.outputs)), storeHigh);
  }

  KernelFrame &frame;
  KernelBuilder &b;
  LinearOp linear;
  RankedTensorType weight;
  Panels panels;
  Value prologue;
};

} // namespace

LogicalResult facet::emitLinearKernel(KernelFrame &frame) {
  auto linear = frame.only<LinearOp>();
  if (!linear)
    return frame.source.emitError("expects one facet.linear in a linear kernel");
  return LinearEmitter(frame, linear).emit();
}
