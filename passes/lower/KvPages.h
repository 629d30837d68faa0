// Keys and values in their pages: the layout that docs/kernel-abi.md ("K/V pages") describes.
#pragma once

#include "ir/Storage.h"
#include "passes/lower/KernelBuilder.h"
#include "runtime/abi.h"

namespace mlir::facet {

/// Sizes in a block of 16 positions. A line of 64 bytes is 16 words: of keys a word a position, of values a
/// word a column. A word of f32 holds one element, of bf16 two neighbours, of q8 four: of keys neighbouring
/// dimensions, of values neighbouring positions.
struct KvLayout {
  KvType type;
  Type element;
  int64_t depths; // elements of a word
  int64_t dim;
  int64_t sideBytes;  // keys, or values, of one head
  int64_t scaleBytes; // their f16 scales, for each 32 dimensions [16 positions]; behind keys and values

  explicit KvLayout(KvType type);

  bool quantized() const { return scaleBytes != 0; }
  int64_t headBytes() const { return 2 * (sideBytes + scaleBytes); }
  int64_t blockBytes() const { return type.getHeads() * headBytes(); }
  /// From a head's part of a block to its scales; `kScaleRow` from one group of dimensions to the next.
  int64_t keyScales() const { return 2 * sideBytes; }
  int64_t valueScales() const { return keyScales() + scaleBytes; }
  static constexpr int64_t kScaleRow = FACET_KV_BLOCK * 2;
  int64_t keyLines() const { return dim / depths; }
  int64_t valueLines() const;
  /// From one line of values to the next; lines of keys follow one another.
  int64_t valueStride() const { return dim * 4; }
};

/// Address of the block of 16 positions that holds `position` in a K/V stream (facet_kv_view, abi.h).
Value kvBlockAddress(KernelBuilder &b, Value view, const KvLayout &layout, Value sequence, Value position);

/// Writes the key and the value at `position` of one head, whose part of the block is `head`. Both are read
/// 16 columns at a time.
using ReadColumns = llvm::function_ref<Value(Value column)>;
void storeKeyAndValue(KernelBuilder &b, const KvLayout &layout, Value head, Value position, ReadColumns key,
                      ReadColumns value);

} // namespace mlir::facet
