// Two ways to the same result: short pieces look for the lowest rank again after each merge, long ones keep a
// queue.
#include "runtime/text/tokenizer/Merger.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace facet {
namespace {
constexpr uint32_t None = Tokenizer::None;
/// Up to here looking again is faster than the queue.
constexpr size_t Few = 48;
/// How far ahead of the merging memory is asked for.
constexpr size_t Ahead = 16;
} // namespace

Merger::Merger(const Tokenizer &T)
    : Slots(T.table<facet_tokenizer_merge>(FACET_TOKENIZER_MERGES)),
      Mask(T.count(FACET_TOKENIZER_MERGES) - 1) {}

size_t Merger::merge(uint32_t *Symbols, size_t Count) {
  return Count <= Few ? mergeFew(Symbols, Count) : mergeMany(Symbols, Count);
}

size_t Merger::mergeFew(uint32_t *Symbols, size_t Count) {
  Found Pairs[Few];
  for (size_t I = 0; I + 1 < Count; ++I)
    __builtin_prefetch(&Slots[facet_tokenizer_pair_hash(Symbols[I], Symbols[I + 1]) & Mask]);
  for (size_t I = 0; I + 1 < Count; ++I)
    Pairs[I] = find(Symbols[I], Symbols[I + 1]);
  while (Count > 1) {
    size_t Best = 0;
    for (size_t I = 1; I + 1 < Count; ++I)
      if (Pairs[I].Rank < Pairs[Best].Rank)
        Best = I;
    if (Pairs[Best].Rank == None)
      break;
    Symbols[Best] = Pairs[Best].Result;
    std::copy(Symbols + Best + 2, Symbols + Count, Symbols + Best + 1);
    if (Best + 2 < Count)
      std::copy(Pairs + Best + 2, Pairs + Count - 1, Pairs + Best + 1);
    --Count;
    if (Best > 0)
      Pairs[Best - 1] = find(Symbols[Best - 1], Symbols[Best]);
    if (Best + 1 < Count)
      Pairs[Best] = find(Symbols[Best], Symbols[Best + 1]);
  }
  return Count;
}

// The queue of a long piece. Ranks mostly come in ascending order, as training made them, so positions wait
// in a list for each rank and one rank is merged after the other, from left to right: cheap, and the memory
// ahead is known. A pair whose rank is not above the one being merged goes into a heap that is served first.

void Merger::queue(uint32_t Rank, uint32_t Position) {
  if (int64_t(Rank) <= Current) {
    Urgent.push_back(uint64_t(Rank) << 32 | Position);
    std::push_heap(Urgent.begin(), Urgent.end(), std::greater<>());
    return;
  }
  uint32_t Slot = FreeWaiting;
  if (Slot != None) {
    FreeWaiting = Pool[Slot].Next;
  } else {
    Slot = static_cast<uint32_t>(Pool.size());
    Pool.emplace_back();
  }
  if (Rank >= Heads.size())
    Heads.resize(Rank + 1, None);
  if (Heads[Rank] == None) {
    Ranks.push_back(Rank);
    std::push_heap(Ranks.begin(), Ranks.end(), std::greater<>());
  }
  Pool[Slot] = {Position, Heads[Rank]};
  Heads[Rank] = Slot;
}

void Merger::startBatch(uint32_t Rank) {
  Current = Rank;
  Batch.clear();
  BatchAt = 0;
  uint32_t Slot = Heads[Rank], Last = Slot;
  for (; Slot != None; Last = Slot, Slot = Pool[Slot].Next)
    Batch.push_back(Pool[Slot].Position);
  Pool[Last].Next = std::exchange(FreeWaiting, std::exchange(Heads[Rank], None));
  std::reverse(Batch.begin(), Batch.end());
  if (!std::is_sorted(Batch.begin(), Batch.end()))
    std::sort(Batch.begin(), Batch.end());
}

/// Takes the least pair from the queue; false if it is empty.
bool Merger::next(uint32_t &Rank, uint32_t &Position) {
  if (BatchAt == Batch.size() && Urgent.empty()) {
    if (Ranks.empty())
      return false;
    std::pop_heap(Ranks.begin(), Ranks.end(), std::greater<>());
    startBatch(Ranks.back());
    Ranks.pop_back();
  }
  if (!Urgent.empty() &&
      (BatchAt == Batch.size() || Urgent[0] < (uint64_t(Current) << 32 | Batch[BatchAt]))) {
    Rank = static_cast<uint32_t>(Urgent[0] >> 32);
    Position = static_cast<uint32_t>(Urgent[0]);
    std::pop_heap(Urgent.begin(), Urgent.end(), std::greater<>());
    Urgent.pop_back();
    return true;
  }
  Rank = static_cast<uint32_t>(Current);
  Position = Batch[BatchAt++];
  if (BatchAt + Ahead < Batch.size())
    __builtin_prefetch(&Links[Batch[BatchAt + Ahead]]);
  return true;
}

size_t Merger::mergeMany(uint32_t *Symbols, size_t Count) {
  if (std::exchange(Busy, true)) { // the call before ran out of memory
    Heads.clear();
    Pool.clear();
    FreeWaiting = None;
    Ranks.clear();
    Batch.clear();
    BatchAt = 0;
    Urgent.clear();
  }
  Links.resize(Count);
  Current = -1;
  for (uint32_t I = 0; I < Count; ++I) {
    uint32_t Rank = I + 1 < Count ? find(Symbols[I], Symbols[I + 1]).Rank : None;
    Links[I] = {Symbols[I], I + 1, I - 1, Rank}; // the ends' outer neighbours are Count and None
    if (Rank != None)
      queue(Rank, I);
  }
  auto Update = [&](uint32_t Left) {
    Link &L = Links[Left];
    L.Rank = find(L.Symbol, Links[L.Next].Symbol).Rank;
    if (L.Rank != None)
      queue(L.Rank, Left);
  };
  uint32_t Rank, Left, PairLeft = None, PairRight = None, Result = None;
  while (next(Rank, Left)) {
    Link &L = Links[Left];
    if (L.Rank != Rank) // the pair has changed since
      continue;
    Link &Gone = Links[L.Next];
    if (PairLeft != L.Symbol || PairRight != Gone.Symbol) { // else as the one before, which is common
      PairLeft = L.Symbol;
      PairRight = Gone.Symbol;
      Result = find(PairLeft, PairRight).Result;
    }
    L.Symbol = Result;
    L.Next = Gone.Next;
    L.Rank = Gone.Rank = None;
    if (L.Next < Count) {
      Links[L.Next].Previous = Left;
      Update(Left);
    }
    if (L.Previous != None)
      Update(L.Previous);
  }
  size_t Rest = 0;
  for (uint32_t I = 0; I < Count; I = Links[I].Next)
    Symbols[Rest++] = Links[I].Symbol;
  Busy = false;
  return Rest;
}

} // namespace facet
