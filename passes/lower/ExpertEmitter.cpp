// Kernels of the experts: pairs of (row, choice) grouped by expert, and linears over those groups.
#include "passes/lower/KernelFrame.h"
#include "passes/lower/PanelTiles.h"

#include "runtime/abi.h"

using namespace mlir;
using namespace mlir::facet;

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
  auto increment = [&](Value address) {
    b.store(arith::AddIOp::create(b, b.load(i32, address), b.i32(1)), address);
  };
  b.when(arith::CmpIOp::create(b, arith::CmpIPredicate::eq, frame.piece, b.i64(0)), [&] {
    b.loop(0, experts, 1, [&](Value e) { b.store(b.i32(0), word(next, e)); });
    b.loop(b.i64(0), pairs, 1, [&](Value p) { increment(word(next, b.loadI32(word(ids, p)))); });
    Value total =
        b.fold(b.i64(0), b.i64(experts), 1, b.i32(0), [&](Value e, ValueRange sum) -> SmallVector<Value> {
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

namespace {

class MoeLinearEmitter {
public:
  MoeLinearEmitter(KernelFrame &frame, MoeLinearOp op)
      : frame(frame), b(frame.b), op(op), weight(cast<RankedTensorType>(op.getWeight().getType())),
        panels(weight.getDimSize(1), weight.getDimSize(2), weight.getElementType()),
        experts(op.getPlan().getType().getExperts()), choices(op.getPlan().getType().getChoices()),
        plan(frame.addresses.lookup(op.getPlan())) {}

  LogicalResult emit() {
    if (!isa_and_nonnull<PanelAttr>(weight.getEncoding()) || panels.outputs % FACET_PANEL ||
        panels.depth % kLanes)
      return op.emitOpError("expects expert matrices in whole panels, got ") << weight;
    if (panels.quantized())
      prologue = b.at(frame.scratch.base, frame.scratch.take(FACET_ROW_GROUP * panels.inputBytes()));
    panelRows.emplace(frame, panels);
    // Units are panels of the experts that have rows: a piece reads few experts, whose inputs it prepares.
    Value active = b.fold(b.i64(0), b.i64(experts), 1, b.i64(0),
                          [&](Value expert, ValueRange seen) -> SmallVector<Value> {
                            return {b.add(seen[0], isActive(expert))};
                          })[0];
    auto [first, last] = frame.share(b.mul(active, panels.count));
    Value begin = first, end = last;
    b.fold(b.i64(0), b.i64(experts), 1, b.i64(0), [&](Value expert, ValueRange seen) -> SmallVector<Value> {
      Value unit = b.mul(seen[0], panels.count), all = b.i64(panels.count), some = isActive(expert);
      Value panel0 = b.max(b.sub(begin, unit), b.i64(0)), panel1 = b.min(b.mul(b.sub(end, unit), some), all);
      b.when(b.less(panel0, panel1), [&] { emitExpert(expert, panel0, panel1); });
      return {b.add(seen[0], some)};
    });
    return success();
  }

private:
  Value offset(Value expert) { return b.loadI32(b.at(plan, b.mul(expert, 4))); }
  /// 1 for an expert that has rows, else 0.
  Value isActive(Value expert) { return b.min(b.sub(offset(b.add(expert, 1)), offset(expert)), b.i64(1)); }

  void emitExpert(Value expert, Value panel0, Value panel1) {
    Value begin = offset(expert), count = b.sub(offset(b.add(expert, 1)), begin);
    Value matrix = b.at(frame.addresses.lookup(op.getWeight()), b.mul(expert, panels.count * panels.bytes()));
    b.loop(b.i64(0), count, FACET_ROW_GROUP, [&](Value group) {
      Value pairs = b.at(plan, b.mul(b.add(b.add(begin, group), experts + 1), 4));
      Value rows = b.min(b.sub(count, group), b.i64(FACET_ROW_GROUP));
      if (panels.quantized())
        frame.prepareOnce(b.add(begin, group), [&] { // no two groups begin with the same pair
          b.loop(b.i64(0), rows, 1, [&](Value row) { quantizePair(pairs, row); });
        });
      b.loop(panel0, panel1, 1, [&](Value panel) {
        Value address = b.at(matrix, b.mul(panel, panels.bytes()));
        panelRows->forTiles(address, rows,
                            [&](Value row, int64_t tile) { emitTile(pairs, panel, row, tile); });
      });
    });
  }

  Value pairAt(Value pairs, Value row) { return b.loadI32(b.at(pairs, b.mul(row, 4))); }
  Value source(Value pair) {
    Value row = op.getShared() ? b.div(pair, choices) : pair;
    return b.at(frame.addresses.lookup(op.getX()), b.mul(row, panels.depth * 4));
  }
  void quantizePair(Value pairs, Value row) {
    Value x = source(pairAt(pairs, row));
    quantizeRow(
        b, panels.depth, panels.element,
        [&](Value column) { return b.loadLanes(b.at(x, b.mul(column, 4)), b.getF32Type()); }, prepared(row));
  }
  Value prepared(Value row) { return b.at(prologue, b.mul(row, panels.inputBytes())); }

  void emitTile(Value pairs, Value panel, Value row, int64_t tile) {
    int64_t width = widthOf(op.getY()) / choices;
    SmallVector<Value> ids, inputs;
    for (int64_t i = 0; i < tile; ++i) {
      ids.push_back(pairAt(pairs, b.add(row, i)));
      inputs.push_back(panels.quantized() ? prepared(b.add(row, i)) : source(ids[i]));
    }
    SmallVector<Value> sums = panelRows->multiply(inputs);
    for (int64_t i = 0; i < tile; ++i) {
      Value low = sums[2 * i], high = sums[2 * i + 1];
      Value out = b.at(frame.addresses.lookup(op.getY()), b.mul(ids[i], width * 4));
      Value at = b.at(out, b.mul(panel, (op.getGeglu() ? kLanes : FACET_PANEL) * 4));
      if (op.getGeglu()) {
        b.storeLanes(b.fmul(b.geluTanh(low), high), at, b.getF32Type());
        continue;
      }
      b.storeLanes(low, at, b.getF32Type());
      b.storeLanes(high, b.at(at, kLanes * 4), b.getF32Type());
    }
  }

  KernelFrame &frame;
  KernelBuilder &b;
  MoeLinearOp op;
  RankedTensorType weight;
  Panels panels;
  int64_t experts, choices;
  Value plan, prologue;
  std::optional<PanelRows> panelRows;
};

} // namespace

LogicalResult facet::emitMoeLinearKernel(KernelFrame &frame) {
  auto op = frame.only<MoeLinearOp>();
  if (!op)
    return frame.source.emitError("expects one facet.moe_linear in a moe_linear kernel");
  return MoeLinearEmitter(frame, op).emit();
}
