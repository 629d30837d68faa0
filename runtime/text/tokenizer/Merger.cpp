// Two ways to the same result: short pieces look for the lowest rank again after each merge, long ones keep a heap.
#include "runtime/text/tokenizer/Merger.h"

#include <algorithm>

namespace facet {
namespace {
constexpr uint32_t None = Tokenizer::None;
/// Up to here looking again is faster than a heap.
constexpr size_t Few = 48;
} // namespace

Merger::Merger(const Tokenizer &T)
    : Slots(T.table<facet_tokenizer_merge>(FACET_TOKENIZER_MERGES)), Mask(T.count(FACET_TOKENIZER_MERGES) - 1) {}

size_t Merger::merge(uint32_t *Symbols, size_t Count) {
  return Count <= Few ? mergeFew(Symbols, Count) : mergeMany(Symbols, Count);
}

size_t Merger::mergeFew(uint32_t *Symbols, size_t Count) {
  Found Pairs[Few];
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

void Merger::push(uint32_t Rank, uint32_t Position) {
  uint64_t Entry = uint64_t(Rank) << 32 | Position;
  size_t At = Heap.size();
  Heap.push_back(Entry);
  for (; At > 0 && Heap[(At - 1) / 4] > Entry; At = (At - 1) / 4)
    Heap[At] = Heap[(At - 1) / 4];
  Heap[At] = Entry;
}

uint64_t Merger::pop() {
  uint64_t Top = Heap[0], Last = Heap.back();
  Heap.pop_back();
  size_t At = 0, Size = Heap.size();
  if (Size == 0)
    return Top;
  for (;;) {
    size_t Child = At * 4 + 1, End = std::min(Child + 4, Size);
    if (Child >= Size)
      break;
    size_t Least = Child;
    for (size_t I = Child + 1; I < End; ++I)
      Least = Heap[I] < Heap[Least] ? I : Least;
    if (Heap[Least] >= Last)
      break;
    Heap[At] = Heap[Least];
    At = Least;
  }
  Heap[At] = Last;
  return Top;
}

size_t Merger::mergeMany(uint32_t *Symbols, size_t Count) {
  Links.resize(Count);
  Heap.clear();
  for (size_t I = 0; I < Count; ++I) {
    Found Pair = I + 1 < Count ? find(Symbols[I], Symbols[I + 1]) : Found{None, 0};
    uint32_t Here = static_cast<uint32_t>(I);
    Links[I] = {Here + 1, Here - 1, Pair}; // the ends' outer neighbours are Count and None
    if (Pair.Rank != None)
      Heap.push_back(uint64_t(Pair.Rank) << 32 | Here);
  }
  std::sort(Heap.begin(), Heap.end()); // ascending order is a heap
  auto Update = [&](uint32_t Left) {
    Links[Left].Pair = find(Symbols[Left], Symbols[Links[Left].Next]);
    if (Links[Left].Pair.Rank != None)
      push(Links[Left].Pair.Rank, Left);
  };
  while (!Heap.empty()) {
    uint64_t Top = pop();
    uint32_t Left = static_cast<uint32_t>(Top);
    Link &L = Links[Left];
    if (L.Pair.Rank != Top >> 32) // the pair has changed since
      continue;
    Symbols[Left] = L.Pair.Result;
    Link &Gone = Links[L.Next];
    L.Next = Gone.Next;
    Gone.Pair.Rank = None;
    L.Pair.Rank = None;
    if (L.Next < Count) {
      Links[L.Next].Previous = Left;
      Update(Left);
    }
    if (L.Previous != None)
      Update(L.Previous);
  }
  size_t Left = 0;
  for (uint32_t I = 0; I < Count; I = Links[I].Next)
    Symbols[Left++] = Symbols[I];
  return Left;
}

} // namespace facet
