// Online softmax of some queries over one tile of 64 keys, around the micro-kernel of the target.
//
// Keys and values in f32 and bf16 are multiplied as floats (AttentionTile.cpp), in q8 as integers
// (AttentionQuantTile.cpp).
#pragma once

#include "passes/lower/KvPages.h"
#include "passes/lower/RowEmitter.h"

namespace mlir::facet {

class AttentionTile {
public:
  /// Room for `queries` queries in scratch; queries / `heads` rows, a row's heads one after another.
  AttentionTile(KernelBuilder &b, const KvLayout &layout, int64_t queries, int64_t heads, TargetAttr target,
                ScratchPlan &scratch);

  // Where the caller puts what a unit attends with.
  /// `read` yields 16 columns.
  void storeQuery(Value query, llvm::function_ref<Value(Value column)> read);
  void storeVisible(Value row, Value low, Value high);
  /// Forgets all keys of the first `count` queries.
  void reset(Value count);
  /// The tile at `position`, of whose keys [low, high) are seen by some query; blocks of 16 without such are
  /// not touched. `headAt(position)` yields the head's part of a block.
  struct Place {
    Value position, firstBlock, lastBlock;
  };
  Place placeOf(Value position, Value low, Value high);
  using HeadAt = llvm::function_ref<Value(Value position)>;
  void prefetch(const Place &tile, HeadAt headAt);
  /// Adds the keys of a tile to the first `count` queries, and prefetches `next`.
  void visit(const Place &tile, const Place &next, Value count, HeadAt headAt);

  Value maximum(Value query) { return b.at(maxima, b.mul(query, 4)); }
  Value sum(Value query) { return b.at(denominators, b.mul(query, 4)); }
  Value valueSums(Value query) { return b.at(sums, b.mul(query, layout.dim * 4)); }

private:
  static constexpr int64_t kLine = 64, kBlocks = FACET_KV_TILE / FACET_KV_BLOCK;
  /// Scores, then probabilities, of one query; behind them, of q8, what makes integers of these.
  static constexpr int64_t kWeightRow = FACET_KV_TILE * 4 + 64;
  struct Shape {
    int64_t queries, vectors;
  };
  Shape shapeFor(int64_t queries, int64_t vectors) const;
  Value blockOf(const Place &tile, int64_t index, HeadAt headAt);
  void findBlocks(const Place &tile, const Place &next, HeadAt headAt);
  void softmax(Value tile, Value query, Value row);
  Value rescaled(Value query, Value old, Value maximum);
  Value queryAt(Value query) { return b.at(queries, b.mul(query, queryBytes)); }
  /// Scores, then probabilities of the `i`-th of the queries that are in hand.
  Value weightsAt(int64_t i);
  SmallVector<Value> dot(ArrayRef<Value> rows, ArrayRef<Value> lines, ArrayRef<Value> ahead,
                         ArrayRef<Value> from, int64_t steps, int64_t stride, Type rowElement,
                         Type lineElement);

  void scores(Value first, Shape shape);
  void storeScores(Shape shape, Value block, ArrayRef<Value> scores);
  void values(Value first, Shape shape, const Place &tile);
  Value storeProbabilities(ArrayRef<Value> probabilities, Value row);

  int64_t quantQueryBytes() const;
  void storeQuantQuery(Value to, llvm::function_ref<Value(Value column)> read);
  void findLargestScales();
  void quantScores(Value first, Shape shape);
  SmallVector<Value> addGroupScores(Value queries, Shape shape, Value block, Value group, ValueRange sums);
  Value storeQuantProbabilities(ArrayRef<Value> probabilities, Value row);
  void quantValues(Value first, int64_t count, const Place &tile);
  void scaleWeights(int64_t count, Value group);
  Value packPairs(Value words);

  KernelBuilder &b;
  KvLayout layout;
  int64_t heads;
  int64_t capacity;     // vectors of 16 sums that the registers hold
  bool byteDots;        // four int8 products are added in one instruction
  Type queryElement;    // of floats
  int64_t elementBytes; // of these
  int64_t queryBytes;   // of a query
  Value queries, sums, weights, maxima, denominators, lows, highs;
  Value blocks, nextBlocks;           // addresses of the head in the blocks of the tile, and of the next one
  Value largestScales, scaledWeights; // of q8 values: of each position's groups; of one group, by query
};

} // namespace mlir::facet
