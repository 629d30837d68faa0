// Which pieces of a dispatch are taken. A worker takes those of its own share first, so that it streams the
// part of a weight that it has prefetched, and then those that others have not begun: nobody waits for a
// thread that the system has taken off its CPU before it took a piece.
#ifndef FACET_RUNTIME_CORE_PIECECLAIMS_H
#define FACET_RUNTIME_CORE_PIECECLAIMS_H

#include <atomic>
#include <cstdint>

namespace facet {

class PieceClaims {
public:
  static constexpr int most = 256;

  /// While no worker looks. `pieces` is 1 .. most.
  void reset(int pieces) {
    for (int word = 0; word * 64 < pieces; ++word)
      taken[word].store(0, std::memory_order_relaxed);
  }

  /// The first piece of a worker's share.
  static int shareOf(int worker, int workers, int pieces) {
    return static_cast<int>(static_cast<int64_t>(worker) * pieces / workers);
  }

  /// A piece that is the caller's to do, or -1 if all are taken. It orders no memory.
  int take(int worker, int workers, int pieces) {
    const int own = shareOf(worker, workers, pieces);
    for (int piece = own; piece < pieces; ++piece)
      if (claim(piece))
        return piece;
    for (int piece = 0; piece < own; ++piece)
      if (claim(piece))
        return piece;
    return -1;
  }

  bool allTaken(int pieces) const {
    for (int word = 0; word * 64 < pieces; ++word) {
      const int bits = pieces - word * 64;
      const uint64_t all = bits >= 64 ? ~0ull : (1ull << bits) - 1;
      if (taken[word].load(std::memory_order_relaxed) != all)
        return false;
    }
    return true;
  }

private:
  bool claim(int piece) {
    std::atomic<uint64_t> &word = taken[piece / 64];
    const uint64_t bit = 1ull << piece % 64;
    return !(word.load(std::memory_order_relaxed) & bit) &&
           !(word.fetch_or(bit, std::memory_order_relaxed) & bit);
  }

  std::atomic<uint64_t> taken[most / 64];
};

} // namespace facet
#endif
