// Linear kernels: a row-wise prologue into scratch, the micro-kernel over weight panels, an element-wise
// epilogue on its accumulators.
#include "passes/lower/KernelFrame.h"

#include "runtime/abi.h"

using namespace mlir;
using namespace mlir::facet;

namespace {

/// Geometry of a weight in panels.
struct Panels {
  int64_t outputs, depth, count, bytes;
  Type element;

  Panels(int64_t outputs, int64_t depth, Type element)
      : outputs(outputs), depth(depth), count((outputs + FACET_PANEL - 1) / FACET_PANEL),
        bytes(depth * FACET_PANEL * element.getIntOrFloatBitWidth() / 8), element(element) {}
};

/// Runs `body(first row, rows)` over [0, count) with as many rows at once as the target's registers hold,
/// then with the rest: 4 and 1 at a time. A row's arithmetic is the same in each.
void forRowTiles(KernelBuilder &b, Value count, int64_t rowTile, llvm::function_ref<void(Value, int64_t)> body) {
  Value done = b.i64(0);
  for (int64_t tile : {rowTile, int64_t(4), int64_t(2), int64_t(1)}) {
    if (tile > rowTile)
      continue;
    Value end = b.add(done, b.mul(b.div(b.sub(count, done), tile), tile));
    b.loop(done, end, tile, [&](Value row) { body(row, tile); });
    done = end;
  }
}

SmallVector<Value> tileLinear(KernelBuilder &b, Value panel, ArrayRef<Value> rows, const Panels &panels) {
  SmallVector<Type> types(2 * rows.size(), b.lanes());
  return SmallVector<Value>(
      TileLinearOp::create(b, types, panel, rows, b.getI64IntegerAttr(panels.depth), TypeAttr::get(panels.element)).getSums());
}

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
    // A weight is passed over once for each group of rows, whose prologue fits the scratch.
    b.loop(b.i64(0), count, FACET_ROW_GROUP, [&](Value first) {
      Value rows = b.min(b.sub(count, first), b.i64(FACET_ROW_GROUP));
      if (failed(emitPrologue(first, rows)))
        result = failure();
      auto [panel0, panel1] = frame.share(b.i64(panels.count));
      b.loop(panel0, panel1, 1, [&](Value panel) {
        Value address = b.at(frame.addresses.lookup(linear.getWeight()), b.mul(panel, panels.bytes));
        forRowTiles(b, rows, frame.target.getRowTile(), [&](Value row, int64_t tile) {
          if (failed(emitTile(address, panel, first, row, tile)))
            result = failure();
        });
      });
    });
    return result;
  }

private:
  bool hasPrologue() { return !isa<BlockArgument>(linear.getX()); }

  /// Each piece computes the prologue for itself: it costs less than a barrier.
  LogicalResult emitPrologue(Value first, Value rows) {
    if (!hasPrologue())
      return success();
    int64_t stride = panels.depth * 4;
    frame.scratch.used = 0;
    Value base = b.at(frame.scratch.base, frame.scratch.take(FACET_ROW_GROUP * stride));
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
      emitter.materialize(linear.getX(), b.at(base, b.mul(row, stride)));
    });
    prologue = base;
    return result;
  }

  Value input(Value first, Value row) {
    int64_t stride = panels.depth * 4;
    if (hasPrologue())
      return b.at(prologue, b.mul(row, stride));
    return b.at(frame.addresses.lookup(linear.getX()), b.mul(b.add(first, row), stride));
  }

  LogicalResult emitTile(Value address, Value panel, Value first, Value row, int64_t tile) {
    SmallVector<Value> inputs;
    for (int64_t i = 0; i < tile; ++i)
      inputs.push_back(input(first, b.add(row, i)));
    SmallVector<Value> sums = tileLinear(b, address, inputs, panels);
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
    auto storeHigh = [&] { b.storeLanes(emitter.chunk(result, above), b.at(out, b.mul(above, 4)), b.getF32Type()); };
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

/// The plan is `experts + 1` offsets, then the pairs (facet.expert_plan).
LogicalResult facet::emitMoePlanKernel(KernelFrame &frame) {
  KernelBuilder &b = frame.b;
  auto op = frame.only<MoePlanOp>();
  if (!op)
    return frame.source.emitError("expects one facet.moe_plan in a moe_plan kernel");
  ExpertPlanType type = op.getPlan().getType();
  int64_t experts = type.getExperts();
  Value plan = frame.addresses.lookup(op.getPlan()), ids = frame.addresses.lookup(op.getExperts());
  Value pairs = b.mul(rows::count(b, frame.rowSet()), type.getChoices());
  // Work space: where the next pair of each expert goes.
  Value next = b.at(frame.scratch.base, frame.scratch.take(experts * 4));
  Type i32 = b.getI32Type();
  auto word = [&](Value base, Value index) { return b.at(base, b.mul(index, 4)); };
  auto increment = [&](Value address) { b.store(arith::AddIOp::create(b, b.load(i32, address), b.i32(1)), address); };
  b.when(arith::CmpIOp::create(b, arith::CmpIPredicate::eq, frame.piece, b.i64(0)), [&] {
    b.loop(0, experts, 1, [&](Value e) { b.store(b.i32(0), word(next, e)); });
    b.loop(b.i64(0), pairs, 1, [&](Value p) { increment(word(next, b.loadI32(word(ids, p)))); });
    Value total = b.fold(b.i64(0), b.i64(experts), 1, b.i32(0), [&](Value e, ValueRange sum) -> SmallVector<Value> {
      Value count = b.load(i32, word(next, e));
      b.store(sum[0], word(plan, e));
      b.store(sum[0], word(next, e));
      return {arith::AddIOp::create(b, sum[0], count)};
    })[0];
    b.store(total, word(plan, b.i64(experts)));
    b.loop(b.i64(0), pairs, 1, [&](Value p) {
      Value slot = word(next, b.loadI32(word(ids, p)));
      Value index = b.loadI32(slot);
      b.store(arith::TruncIOp::create(b, i32, p), word(plan, b.add(index, experts + 1)));
      increment(slot);
    });
  });
  return success();
}

/// Each piece takes the same share of every expert's panels; experts without rows cost one comparison.
LogicalResult facet::emitMoeLinearKernel(KernelFrame &frame) {
  KernelBuilder &b = frame.b;
  auto op = frame.only<MoeLinearOp>();
  if (!op)
    return frame.source.emitError("expects one facet.moe_linear in a moe_linear kernel");
  auto weight = cast<RankedTensorType>(op.getWeight().getType());
  ExpertPlanType type = op.getPlan().getType();
  Panels panels(weight.getDimSize(1), weight.getDimSize(2), weight.getElementType());
  if (!isa_and_nonnull<PanelAttr>(weight.getEncoding()) || panels.outputs % FACET_PANEL || panels.depth % kLanes)
    return op.emitOpError("expects expert matrices in whole panels, got ") << weight;
  int64_t choices = type.getChoices(), width = widthOf(op.getY()) / choices;
  Value plan = frame.addresses.lookup(op.getPlan()), x = frame.addresses.lookup(op.getX()), y = frame.addresses.lookup(op.getY());
  auto [panel0, panel1] = frame.share(b.i64(panels.count));
  Value panelFirst = panel0, panelLast = panel1;
  b.loop(0, type.getExperts(), 1, [&](Value expert) {
    Value first = b.loadI32(b.at(plan, b.mul(expert, 4))), last = b.loadI32(b.at(plan, b.mul(b.add(expert, 1), 4)));
    Value pairs = b.at(plan, b.mul(b.add(first, type.getExperts() + 1), 4)), count = b.sub(last, first);
    b.when(b.less(b.i64(0), count), [&] {
      Value matrix = b.at(frame.addresses.lookup(op.getWeight()), b.mul(expert, panels.count * panels.bytes));
      b.loop(panelFirst, panelLast, 1, [&](Value panel) {
        Value address = b.at(matrix, b.mul(panel, panels.bytes));
        forRowTiles(b, count, frame.target.getRowTile(), [&](Value row, int64_t tile) {
          SmallVector<Value> ids, inputs;
          for (int64_t i = 0; i < tile; ++i) {
            ids.push_back(b.loadI32(b.at(pairs, b.mul(b.add(row, i), 4))));
            Value source = op.getShared() ? b.div(ids[i], choices) : ids[i];
            inputs.push_back(b.at(x, b.mul(source, panels.depth * 4)));
          }
          SmallVector<Value> sums = tileLinear(b, address, inputs, panels);
          for (int64_t i = 0; i < tile; ++i) {
            Value low = sums[2 * i], high = sums[2 * i + 1], out = b.at(y, b.mul(ids[i], width * 4));
            Value at = b.at(out, b.mul(panel, (op.getGeglu() ? kLanes : FACET_PANEL) * 4));
            if (op.getGeglu()) {
              b.storeLanes(b.fmul(b.geluTanh(low), high), at, b.getF32Type());
              continue;
            }
            b.storeLanes(low, at, b.getF32Type());
            b.storeLanes(high, b.at(at, kLanes * 4), b.getF32Type());
          }
        });
      });
    });
  });
  return success();
}
