// The attention kernel: online softmax over tiles of 64 absolute positions, keys and values read in place
// from their pages.
//
// A unit is one query block, one K/V head with up to 8 of its query heads, and (in a step of few rows) one
// segment of keys. A row's sums depend on its position alone: tiles and segments start at fixed positions,
// keys are added in ascending order, and a key that a row does not see adds exactly nothing to it.
#include "passes/lower/AttentionTile.h"
#include "passes/lower/KernelFrame.h"
#include "passes/lower/KvSegments.h"

#include "runtime/abi.h"

using namespace mlir;
using namespace mlir::facet;

namespace {

class AttentionEmitter {
public:
  AttentionEmitter(KernelFrame &frame, AttentionPartsOp op)
      : frame(frame), b(frame.b), op(op), layout(op.getKv().getType()), set(frame.rowSet()),
        kvHeads(layout.type.getHeads()), group(op.getParts().getType().getHeads() / kvHeads),
        heads(headsOfUnit(group)),
        parts(b, op.getParts().getType(), frame.addresses.lookup(op.getParts()), set),
        tile(b, layout, FACET_QUERY_BLOCK * heads, heads, frame.target, frame.scratch) {}

  LogicalResult emit() {
    int64_t headGroups = group / heads;
    Value units = b.mul(b.mul(rows::blockCount(b, set), kvHeads * headGroups), parts.slots);
    prologueScratch = frame.scratch.used;
    LogicalResult result = success();
    // Every `pieces`-th unit: slots without keys, and the short reach of a prompt's first rows, spread over
    // all pieces.
    b.loop(frame.piece, units, frame.pieces, [&](Value unit) {
      Value slot = b.rem(unit, parts.slots), rest = b.div(unit, parts.slots),
            part = b.rem(rest, kvHeads * headGroups);
      Value block = rows::block(b, set, b.div(rest, kvHeads * headGroups));
      kvHead = b.div(part, headGroups);
      firstHead = b.mul(part, heads);
      firstRow = b.loadI32(block);
      count = b.loadI32(b.at(block, 4));
      sequence = b.loadI32(b.at(block, 8));
      if (failed(emitUnit(slot)))
        result = failure();
    });
    return result;
  }

private:
  static int64_t headsOfUnit(int64_t group) {
    constexpr int64_t kMost = 8; // 16 rows of these keep their sums in a second-level cache
    int64_t heads = std::min(group, kMost);
    while (group % heads)
      --heads;
    return heads;
  }

  LogicalResult emitUnit(Value slot) {
    int64_t window = layout.type.getWindow();
    VisibleKeys first = visibleKeys(b, window, set, firstRow);
    // Rows ascend in position, so the first one sees the first key; any may see furthest.
    Value behind =
        b.fold(b.i64(0), count, 1, first.high, [&](Value row, ValueRange high) -> SmallVector<Value> {
          VisibleKeys keys = visibleKeys(b, window, set, b.add(firstRow, row));
          tile.storeVisible(row, keys.low, keys.high);
          return {b.max(high[0], keys.high)};
        })[0];
    Value from =
        b.select(parts.split, b.add(segmentOf(b, window, first.low), slot), segmentOf(b, window, first.low));
    Value last = b.add(segmentOf(b, window, b.sub(behind, b.i64(1))), 1);
    Value to = b.select(parts.split, b.min(b.add(from, 1), last), last);
    LogicalResult result = success();
    // The segment that this piece goes on with.
    Value stride = b.select(parts.split, frame.pieces, b.i64(1));
    b.when(b.less(from, to), [&] {
      tile.prefetch(tile.placeOf(firstTile(from, first.low), first.low, behind), headAt());
      result = loadQueries();
      b.loop(from, to, 1,
             [&](Value segment) { emitSegment(segment, b.add(segment, stride), first.low, behind); });
    });
    return result;
  }

  LogicalResult loadQueries() {
    LogicalResult result = success();
    b.loop(b.i64(0), count, 1, [&](Value row) {
      frame.scratch.used = prologueScratch;
      RowEmitter emitter(b, frame.addresses, frame.scratch, b.add(firstRow, row));
      for (Operation &other : frame.ops()) {
        if (&other == op)
          break;
        if (failed(emitter.visit(&other)))
          result = failure();
      }
      b.loop(0, heads, 1, [&](Value head) {
        Value from = b.mul(b.add(firstHead, head), layout.dim), query = b.add(b.mul(row, heads), head);
        tile.storeQuery(query, [&](Value column) { return emitter.chunk(op.getQ(), b.add(from, column)); });
      });
    });
    return result;
  }

  /// The first tile of a segment that holds a key from `low` on.
  Value firstTile(Value segment, Value low) {
    Value start = b.max(segmentStart(b, layout.type.getWindow(), segment), low);
    return b.mul(b.div(start, FACET_KV_TILE), FACET_KV_TILE);
  }

  std::function<Value(Value)> headAt() {
    return [this](Value position) {
      Value block = kvBlockAddress(b, frame.addresses.lookup(op.getKv()), layout, sequence, position);
      return b.at(block, b.mul(kvHead, layout.headBytes()));
    };
  }

  /// Visits the tiles of a segment that hold keys of [low, high), and adds the states to the parts. `next` is
  /// the segment to prefetch behind the last tile.
  void emitSegment(Value segment, Value next, Value low, Value high) {
    int64_t window = layout.type.getWindow();
    Value start = b.max(segmentStart(b, window, segment), low),
          end = b.min(segmentStart(b, window, b.add(segment, 1)), high);
    Value queries = b.mul(count, heads), nextTile = firstTile(next, low);
    tile.reset(queries);
    b.loop(firstTile(segment, low), end, FACET_KV_TILE, [&](Value position) {
      Value following = b.add(position, FACET_KV_TILE);
      following = b.select(b.less(following, end), following, nextTile);
      following = b.select(b.less(following, high), following, position);
      tile.visit(tile.placeOf(position, start, end), tile.placeOf(following, low, high), queries, headAt());
    });
    b.loop(b.i64(0), count, 1, [&](Value row) {
      VisibleKeys keys = visibleKeys(b, window, set, b.add(firstRow, row));
      b.when(arith::AndIOp::create(b, b.less(keys.low, end), b.less(start, keys.high)), [&] {
        Value order = b.sub(segment, segmentOf(b, window, keys.low)); // among those that the row sees
        Value slot = b.select(parts.split, order, b.i64(0));
        Value isFirst = b.lessEqual(order, slot);
        b.loop(0, heads, 1, [&](Value head) {
          addPart(parts.at(b.add(firstRow, row), slot, b.add(firstHead, head)),
                  b.add(b.mul(row, heads), head), isFirst);
        });
      });
    });
  }

  /// Stores the state of `query` at `state`, or adds it to what is there.
  void addPart(Value state, Value query, Value isFirst) {
    Type f32 = b.getF32Type();
    Value maximum = b.load(f32, tile.maximum(query)), sum = b.load(f32, tile.sum(query));
    auto branch = scf::IfOp::create(b, isFirst, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    auto write = [&](Value maximum, Value sum, llvm::function_ref<Value(Value, Value)> combine) {
      b.store(maximum, state);
      b.store(sum, b.at(state, 4));
      Value from = tile.valueSums(query), to = parts.sumsOf(state);
      b.loop(0, layout.dim, kLanes, [&](Value column) {
        Value address = b.at(to, b.mul(column, 4));
        b.storeLanes(combine(address, b.loadLanes(b.at(from, b.mul(column, 4)), f32)), address, f32);
      });
    };
    b.setInsertionPointToStart(branch.thenBlock());
    write(maximum, sum, [](Value, Value v) { return v; });
    b.setInsertionPointToStart(branch.elseBlock());
    StateSum both = addStates(b, b.load(f32, state), b.load(f32, b.at(state, 4)), maximum, sum);
    Value before = b.splat(both.before), after = b.splat(both.after);
    write(both.maximum, both.sum,
          [&](Value there, Value v) { return b.fma(v, after, b.fmul(b.loadLanes(there, f32), before)); });
  }

  KernelFrame &frame;
  KernelBuilder &b;
  AttentionPartsOp op;
  KvLayout layout;
  Value set;
  int64_t kvHeads, group, heads; // query heads of a K/V head; of a unit
  AttentionParts parts;
  AttentionTile tile;
  int64_t prologueScratch = 0;
  Value kvHead, firstHead, firstRow, count, sequence;
};

} // namespace

LogicalResult facet::emitAttentionKernel(KernelFrame &frame) {
  auto op = frame.only<AttentionPartsOp>();
  if (!op)
    return frame.source.emitError("expects one facet.attention_parts in an attention kernel");
  return AttentionEmitter(frame, op).emit();
}
