// The kernel that adds the states of a row's segments, in ascending order; a piece takes some (row, head).
#include "passes/lower/KernelFrame.h"
#include "passes/lower/KvSegments.h"

using namespace mlir;
using namespace mlir::facet;

namespace {

class MergeEmitter {
public:
  MergeEmitter(KernelFrame &frame, AttentionMergeOp op)
      : frame(frame), b(frame.b), op(op), type(op.getParts().getType()), set(frame.rowSet()),
        parts(b, type, frame.addresses.lookup(op.getParts()), set) {}

  void emit() {
    factors = b.at(frame.scratch.base, frame.scratch.take(type.getSlots() * 8));
    auto [first, last] = frame.share(b.mul(rows::count(b, set), type.getHeads()));
    b.loop(first, last, 1,
           [&](Value unit) { emitHead(b.div(unit, type.getHeads()), b.rem(unit, type.getHeads())); });
  }

private:
  Value load(Value address) { return b.load(b.getF32Type(), address); }

  void emitHead(Value row, Value head) {
    int64_t window = type.getWindow();
    VisibleKeys keys = visibleKeys(b, window, set, row);
    Value segments = b.sub(segmentOf(b, window, b.sub(keys.high, b.i64(1))), segmentOf(b, window, keys.low));
    Value count = b.select(parts.split, b.add(segments, 1), b.i64(1));
    Value state = parts.at(row, b.i64(0), head);
    int64_t next = type.getHeads() * parts.stateBytes(); // from a slot to the one behind it
    // First what each step multiplies by, then the sums, 16 columns at a time.
    SmallVector<Value> total =
        b.fold(b.i64(1), count, 1, {load(state), load(b.at(state, 4))},
               [&](Value slot, ValueRange now) -> SmallVector<Value> {
                 Value other = b.at(state, b.mul(slot, next)), at = b.at(factors, b.mul(slot, 8));
                 StateSum both = addStates(b, now[0], now[1], load(other), load(b.at(other, 4)));
                 b.store(both.before, at);
                 b.store(both.after, b.at(at, 4));
                 return {both.maximum, both.sum};
               });
    Value inverse = b.splat(b.fdiv(b.f32(1.0f), total[1]));
    Value from = parts.sumsOf(state),
          to = b.at(frame.addresses.lookup(op.getY()),
                    b.mul(b.add(b.mul(row, type.getHeads()), head), type.getHeadDim() * 4));
    b.loop(0, type.getHeadDim(), kLanes, [&](Value column) {
      Value offset = b.mul(column, 4), address = b.at(from, offset);
      Value sum =
          b.fold(b.i64(1), count, 1, b.loadLanes(address, b.getF32Type()),
                 [&](Value slot, ValueRange now) -> SmallVector<Value> {
                   Value other = b.loadLanes(b.at(address, b.mul(slot, next)), b.getF32Type()),
                         at = b.at(factors, b.mul(slot, 8));
                   return {b.fma(other, b.splat(load(b.at(at, 4))), b.fmul(now[0], b.splat(load(at))))};
                 })[0];
      b.storeLanes(b.fmul(sum, inverse), b.at(to, offset), b.getF32Type());
    });
  }

  KernelFrame &frame;
  KernelBuilder &b;
  AttentionMergeOp op;
  AttentionPartsType type;
  Value set;
  AttentionParts parts;
  Value factors; // [slot]{ before, after }
};

} // namespace

LogicalResult facet::emitAttentionMergeKernel(KernelFrame &frame) {
  auto op = frame.only<AttentionMergeOp>();
  if (!op)
    return frame.source.emitError("expects one facet.attention_merge in an attention_merge kernel");
  MergeEmitter(frame, op).emit();
  return success();
}
