// Byte pair merging of one piece: the lowest rank first, the leftmost of equal ranks.
#ifndef FACET_RUNTIME_TEXT_TOKENIZER_MERGER_H
#define FACET_RUNTIME_TEXT_TOKENIZER_MERGER_H

#include "runtime/text/tokenizer/Tokenizer.h"

#include <vector>

namespace facet {

class Merger {
public:
  explicit Merger(const Tokenizer &T);

  /// Merges Symbols[0, Count) in place and returns how many are left. Count < 2^31. n log n in the worst
  /// case.
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
  void queue(uint32_t Rank, uint32_t Position);
  bool next(uint32_t &Rank, uint32_t &Position);
  void startBatch(uint32_t Rank);

  const facet_tokenizer_merge *Slots;
  uint32_t Mask;

  // For long pieces: the symbols as a list, and a queue of the pairs that merge, ordered by rank, then
  // position.
  struct Link {
    uint32_t Symbol, Next, Previous;
    uint32_t Rank; ///< of the pair with the next symbol; None where there is none or the symbol is gone
  };
  struct Waiting {
    uint32_t Position, Next; ///< Next in Pool, or None
  };
  std::vector<Link> Links;
  std::vector<uint32_t> Heads; ///< by rank: positions that wait for it, newest first, as an index in Pool
  std::vector<Waiting> Pool;
  uint32_t FreeWaiting = Tokenizer::None;
  std::vector<uint32_t> Ranks; ///< those with positions waiting, a heap with the least first
  int64_t Current = -1;        ///< the rank being merged
  std::vector<uint32_t> Batch; ///< its positions, ascending
  size_t BatchAt = 0;
  bool Busy = false; ///< false: the queue is empty
  std::vector<uint64_t>
      Urgent; ///< pairs that came up with a rank not above Current, rank << 32 | position: a heap
};

} // namespace facet
#endif
