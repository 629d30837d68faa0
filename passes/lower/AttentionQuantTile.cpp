// Attention over keys and values in q8: products are added as integers, so that results are equal on all
// targets.
//
// Scores: a query is rounded to int8 for each 32 dimensions, as the input of a quantised linear is, and each
// group's exact sum is multiplied by both scales. Values: a position's scale of a group of columns belongs to
// its probability; their product is rounded to 16 bits, relative to the largest among the positions that the
// query sees, so that nobody else's keys change it.
#include "passes/lower/AttentionTile.h"
#include "passes/lower/PanelTiles.h"

#include "runtime/abi.h"

using namespace mlir;
using namespace mlir::facet;

namespace {
constexpr int64_t kGroupLines = kQuantGroup / 4; // lines of keys that share scales
constexpr int64_t kUnit = FACET_KV_TILE * 4;     // behind the probabilities of a query
constexpr int64_t kPairBytes = kQuantGroup * 4;  // of a query's group as i16 rows
constexpr float kMost = 32767.0f;
} // namespace

static Value loadScales(KernelBuilder &b, Value at) { return b.loadLanes(at, b.getF16Type()); }

static Value asFloats(KernelBuilder &b, Value integers) {
  return arith::SIToFPOp::create(b, b.lanes(), integers);
}

/// Groups of int8, with their scales; behind them, unless bytes are multiplied, the same integers as i16
/// rows.
int64_t AttentionTile::quantQueryBytes() const {
  int64_t groups = layout.dim / kQuantGroup;
  return groups * (FACET_QUANT_GROUP_BYTES + (byteDots ? 0 : kPairBytes));
}

/// The low halves of 16 words as an i16 row has them: of each four 0, 2, 1 and 3, then padding.
Value AttentionTile::packPairs(Value words) {
  auto halves = VectorType::get({2 * kLanes}, b.getI16Type());
  Value low = LLVM::BitcastOp::create(b, halves, words);
  SmallVector<int64_t> order;
  for (int64_t four = 0; four < kLanes; four += 4)
    for (int64_t i : {0, 2, 1, 3, 0, 2, 1, 3})
      order.push_back(2 * (four + i));
  return vector::ShuffleOp::create(b, low, low, order);
}

void AttentionTile::storeQuantQuery(Value to, llvm::function_ref<Value(Value)> read) {
  quantizeRow(b, layout.dim, layout.element, read, to);
  if (byteDots)
    return;
  auto bytes = VectorType::get({kLanes}, b.getI8Type()), words = VectorType::get({kLanes}, b.getI32Type());
  Value pairs = b.at(to, layout.dim / kQuantGroup * FACET_QUANT_GROUP_BYTES);
  b.loop(0, layout.dim / kQuantGroup, 1, [&](Value group) {
    for (int64_t half = 0; half < kQuantGroup; half += kLanes) {
      Value from = b.at(b.at(to, b.mul(group, FACET_QUANT_GROUP_BYTES)), 8 + half);
      Value integers = arith::ExtSIOp::create(b, words, b.load(bytes, from, 1));
      b.store(packPairs(integers), b.at(b.at(pairs, b.mul(group, kPairBytes)), 4 * half));
    }
  });
}

/// Of the values of each position in the tile.
void AttentionTile::findLargestScales() {
  for (int64_t j = 0; j < kBlocks; ++j) {
    Value scales = b.at(b.loadPointer(blocks, 8 * j), layout.valueScales()), largest = loadScales(b, scales);
    for (int64_t group = 1; group < layout.dim / kQuantGroup; ++group)
      largest = b.fmax(largest, loadScales(b, b.at(scales, group * KvLayout::kScaleRow)));
    b.storeLanes(largest, b.at(largestScales, j * kLine), b.getF32Type());
  }
}

void AttentionTile::quantScores(Value first, Shape shape) {
  Value rows = queryAt(first), zero = b.constant(b.lanes(), 0.0);
  b.loop(0, kBlocks, shape.vectors, [&](Value block) {
    SmallVector<Value> zeros(shape.queries * shape.vectors, zero);
    storeScores(
        shape, block,
        b.fold(b.i64(0), b.i64(layout.dim / kQuantGroup), 1, zeros, [&](Value group, ValueRange sums) {
          return addGroupScores(rows, shape, block, group, sums);
        }));
  });
}

/// Adds the products of 32 dimensions of the queries from `first` on with `shape.vectors` blocks of keys.
SmallVector<Value> AttentionTile::addGroupScores(Value first, Shape shape, Value block, Value group,
                                                 ValueRange sums) {
  SmallVector<Value> rows, lines, ahead, keyScales;
  SmallVector<Value> queryScales;
  for (int64_t i = 0; i < shape.queries; ++i) {
    Value query = b.at(first, i * queryBytes), integers = b.at(query, b.mul(group, FACET_QUANT_GROUP_BYTES));
    queryScales.push_back(b.splat(b.load(b.getF32Type(), b.at(integers, 4))));
    Value pairs = b.at(
        query, b.add(b.mul(group, kPairBytes), b.i64(layout.dim / kQuantGroup * FACET_QUANT_GROUP_BYTES)));
    rows.push_back(byteDots ? integers : pairs);
  }
  Value toLines = b.mul(group, kGroupLines * kLine),
        toScales = b.add(b.mul(group, KvLayout::kScaleRow), b.i64(layout.keyScales()));
  for (int64_t j = 0; j < shape.vectors; ++j) {
    Value here = b.loadPointer(b.at(blocks, b.mul(block, 8)), 8 * j),
          next = b.loadPointer(b.at(nextBlocks, b.mul(block, 8)), 8 * j);
    lines.push_back(b.at(here, toLines));
    ahead.push_back(b.at(next, toLines));
    keyScales.push_back(loadScales(b, b.at(here, toScales)));
    b.prefetch(b.at(next, toScales));
  }
  Value zero = arith::ConstantOp::create(
      b, DenseElementsAttr::get(VectorType::get({kLanes}, b.getI32Type()), int32_t(0)));
  SmallVector<Value> zeros(sums.size(), zero);
  SmallVector<Value> products =
      dot(rows, lines, ahead, zeros, kGroupLines, kLine, b.getIntegerType(byteDots ? 8 : 16), b.getI8Type());
  SmallVector<Value> results;
  for (auto [n, sum] : llvm::enumerate(sums)) {
    Value scale = b.fmul(keyScales[n % shape.vectors], queryScales[n / shape.vectors]);
    results.push_back(b.fma(asFloats(b, products[n]), scale, sum));
  }
  return results;
}

/// Stores them so that times a scale of their position they are integers, and behind them the unit of these.
/// Returns their sum, lane by lane.
Value AttentionTile::storeQuantProbabilities(ArrayRef<Value> probabilities, Value row) {
  constexpr float kSmallest = 1e-30f; // of a tile that adds anything
  Value total = b.constant(b.lanes(), 0.0), largest = total;
  for (auto [j, p] : llvm::enumerate(probabilities)) {
    Value scales = b.loadLanes(b.at(largestScales, j * kLine), b.getF32Type());
    largest = b.fmax(largest, b.fmul(p, scales));
    total = b.fadd(total, p);
  }
  Value most = b.maxLanes(largest);
  Value some = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, most, b.f32(kSmallest));
  Value factor = b.splat(b.select(some, b.fdiv(b.f32(kMost), most), b.f32(0.0f)));
  for (auto [j, p] : llvm::enumerate(probabilities))
    b.storeLanes(b.fmul(p, factor), b.at(row, j * kLine), b.getF32Type());
  b.store(b.fdiv(most, b.f32(kMost)), b.at(row, kUnit));
  return total;
}

/// Rows of integers: the probabilities of each query times the scales of a group of columns.
void AttentionTile::scaleWeights(int64_t count, Value group) {
  Value toScales = b.add(b.mul(group, KvLayout::kScaleRow), b.i64(layout.valueScales()));
  for (int64_t j = 0; j < kBlocks; ++j) {
    Value scales = loadScales(b, b.at(b.loadPointer(blocks, 8 * j), toScales));
    b.prefetch(b.at(b.loadPointer(nextBlocks, 8 * j), toScales));
    for (int64_t i = 0; i < count; ++i) {
      Value probabilities = b.loadLanes(b.at(weightsAt(i), j * kLine), b.getF32Type());
      b.store(packPairs(b.roundToLowBits(probabilities, scales)),
              b.at(scaledWeights, (i * kBlocks + j) * kLine), kLine);
    }
  }
}

/// Adds p v of the tile's seen blocks, 32 columns at a time.
void AttentionTile::quantValues(Value first, int64_t count, const Place &tile) {
  constexpr int64_t kVectors = kQuantGroup / kLanes;
  Value base = valueSums(first);
  auto words = VectorType::get({kLanes}, b.getI32Type());
  Value zero = arith::ConstantOp::create(b, DenseElementsAttr::get(words, int32_t(0)));
  b.loop(0, layout.dim / kQuantGroup, 1, [&](Value group) {
    scaleWeights(count, group);
    Value columns = b.mul(group, kQuantGroup * 4);
    SmallVector<Value> zeros(count * kVectors, zero);
    SmallVector<Value> products =
        b.fold(tile.firstBlock, tile.lastBlock, 1, zeros, [&](Value block, ValueRange now) {
          Value part = b.add(columns, b.i64(layout.sideBytes)), index = b.mul(block, 8);
          Value line = b.at(b.loadPointer(b.at(blocks, index), 0), part),
                next = b.at(b.loadPointer(b.at(nextBlocks, index), 0), part);
          SmallVector<Value> rows, from(now);
          for (int64_t i = 0; i < count; ++i)
            rows.push_back(b.at(scaledWeights, b.add(b.mul(block, kLine), b.i64(i * kBlocks * kLine))));
          return dot(rows, {line, b.at(line, kLine)}, {next, b.at(next, kLine)}, from, layout.valueLines(),
                     layout.valueStride(), b.getI16Type(), b.getI8Type());
        });
    for (int64_t i = 0; i < count; ++i) {
      Value unit = b.splat(b.load(b.getF32Type(), b.at(weightsAt(i), kUnit)));
      for (int64_t j = 0; j < kVectors; ++j) {
        Value at = b.at(base, b.add(columns, b.i64(i * layout.dim * 4 + j * kLine)));
        Value sum = b.loadLanes(at, b.getF32Type());
        b.storeLanes(b.fma(asFloats(b, products[i * kVectors + j]), unit, sum), at, b.getF32Type());
      }
    }
  });
}
