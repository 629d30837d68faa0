#include "passes/lower/AttentionTile.h"

#include "runtime/abi.h"

using namespace mlir;
using namespace mlir::facet;

namespace {
constexpr float kLowest = -3.0e38f; // finite: the difference of two of them is 0, not NaN
} // namespace

AttentionTile::AttentionTile(KernelBuilder &b, const KvLayout &layout, int64_t count, int64_t heads,
                             TargetAttr target, ScratchPlan &scratch)
    : b(b), layout(layout), heads(heads), byteDots(target.getDot() == "vnni") {
  // Three quarters of the registers hold sums; lines and a query's number take the others.
  capacity = target.getRegisters() * target.getVectorBits() / (kLanes * 32) * 3 / 4;
  bool dots = layout.element.isBF16() && target.getBf16Dot();
  queryElement = dots ? Type(b.getBF16Type()) : Type(b.getF32Type());
  elementBytes = dots ? 2 : 4;
  queryBytes = layout.quantized() ? quantQueryBytes() : layout.dim * elementBytes;
  auto take = [&](int64_t bytes) { return b.at(scratch.base, scratch.take(bytes)); };
  queries = take(count * queryBytes);
  sums = take(count * layout.dim * 4);
  weights = take(capacity * kWeightRow);
  maxima = take(count * 4);
  denominators = take(count * 4);
  lows = take(count / heads * 4);
  highs = take(count / heads * 4);
  blocks = take(kBlocks * 8);
  nextBlocks = take(kBlocks * 8);
  if (layout.quantized()) {
    largestScales = take(FACET_KV_TILE * 4);
    scaledWeights = take(capacity * FACET_KV_TILE * 4);
  }
}

void AttentionTile::storeQuery(Value query, llvm::function_ref<Value(Value)> read) {
  Value to = queryAt(query);
  if (layout.quantized())
    return storeQuantQuery(to, read);
  b.loop(0, layout.dim, kLanes, [&](Value column) {
    b.storeLanes(read(column), b.at(to, b.mul(column, elementBytes)), queryElement);
  });
}

void AttentionTile::storeVisible(Value row, Value low, Value high) {
  auto narrow = [&](Value v) { return arith::TruncIOp::create(b, b.getI32Type(), v).getResult(); };
  b.store(narrow(low), b.at(lows, b.mul(row, 4)));
  b.store(narrow(high), b.at(highs, b.mul(row, 4)));
}

void AttentionTile::reset(Value count) {
  Value zero = b.constant(b.lanes(), 0.0);
  b.loop(b.i64(0), count, 1, [&](Value query) {
    b.store(b.f32(kLowest), maximum(query));
    b.store(b.f32(0.0f), sum(query));
    Value to = valueSums(query);
    b.loop(0, layout.dim, kLanes,
           [&](Value column) { b.storeLanes(zero, b.at(to, b.mul(column, 4)), b.getF32Type()); });
  });
}

/// As many vectors at once, 4 at most, as divide `vectors` and leave room for `queries` queries.
AttentionTile::Shape AttentionTile::shapeFor(int64_t queries, int64_t vectors) const {
  int64_t at = 4;
  while (at > 1 && (at * queries > capacity || vectors % at))
    at /= 2;
  return {queries, at};
}

AttentionTile::Place AttentionTile::placeOf(Value position, Value low, Value high) {
  Value firstBlock = b.div(b.sub(b.max(low, position), position), FACET_KV_BLOCK);
  Value lastKey = b.sub(b.min(high, b.add(position, FACET_KV_TILE)), b.add(position, 1));
  return {position, firstBlock, b.add(b.div(lastKey, FACET_KV_BLOCK), 1)};
}

/// A block that nobody sees may have no page: another stands for it, which softmax() hides and values()
/// leaves out.
Value AttentionTile::blockOf(const Place &tile, int64_t index, HeadAt headAt) {
  Value seen = b.min(b.max(b.i64(index), tile.firstBlock), b.sub(tile.lastBlock, b.i64(1)));
  return headAt(b.add(tile.position, b.mul(seen, FACET_KV_BLOCK)));
}

void AttentionTile::prefetch(const Place &tile, HeadAt headAt) {
  for (int64_t i = 0; i < kBlocks; ++i) {
    Value block = blockOf(tile, i, headAt);
    b.loop(0, layout.headBytes(), kLine, [&](Value offset) { b.prefetch(b.at(block, offset)); });
  }
}

void AttentionTile::findBlocks(const Place &tile, const Place &next, HeadAt headAt) {
  for (int64_t i = 0; i < kBlocks; ++i) {
    b.store(blockOf(tile, i, headAt), b.at(blocks, 8 * i), 8);
    b.store(blockOf(next, i, headAt), b.at(nextBlocks, 8 * i), 8);
  }
  if (layout.quantized())
    findLargestScales();
}

void AttentionTile::visit(const Place &tile, const Place &next, Value count, HeadAt headAt) {
  findBlocks(tile, next, headAt);
  // As many queries at once as the registers hold sums for, in two vectors if they can; 8 are the heads of
  // one token.
  int64_t most = capacity >= 16 ? capacity / 2 : capacity;
  Value done = b.i64(0);
  for (int64_t some : {most, int64_t(8), int64_t(4), int64_t(2), int64_t(1)}) {
    if (some > most)
      continue;
    Value end = b.add(done, b.mul(b.div(b.sub(count, done), some), some));
    b.loop(done, end, some, [&](Value first) {
      Shape keys = shapeFor(some, kBlocks);
      layout.quantized() ? quantScores(first, keys) : scores(first, keys);
      b.loop(0, some, 1,
             [&](Value i) { softmax(tile.position, b.add(first, i), b.at(weights, b.mul(i, kWeightRow))); });
      if (layout.quantized())
        quantValues(first, some, tile);
      else
        values(first, shapeFor(some, layout.dim / kLanes), tile);
    });
    done = end;
  }
}

Value AttentionTile::weightsAt(int64_t i) { return b.at(weights, i * kWeightRow); }

SmallVector<Value> AttentionTile::dot(ArrayRef<Value> rows, ArrayRef<Value> lines, ArrayRef<Value> ahead,
                                      ArrayRef<Value> from, int64_t steps, int64_t stride, Type rowElement,
                                      Type lineElement) {
  SmallVector<Type> types(from.size(), from[0].getType());
  return SmallVector<Value>(TileDotOp::create(b, types, rows, lines, ahead, from, b.getI64IntegerAttr(steps),
                                              b.getI64IntegerAttr(stride), TypeAttr::get(rowElement),
                                              TypeAttr::get(lineElement))
                                .getResults());
}

/// q k^T, one key a lane, head dimension ascending.
void AttentionTile::scores(Value first, Shape shape) {
  SmallVector<Value> rows, zeros(shape.queries * shape.vectors, b.constant(b.lanes(), 0.0));
  for (int64_t i = 0; i < shape.queries; ++i)
    rows.push_back(b.at(queryAt(first), i * queryBytes));
  b.loop(0, kBlocks, shape.vectors, [&](Value block) {
    SmallVector<Value> lines, ahead;
    for (int64_t j = 0; j < shape.vectors; ++j) {
      lines.push_back(b.loadPointer(b.at(blocks, b.mul(block, 8)), 8 * j));
      ahead.push_back(b.loadPointer(b.at(nextBlocks, b.mul(block, 8)), 8 * j));
    }
    storeScores(shape, block,
                dot(rows, lines, ahead, zeros, layout.keyLines(), kLine, queryElement, layout.element));
  });
}

void AttentionTile::storeScores(Shape shape, Value block, ArrayRef<Value> scores) {
  for (int64_t i = 0; i < shape.queries; ++i)
    for (int64_t j = 0; j < shape.vectors; ++j)
      b.storeLanes(scores[i * shape.vectors + j],
                   b.at(weightsAt(i), b.add(b.mul(block, kLine), b.i64(j * kLine))), b.getF32Type());
}

/// Scores of one query become probabilities in place: exp(score - maximum), 0 for what the query does not
/// see. Its maximum and denominator take the tile in; sums over values are rescaled if the maximum grew.
void AttentionTile::softmax(Value tile, Value query, Value row) {
  auto words = VectorType::get({kLanes}, b.getI32Type());
  auto wide = [&](Value v) { return vector::BroadcastOp::create(b, words, v).getResult(); };
  SmallVector<int32_t> steps(kLanes);
  std::iota(steps.begin(), steps.end(), 0);
  Value lane = arith::ConstantOp::create(b, DenseElementsAttr::get(words, ArrayRef(steps)));
  Value of = b.mul(b.div(query, heads), 4), low = b.load(b.getI32Type(), b.at(lows, of)),
        high = b.load(b.getI32Type(), b.at(highs, of));
  Value seen = b.sub(high, low),
        key = b.add(lane, wide(b.sub(arith::TruncIOp::create(b, b.getI32Type(), tile), low)));
  Value hidden = b.constant(b.lanes(), -std::numeric_limits<float>::infinity());
  SmallVector<Value> scores;
  Value largest;
  for (int64_t j = 0; j < kBlocks; ++j) {
    // Unsigned: what lies before the first key is far behind the last.
    Value offset = b.add(key, wide(b.i32(int32_t(j * FACET_KV_BLOCK))));
    Value visible = arith::CmpIOp::create(b, arith::CmpIPredicate::ult, offset, wide(seen));
    scores.push_back(b.select(visible, b.loadLanes(b.at(row, j * kLine), b.getF32Type()), hidden));
    largest = j ? b.fmax(largest, scores[j]) : scores[j];
  }
  Value old = b.load(b.getF32Type(), maximum(query)), grown = b.fmax(old, b.maxLanes(largest)),
        shift = b.splat(grown);
  SmallVector<Value> probabilities;
  for (Value score : scores)
    probabilities.push_back(b.exp(b.fsub(score, shift)));
  Value total = layout.quantized() ? storeQuantProbabilities(probabilities, row)
                                   : storeProbabilities(probabilities, row);
  Value scale = rescaled(query, old, grown);
  b.store(grown, maximum(query));
  b.store(b.fma(b.load(b.getF32Type(), sum(query)), scale, b.sumLanes(total)), sum(query));
}

/// Returns their sum, lane by lane.
Value AttentionTile::storeProbabilities(ArrayRef<Value> probabilities, Value row) {
  Value total = b.constant(b.lanes(), 0.0);
  for (auto [j, p] : llvm::enumerate(probabilities)) {
    b.storeLanes(p, b.at(row, j * FACET_KV_BLOCK * elementBytes), queryElement);
    total = b.fadd(total, queryElement.isF32() ? p : b.roundedToBf16(p));
  }
  return total;
}

/// exp(old - maximum), by which the sums over values are multiplied.
Value AttentionTile::rescaled(Value query, Value old, Value maximum) {
  Value scale = b.exp(b.fsub(old, maximum));
  b.when(arith::CmpFOp::create(b, arith::CmpFPredicate::ONE, scale, b.f32(1.0f)), [&] {
    Value factor = b.splat(scale), at = valueSums(query);
    b.loop(0, layout.dim, kLanes, [&](Value column) {
      Value address = b.at(at, b.mul(column, 4));
      b.storeLanes(b.fmul(b.loadLanes(address, b.getF32Type()), factor), address, b.getF32Type());
    });
  });
  return scale;
}

/// Adds p v of the tile's seen blocks, keys ascending.
void AttentionTile::values(Value first, Shape shape, const Place &tile) {
  Value base = valueSums(first);
  b.loop(0, layout.dim, shape.vectors * kLanes, [&](Value column) {
    SmallVector<Value> at, before;
    Value offset = b.mul(column, 4);
    for (int64_t i = 0; i < shape.queries; ++i)
      for (int64_t j = 0; j < shape.vectors; ++j) {
        at.push_back(b.at(base, b.add(offset, b.i64(i * layout.dim * 4 + j * kLine))));
        before.push_back(b.loadLanes(at.back(), b.getF32Type()));
      }
    SmallVector<Value> after =
        b.fold(tile.firstBlock, tile.lastBlock, 1, before, [&](Value block, ValueRange now) {
          Value part = b.add(offset, b.i64(layout.sideBytes)), index = b.mul(block, 8);
          Value lineBase = b.at(b.loadPointer(b.at(blocks, index), 0), part),
                aheadBase = b.at(b.loadPointer(b.at(nextBlocks, index), 0), part);
          Value rowBase = b.at(weights, b.mul(block, FACET_KV_BLOCK * elementBytes));
          SmallVector<Value> rows, lines, ahead, from(now);
          for (int64_t i = 0; i < shape.queries; ++i)
            rows.push_back(b.at(rowBase, i * kWeightRow));
          for (int64_t j = 0; j < shape.vectors; ++j) {
            lines.push_back(b.at(lineBase, j * kLine));
            ahead.push_back(b.at(aheadBase, j * kLine));
          }
          return dot(rows, lines, ahead, from, layout.valueLines(), layout.valueStride(), queryElement,
                     layout.element);
        });
    for (auto [value, address] : llvm::zip(after, at))
      b.storeLanes(value, address, b.getF32Type());
  });
}
