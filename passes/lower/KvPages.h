// Keys and values in their pages: the layout that docs/kernel-abi.md ("K/V pages") describes.
#pragma once

#include "passes/lower/KernelBuilder.h"

namespace mlir::facet {

/// Sizes in a block of 16 positions. In bf16 two neighbours share a 32-bit word: of keys two dimensions, of
/// values two positions, so that a line of 64 bytes is what a dot product of pairs takes.
struct KvLayout {
  KvType type;
  Type element;
  bool pairs; // bf16
  int64_t dim;
  int64_t sideBytes; // keys, or values, of one head

  explicit KvLayout(KvType type);

  int64_t headBytes() const { return 2 * sideBytes; }
  int64_t blockBytes() const { return type.getHeads() * headBytes(); }
  /// Lines of a block's keys and values: each one depth, or a pair of them.
  int64_t keyLines() const { return pairs ? dim / 2 : dim; }
  int64_t valueLines() const;
  /// From one line of values to the next; lines of keys follow one another.
  int64_t valueStride() const { return dim * 4; }
};

/// Address of the block of 16 positions that holds `position` in a K/V stream (facet_kv_view, abi.h).
Value kvBlockAddress(KernelBuilder &b, Value view, const KvLayout &layout, Value sequence, Value position);

/// Writes 16 columns from `column` on of the key and the value at `position` of one head; `head` is its part
/// of the block.
void storeKeyAndValue(KernelBuilder &b, const KvLayout &layout, Value head, Value position, Value column,
                      Value key, Value value);

} // namespace mlir::facet
