// The attention kernel: online softmax over tiles of 64 absolute positions, keys and values read in place
// from their pages.
//
// A piece takes (query block, kv head, up to 4 query heads) units. Within one, 8 queries at a time share each
// load of a key or value. A query's sums depend on its position alone: tiles start at multiples of 64, keys
// are added in ascending order, and a key that a query does not see adds exactly nothing to it.
#include "passes/lower/KernelFrame.h"

#include "runtime/abi.h"

using namespace mlir;
using namespace mlir::facet;

namespace {

constexpr int64_t kQueries = 8;

class AttentionEmitter {
public:
  AttentionEmitter(KernelFrame &frame, AttentionOp op)
      : frame(frame), b(frame.b), op(op), kv(op.getKv().getType()), dim(kv.getHeadDim()), heads(widthOf(op.getQ()) / dim),
        group(heads / kv.getHeads()), element(kv.getElement()), elementBytes(element.getIntOrFloatBitWidth() / 8) {
    headsAtOnce = group % 4 == 0 ? 4 : group % 2 == 0 ? 2 : 1;
    rowsAtOnce = kQueries / headsAtOnce;
    headGroups = group / headsAtOnce;
  }

  LogicalResult emit() {
    set = frame.rowSet();
    int64_t unitsPerBlock = kv.getHeads() * headGroups;
    Value units = b.mul(rows::blockCount(b, set), unitsPerBlock);
    auto [first, last] = frame.share(units);
    if (failed(planScratch()))
      return failure();
    LogicalResult result = success();
    b.loop(first, last, 1, [&](Value unit) {
      Value block = rows::block(b, set, b.div(unit, unitsPerBlock)), part = b.rem(unit, unitsPerBlock);
      kvHead = b.div(part, headGroups);
      firstHead = b.add(b.mul(kvHead, group), b.mul(b.rem(part, headGroups), headsAtOnce));
      firstRow = b.loadI32(block);
      Value count = b.loadI32(b.at(block, 4));
      sequence = b.loadI32(b.at(block, 8));
      b.loop(b.i64(0), count, rowsAtOnce, [&](Value row) {
        if (failed(emitQueries(row, b.min(b.sub(count, row), b.i64(rowsAtOnce)))))
          result = failure();
      });
    });
    return result;
  }

private:
  /// Scratch: queries and sums [8][dim], probabilities [8][64]; what a prologue needs lies behind.
  LogicalResult planScratch() {
    queries = b.at(frame.scratch.base, frame.scratch.take(kQueries * dim * 4));
    sums = b.at(frame.scratch.base, frame.scratch.take(kQueries * dim * 4));
    probabilities = b.at(frame.scratch.base, frame.scratch.take(kQueries * FACET_KV_TILE * 4));
    prologueScratch = frame.scratch.used;
    return success();
  }

  /// Query i of a pass is row i / headsAtOnce of it and head i % headsAtOnce. Rows beyond `count` repeat the last: computed, not stored.
  Value rowOf(Value row, Value count, int64_t i) {
    return b.add(b.add(firstRow, row), b.min(b.i64(i), b.sub(count, b.i64(1))));
  }

  LogicalResult emitQueries(Value row, Value count) {
    SmallVector<Value> low, high; // visible keys of each row: [low, high)
    LogicalResult result = success();
    for (int64_t i = 0; i < rowsAtOnce; ++i) {
      Value r = rowOf(row, count, i), position = rows::position(b, set, r);
      Value last = kv.getWindow() ? rows::lastVisible(b, set, r) : position;
      high.push_back(b.add(last, 1));
      low.push_back(kv.getWindow() ? b.max(b.sub(b.add(position, 1), b.i64(kv.getWindow())), b.i64(0)) : b.i64(0));
      if (failed(loadQuery(r, i)))
        result = failure();
    }
    Value zero = b.constant(b.lanes(), 0.0);
    b.loop(0, kQueries * dim, kLanes, [&](Value at) { b.storeLanes(zero, b.at(sums, b.mul(at, 4)), b.getF32Type()); });
    Value from = low[0], to = high[0];
    for (int64_t i = 1; i < rowsAtOnce; ++i)
      from = b.min(from, low[i]), to = b.max(to, high[i]);
    // Tiles that the window cannot see are never visited.
    Value firstTile = op->hasAttr("tiles") ? b.mul(b.div(from, FACET_KV_TILE), FACET_KV_TILE) : b.i64(0);
    SmallVector<Value> initial;
    for (int64_t i = 0; i < kQueries; ++i)
      initial.push_back(b.f32(-3.0e38f)); // finite: the difference of two of them is 0, not NaN
    for (int64_t i = 0; i < kQueries; ++i)
      initial.push_back(b.f32(0.0f));
    SmallVector<Value> state = b.fold(firstTile, to, FACET_KV_TILE, initial, [&](Value tile, ValueRange now) {
      SmallVector<Value> next = emitScores(tile, low, high, now);
      emitValues(b.max(tile, from), b.min(b.add(tile, FACET_KV_TILE), to), tile);
      return next;
    });
    for (int64_t i = 0; i < kQueries; ++i)
      storeResult(row, count, i, state[kQueries + i]);
    return result;
  }

  LogicalResult loadQuery(Value row, int64_t index) {
    frame.scratch.used = prologueScratch;
    RowEmitter emitter(b, frame.addresses, frame.scratch, row);
    for (Operation &other : frame.ops()) {
      if (&other == op)
        break;
      if (failed(emitter.visit(&other)))
        return failure();
    }
    Value first = b.mul(firstHead, dim), out = b.at(queries, index * headsAtOnce * dim * 4);
    b.loop(0, headsAtOnce * dim, kLanes, [&](Value column) {
      b.storeLanes(emitter.chunk(op.getQ(), b.add(first, column)), b.at(out, b.mul(column, 4)), b.getF32Type());
    });
    return success();
  }

  Value keysAt(Value position) {
    Value block = kvBlockAddress(b, frame.addresses.lookup(op.getKv()), kv, sequence, position);
    return b.at(block, b.mul(kvHead, 2 * dim * FACET_KV_BLOCK * elementBytes));
  }

  /// Scores of 8 queries against the tile's keys, their new maxima, and exp(score - maximum) as probabilities; rescales
  /// the sums where a maximum grew. Returns maxima and denominators.
  SmallVector<Value> emitScores(Value tile, ArrayRef<Value> low, ArrayRef<Value> high, ValueRange now) {
    Value hidden = b.constant(b.lanes(), -std::numeric_limits<float>::infinity()), zero = b.constant(b.lanes(), 0.0);
    Value last = high[0];
    for (int64_t i = 0; i < rowsAtOnce; ++i)
      last = b.max(last, high[i]);
    SmallVector<Value> maxima(kQueries, hidden);
    SmallVector<Value> laneMaxima = b.fold(b.i64(0), b.i64(FACET_KV_TILE), FACET_KV_BLOCK, maxima, [&](Value offset, ValueRange best) {
      Value position = b.add(tile, offset);
      // A block behind the last visible key may have no page; blocks before the first one may have lost theirs.
      Value firstSeen = low[0];
      for (int64_t i = 1; i < rowsAtOnce; ++i)
        firstSeen = b.min(firstSeen, low[i]);
      Value seen = arith::AndIOp::create(b, b.less(position, last), b.less(firstSeen, b.add(position, FACET_KV_BLOCK)));
      SmallVector<Type> types(kQueries, b.lanes());
      auto branch = scf::IfOp::create(b, types, seen, /*withElseRegion=*/true);
      {
        OpBuilder::InsertionGuard guard(b);
        b.setInsertionPointToStart(branch.thenBlock());
        scf::YieldOp::create(b, blockScores(position, offset, low, high, best));
        b.setInsertionPointToStart(branch.elseBlock());
        for (int64_t i = 0; i < kQueries; ++i)
          b.storeLanes(hidden, probability(i, offset), b.getF32Type());
        scf::YieldOp::create(b, SmallVector<Value>(best));
      }
      return SmallVector<Value>(branch.getResults());
    });
    SmallVector<Value> newMaxima, newSums;
    for (int64_t i = 0; i < kQueries; ++i) {
      Value maximum = b.fmax(now[i], b.maxLanes(laneMaxima[i]));
      Value shift = b.splat(maximum);
      Value sum = zero;
      for (int64_t offset = 0; offset < FACET_KV_TILE; offset += FACET_KV_BLOCK) {
        Value address = probability(i, b.i64(offset));
        Value p = b.exp(b.fsub(b.loadLanes(address, b.getF32Type()), shift));
        b.storeLanes(p, address, b.getF32Type());
        sum = b.fadd(sum, p);
      }
      Value scale = b.exp(b.fsub(now[i], maximum));
      newMaxima.push_back(maximum);
      newSums.push_back(b.fma(now[kQueries + i], scale, b.sumLanes(sum)));
      Value grew = arith::CmpFOp::create(b, arith::CmpFPredicate::ONE, scale, b.f32(1.0f));
      b.when(grew, [&] {
        Value factor = b.splat(scale), out = b.at(sums, i * dim * 4);
        b.loop(0, dim, kLanes, [&](Value d) {
          Value address = b.at(out, b.mul(d, 4));
          b.storeLanes(b.fmul(b.loadLanes(address, b.getF32Type()), factor), address, b.getF32Type());
        });
      });
    }
    newMaxima.append(newSums);
    return newMaxima;
  }

  Value probability(int64_t query, Value offset) {
    return b.at(probabilities, b.add(b.mul(offset, 4), b.i64(query * FACET_KV_TILE * 4)));
  }

  /// q k^T of 8 queries and 16 keys, one key a lane, head dimension ascending.
  SmallVector<Value> blockScores(Value position, Value offset, ArrayRef<Value> low, ArrayRef<Value> high, ValueRange best) {
    Value keys = keysAt(position), zero = b.constant(b.lanes(), 0.0);
    SmallVector<Value> scores = b.fold(b.i64(0), b.i64(dim), 1, SmallVector<Value>(kQueries, zero), [&](Value d, ValueRange acc) {
      Value k = b.loadLanes(b.at(keys, b.mul(d, FACET_KV_BLOCK * elementBytes)), element);
      SmallVector<Value> next;
      for (int64_t i = 0; i < kQueries; ++i) {
        Value q = b.load(b.getF32Type(), b.at(queries, b.add(b.mul(d, 4), b.i64(i * dim * 4))));
        next.push_back(b.fma(b.splat(q), k, acc[i]));
      }
      return next;
    });
    auto indices = VectorType::get({kLanes}, b.getI64Type());
    SmallVector<int64_t> steps;
    for (int64_t i = 0; i < kLanes; ++i)
      steps.push_back(i);
    Value lane = arith::ConstantOp::create(b, DenseElementsAttr::get(indices, ArrayRef(steps)));
    Value key = b.add(vector::BroadcastOp::create(b, indices, position), lane);
    Value hidden = b.constant(b.lanes(), -std::numeric_limits<float>::infinity());
    SmallVector<Value> result;
    for (int64_t i = 0; i < kQueries; ++i) {
      int64_t row = i / headsAtOnce;
      auto bound = [&](Value v) { return vector::BroadcastOp::create(b, indices, v).getResult(); };
      Value seen = arith::AndIOp::create(b, b.lessEqual(bound(low[row]), key), b.less(key, bound(high[row])));
      Value score = b.select(seen, scores[i], hidden);
      b.storeLanes(score, probability(i, offset), b.getF32Type());
      result.push_back(b.fmax(best[i], score));
    }
    return result;
  }

  /// Adds p v for the keys [from, to) of the tile, ascending.
  void emitValues(Value from, Value to, Value tile) {
    int64_t block = FACET_KV_BLOCK;
    Value firstBlock = b.mul(b.div(from, block), block);
    b.loop(firstBlock, to, block, [&](Value position) {
      Value values = b.at(keysAt(position), dim * block * elementBytes);
      Value first = b.sub(b.max(from, position), position), last = b.min(b.sub(to, position), b.i64(block));
      Value weights = b.at(probabilities, b.mul(b.sub(position, tile), 4));
      b.loop(0, dim, kLanes, [&](Value d) {
        SmallVector<Value> sumAt, initial;
        for (int64_t i = 0; i < kQueries; ++i) {
          sumAt.push_back(b.at(sums, b.add(b.mul(d, 4), b.i64(i * dim * 4))));
          initial.push_back(b.loadLanes(sumAt[i], b.getF32Type()));
        }
        SmallVector<Value> sum = b.fold(first, last, 1, initial, [&](Value key, ValueRange acc) {
          Value v = b.loadLanes(b.at(values, b.mul(b.add(b.mul(key, dim), d), elementBytes)), element);
          SmallVector<Value> next;
          for (int64_t i = 0; i < kQueries; ++i) {
            Value p = b.load(b.getF32Type(), b.at(weights, b.add(b.mul(key, 4), b.i64(i * FACET_KV_TILE * 4))));
            next.push_back(b.fma(b.splat(p), v, acc[i]));
          }
          return next;
        });
        for (int64_t i = 0; i < kQueries; ++i)
          b.storeLanes(sum[i], sumAt[i], b.getF32Type());
      });
    });
  }

  void storeResult(Value row, Value count, int64_t i, Value sum) {
    int64_t rowIndex = i / headsAtOnce, headIndex = i % headsAtOnce;
    b.when(b.less(b.i64(rowIndex), count), [&] {
      Value inverse = b.splat(b.fdiv(b.f32(1.0f), sum));
      Value target = b.add(b.mul(rowOf(row, count, rowIndex), heads * dim), b.mul(b.add(firstHead, headIndex), dim));
      Value out = b.at(frame.addresses.lookup(op.getY()), b.mul(target, 4)), from = b.at(sums, i * dim * 4);
      b.loop(0, dim, kLanes, [&](Value d) {
        b.storeLanes(b.fmul(b.loadLanes(b.at(from, b.mul(d, 4)), b.getF32Type()), inverse), b.at(out, b.mul(d, 4)), b.getF32Type());
      });
    });
  }

  KernelFrame &frame;
  KernelBuilder &b;
  AttentionOp op;
  KvType kv;
  int64_t dim, heads, group;
  Type element;
  int64_t elementBytes, headsAtOnce, rowsAtOnce, headGroups, prologueScratch = 0;
  Value set, kvHead, firstHead, firstRow, sequence, queries, sums, probabilities;
};

} // namespace

LogicalResult facet::emitAttentionKernel(KernelFrame &frame) {
  auto op = frame.only<AttentionOp>();
  if (!op)
    return frame.source.emitError("expects one facet.attention in an attention kernel");
  return AttentionEmitter(frame, op).emit();
}
