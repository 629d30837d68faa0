// Byte pair merging of one piece: the lowest rank first, the leftmost of equal ranks.
#ifndef FACET_RUNTIME_TEXT_TOKENIZER_MERGER_H
#define FACET_RUNTIME_TEXT_TOKENIZER_MERGER_H

#include "runtime/text/tokenizer/Tokenizer.h"

#include <vector>

namespace facet {

class Merger {
public:
  explicit Merger(const Tokenizer &T);

  /// Merges Symbols[0, Count) in place and returns how many are left. Count < 2^31. n log n in the worst case.
  size_t merge(uint32_t *Symbols, size_t Count);

private:
  struct Found {
    uint32_t Rank, Result;
  };
  /// What a neighbouring pair becomes; rank None if nothing.
  Found find(uint32_t Left, uint32_t Right) const {
    for (uint32_t Slot = facet_tokenizer_pair_hash(Left, Right) & Mask; Slots[Slot].left != Tokenizer::None;
         Slot = (Slot + 1) & Mask)
      if (Slots[Slot].left == Left && Slots[Slot].right == Right)
        return {Slots[Slot].rank, Slots[Slot].result};
    return {Tokenizer::None, 0};
  }
  size_t mergeFew(uint32_t *Symbols, size_t Count);
  size_t mergeMany(uint32_t *Symbols, size_t Count);
  void push(uint32_t Rank, uint32_t Position);
  uint64_t pop();

  const facet_tokenizer_merge *Slots;
  uint32_t Mask;

  struct Link {
    uint32_t Next, Previous;
    Found Pair; ///< with the next symbol; rank None also where the symbol is gone
  };
  std::vector<Link> Links;
  std::vector<uint64_t> Heap; ///< rank << 32 | position, a heap of four children a node, least first
};

} // namespace facet
#endif
