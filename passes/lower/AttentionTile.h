// Online softmax of some queries over one tile of 64 keys, around the micro-kernel of the target.
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
  void storeQuery(Value query, Value column, Value chunk);
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
  struct Shape {
    int64_t queries, vectors;
  };
  Shape shapeFor(int64_t queries, int64_t vectors) const;
  Value seenBlock(const Place &tile, int64_t index);
  Value unpackedAt(Value block) { return b.at(unpacked, b.mul(block, lineLayout.headBytes())); }
  Value blockOf(const Place &tile, int64_t index, HeadAt headAt);
  void findBlocks(const Place &tile, const Place &next, HeadAt headAt);
  void scores(Value first, Shape shape);
  void softmax(Value tile, Value query, Value row);
  void values(Value first, Shape shape, const Place &tile);
  Value rescaled(Value query, Value old, Value maximum);
  SmallVector<Value> dot(ArrayRef<Value> rows, ArrayRef<Value> lines, ArrayRef<Value> ahead,
                         ArrayRef<Value> from, int64_t steps, int64_t stride);

  KernelBuilder &b;
  KvLayout layout, lineLayout; // in the pages; as the micro-kernel reads them
  int64_t heads;
  int64_t capacity; // vectors of 16 sums that the registers hold
  Type queryElement;
  int64_t queryBytes; // of one element
  Value queries, sums, weights, maxima, denominators, lows, highs;
  Value blocks, nextBlocks; // addresses of the head in the blocks of the tile, and of the next one
  Value unpacked;           // the blocks of a tile whose pages are quantised
};

} // namespace mlir::facet
