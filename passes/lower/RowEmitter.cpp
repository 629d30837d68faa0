// Row-wise ops as loops over 16 columns.
#include "passes/lower/RowEmitter.h"
#include "passes/lower/KvPages.h"
#include "passes/lower/TableRows.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::facet;

int64_t ScratchPlan::take(int64_t bytes) {
  int64_t offset = used;
  used += (bytes + 63) / 64 * 64;
  peak = std::max(peak, used);
  return offset;
}

RowEmitter::RowEmitter(KernelBuilder &builder, const DenseMap<Value, Value> &addresses, ScratchPlan &scratch,
                       Value row)
    : b(builder), addresses(addresses), scratch(scratch), row(row) {}

static RankedTensorType tensorOf(Value value) { return cast<RankedTensorType>(value.getType()); }

Value RowEmitter::addressOf(Value value) {
  if (Value known = memory.lookup(value))
    return known;
  if (!isa<BlockArgument>(value))
    return {};
  return b.at(addresses.lookup(value), b.mul(row, widthOf(value) * 4));
}

Value RowEmitter::scratchAddress(int64_t bytes) { return b.at(scratch.base, scratch.take(bytes)); }

/// Where a value that must be in memory goes: its result operand if it leaves the kernel, else scratch.
Value RowEmitter::destination(Value value) {
  if (Value result = addresses.lookup(value))
    return b.at(result, b.mul(row, widthOf(value) * 4));
  return scratchAddress(widthOf(value) * 4);
}

void RowEmitter::materialize(Value value, Value address) {
  Type element = b.getF32Type();
  b.loop(0, widthOf(value), kLanes,
         [&](Value column) { b.storeLanes(chunk(value, column), b.at(address, b.mul(column, 4)), element); });
  memory[value] = address;
}

Value RowEmitter::chunk(Value value, Value column) {
  if (auto it = bound.find(value); it != bound.end())
    return it->second(column);
  if (Value address = addressOf(value))
    return b.loadLanes(b.at(address, b.mul(column, 4)), b.getF32Type());
  return lazyChunk(value.getDefiningOp(), column);
}

Value RowEmitter::weightChunk(Value weight, Value column) {
  Type element = tensorOf(weight).getElementType();
  return b.loadLanes(b.at(addresses.lookup(weight), b.mul(column, element.getIntOrFloatBitWidth() / 8)),
                     element);
}

Value RowEmitter::scalarWeight(Value weight, Value index) {
  Type element = tensorOf(weight).getElementType();
  Value value =
      b.load(element, b.at(addresses.lookup(weight), b.mul(index, element.getIntOrFloatBitWidth() / 8)), 2);
  return element.isF32() ? value : arith::ExtFOp::create(b, b.getF32Type(), value).getResult();
}

Value RowEmitter::lazyChunk(Operation *op, Value column) {
  auto splatOf = [&](const APFloat &factor) { return b.constant(b.lanes(), factor.convertToFloat()); };
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case([&](AddOp a) { return b.fadd(chunk(a.getA(), column), chunk(a.getB(), column)); })
      .Case(
          [&](GegluOp g) { return b.fmul(b.geluTanh(chunk(g.getGate(), column)), chunk(g.getUp(), column)); })
      .Case([&](ScaleOp s) { return b.fmul(chunk(s.getX(), column), splatOf(s.getFactor())); })
      .Case([&](SoftcapOp s) {
        Value cap = splatOf(s.getCap());
        return b.fmul(cap, b.tanh(b.fdiv(chunk(s.getX(), column), cap)));
      })
      .Case([&](LayerScaleOp s) {
        return b.fmul(chunk(s.getX(), column), b.splat(scalarWeight(s.getScalar(), b.i64(0))));
      })
      .Case([&](SliceOp s) { return chunk(s.getX(), b.add(column, s.getOffset())); })
      .Case([&](EmbedOp e) { return embedChunk(e, column); })
      .Case([&](GegluPairsOp g) {
        // Columns come in blocks of 16 gates and 16 ups.
        Value gate = b.mul(column, 2);
        return b.fmul(b.geluTanh(chunk(g.getX(), gate)), chunk(g.getX(), b.add(gate, kLanes)));
      })
      .Case([&](MoeCombineOp m) {
        int64_t choices = widthOf(m.getWeights()), width = widthOf(m.getY());
        Value weights = addressOf(m.getWeights()), sum = b.constant(b.lanes(), 0.0);
        for (int64_t c = 0; c < choices; ++c)
          sum = b.fma(b.splat(b.load(b.getF32Type(), b.at(weights, c * 4))),
                      chunk(m.getX(), b.add(column, c * width)), sum);
        return sum;
      })
      .Case([&](RmsNormOp n) {
        int64_t width = widthOf(n.getX()) / n.getGroups();
        Value group = b.div(column, width);
        Value inverse = b.load(b.getF32Type(), b.at(normScale.lookup(n.getY()), b.mul(group, 4)));
        Value scaled = b.fmul(chunk(n.getX(), column), b.splat(inverse));
        if (!n.getWeight())
          return scaled;
        return b.fmul(scaled, weightChunk(n.getWeight(), n.getGroups() == 1 ? column : b.rem(column, width)));
      });
}

Value RowEmitter::embedChunk(EmbedOp op, Value column) {
  Value index = isGathered(op) ? row : rows::token(b, addresses.lookup(op.getRows()), row),
        base = addresses.lookup(op.getTable());
  return b.fmul(tableChunk(b, tensorOf(op.getTable()), base, index, column),
                b.constant(b.lanes(), op.getScale().convertToFloat()));
}

LogicalResult RowEmitter::visit(Operation *op) {
  if (isa<func::ReturnOp, GetOp>(op))
    return success();
  if (auto take = dyn_cast<TakeOp>(op)) {
    Value parent = rows::parent(b, addresses.lookup(take.getRows()), row);
    memory[take.getY()] = b.at(addresses.lookup(take.getX()), b.mul(parent, widthOf(take.getX()) * 4));
  } else if (auto norm = dyn_cast<RmsNormOp>(op)) {
    visitNorm(norm);
  } else if (auto rope = dyn_cast<RopeOp>(op)) {
    visitRope(rope);
  } else if (auto table = dyn_cast<RopeTableOp>(op)) {
    visitRopeTable(table);
  } else if (auto route = dyn_cast<MoeRouteOp>(op)) {
    visitRoute(route);
  } else if (auto write = dyn_cast<KvWriteOp>(op)) {
    visitKvWrite(write);
  } else if (!isa<AddOp, GegluOp, ScaleOp, SoftcapOp, LayerScaleOp, SliceOp, EmbedOp, GegluPairsOp,
                  MoeCombineOp>(op)) {
    return op->emitOpError("is not a row-wise op that a kernel can hold");
  }
  for (Value result : op->getResults()) {
    bool leaves = addresses.contains(result), inMemory = memory.contains(result);
    bool shared = !result.hasOneUse() && !isa<SliceOp>(op);
    if (leaves ? (!inMemory || isa<TakeOp>(op)) : (shared && !inMemory))
      materialize(result, destination(result));
  }
  return success();
}

void RowEmitter::visitNorm(RmsNormOp op) {
  Value x = op.getX();
  if (!addressOf(x) && !isa<SliceOp, TakeOp>(x.getDefiningOp()))
    materialize(x, destination(x));
  int64_t groups = op.getGroups(), width = widthOf(x) / groups;
  Value scales = scratchAddress(groups * 4);
  Value zero = b.constant(b.lanes(), 0.0);
  b.loop(0, groups, 1, [&](Value group) {
    Value first = b.mul(group, width);
    Value sum = b.fold(b.i64(0), b.i64(width), kLanes, zero,
                       [&](Value column, ValueRange sums) -> SmallVector<Value> {
                         Value v = chunk(x, b.add(first, column));
                         return {b.fma(v, v, sums[0])};
                       })[0];
    Value mean = b.fdiv(b.sumLanes(sum), b.f32(float(width)));
    Value root = LLVM::SqrtOp::create(b, b.getF32Type(), b.fadd(mean, b.f32(op.getEps().convertToFloat())));
    b.store(b.fdiv(b.f32(1.0f), root), b.at(scales, b.mul(group, 4)));
  });
  normScale[op.getY()] = scales;
}

void RowEmitter::visitRope(RopeOp op) {
  int64_t dim = widthOf(op.getTable()), half = dim / 2, heads = widthOf(op.getX()) / dim;
  Value address = destination(op.getY());
  Type element = b.getF32Type();
  b.loop(0, heads, 1, [&](Value head) {
    Value first = b.mul(head, dim);
    b.loop(0, half, kLanes, [&](Value j) {
      Value low = b.add(first, j), high = b.add(low, half);
      Value x0 = chunk(op.getX(), low), x1 = chunk(op.getX(), high);
      Value cos = chunk(op.getTable(), j), sin = chunk(op.getTable(), b.add(j, half));
      Value y0 = b.fsub(b.fmul(x0, cos), b.fmul(x1, sin)), y1 = b.fadd(b.fmul(x1, cos), b.fmul(x0, sin));
      b.storeLanes(y0, b.at(address, b.mul(low, 4)), element);
      b.storeLanes(y1, b.at(address, b.mul(high, 4)), element);
    });
  });
  memory[op.getY()] = address;
}

void RowEmitter::visitRopeTable(RopeTableOp op) {
  int64_t count = tensorOf(op.getFrequencies()).getNumElements();
  Value address = destination(op.getY());
  Value position =
      arith::SIToFPOp::create(b, b.getF32Type(), rows::position(b, addresses.lookup(op.getRows()), row));
  auto wide = VectorType::get({kLanes}, b.getF64Type());
  b.loop(0, count, kLanes, [&](Value j) {
    Value angle = b.fmul(b.splat(position),
                         weightChunk(op.getFrequencies(), j)); // the product is f32, as in the reference
    auto [cos, sin] = b.cosSin(arith::ExtFOp::create(b, wide, angle));
    auto narrow = [&](Value v) { return arith::TruncFOp::create(b, b.lanes(), v).getResult(); };
    b.storeLanes(narrow(cos), b.at(address, b.mul(j, 4)), b.getF32Type());
    b.storeLanes(narrow(sin), b.at(address, b.mul(b.add(j, count), 4)), b.getF32Type());
  });
  memory[op.getY()] = address;
}

/// Takes the largest remaining logit k times; softmax over the chosen alone equals softmax over all,
/// renormalised.
void RowEmitter::visitRoute(MoeRouteOp op) {
  int64_t experts = widthOf(op.getLogits()), choices = widthOf(op.getWeights());
  Type f32 = b.getF32Type();
  Value left = scratchAddress(experts * 4);
  b.loop(0, experts, kLanes,
         [&](Value e) { b.storeLanes(chunk(op.getLogits(), e), b.at(left, b.mul(e, 4)), f32); });
  Value weights = destination(op.getWeights()), chosen = destination(op.getExperts());
  Value taken = b.f32(-std::numeric_limits<float>::infinity()), first, sum = b.f32(0.0f);
  for (int64_t c = 0; c < choices; ++c) {
    auto best = b.fold(b.i64(0), b.i64(experts), 1, {taken, b.i64(0)},
                       [&](Value e, ValueRange now) -> SmallVector<Value> {
                         Value logit = b.load(f32, b.at(left, b.mul(e, 4)));
                         Value larger = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, logit, now[0]);
                         return {b.select(larger, logit, now[0]), b.select(larger, e, now[1])};
                       });
    b.store(taken, b.at(left, b.mul(best[1], 4)));
    b.store(arith::TruncIOp::create(b, b.getI32Type(), best[1]), b.at(chosen, c * 4));
    first = c ? first : best[0];
    Value p = b.exp(b.fsub(best[0], first));
    sum = b.fadd(sum, p);
    b.store(p, b.at(weights, c * 4));
  }
  for (int64_t c = 0; c < choices; ++c) {
    Value expert = b.loadI32(b.at(chosen, c * 4));
    Value p = b.fdiv(b.load(f32, b.at(weights, c * 4)), sum);
    b.store(b.fmul(p, scalarWeight(op.getScale(), expert)), b.at(weights, c * 4));
  }
  memory[op.getWeights()] = weights;
  memory[op.getExperts()] = chosen;
}

void RowEmitter::visitKvWrite(KvWriteOp op) {
  KvLayout layout(op.getKv().getType());
  Value set = addresses.lookup(op.getRows()), position = rows::position(b, set, row);
  Value block =
      kvBlockAddress(b, addresses.lookup(op.getKv()), layout, rows::sequence(b, set, row), position);
  b.loop(0, layout.type.getHeads(), 1, [&](Value head) {
    Value part = b.at(block, b.mul(head, layout.headBytes())), first = b.mul(head, layout.dim);
    storeKeyAndValue(
        b, layout, part, position, [&](Value column) { return chunk(op.getK(), b.add(first, column)); },
        [&](Value column) { return chunk(op.getV(), b.add(first, column)); });
  });
}

//===-- row sets ------------------------------------------------------------===//

static Value entry(KernelBuilder &b, Value set, int64_t member, Value row) {
  return b.loadI32(b.at(b.loadPointer(set, member), b.mul(row, 4)));
}
Value rows::count(KernelBuilder &b, Value set) { return b.loadI32(set); }
Value rows::blockCount(KernelBuilder &b, Value set) { return b.loadI32(b.at(set, 4)); }
Value rows::token(KernelBuilder &b, Value set, Value row) { return entry(b, set, 8, row); }
Value rows::position(KernelBuilder &b, Value set, Value row) { return entry(b, set, 16, row); }
Value rows::lastVisible(KernelBuilder &b, Value set, Value row) { return entry(b, set, 24, row); }
Value rows::sequence(KernelBuilder &b, Value set, Value row) { return entry(b, set, 32, row); }
Value rows::parent(KernelBuilder &b, Value set, Value row) { return entry(b, set, 40, row); }
Value rows::block(KernelBuilder &b, Value set, Value index) {
  return b.at(b.loadPointer(set, 48), b.mul(index, 16));
}
