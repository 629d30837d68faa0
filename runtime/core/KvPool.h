// The pages of one KV kind: a pool, page tables for each sequence slot, reference counts and copy on write.
// Pages are opaque bytes here. Memory is taken when the pool is made; nothing later allocates. One thread.
#ifndef FACET_RUNTIME_CORE_KVPOOL_H
#define FACET_RUNTIME_CORE_KVPOOL_H

#include "runtime/abi.h"
#include "runtime/artifact_format.h"
#include "runtime/core/Memory.h"

namespace facet {

/// Sizes of a pool; see planPool().
struct PoolShape {
  long long pageBytes;
  int pageShift;    // log2 of positions
  int pagesPerSlot; // of the page table: context / positions of a page
  int pages;        // physical, beside the one of zeros
  int window;       // 0: everything is kept
  int rollback;
};
/// `sequences`, `context` and so on are those of the session's options, filled in.
PoolShape planPool(const facet_kv_kind &kind, const facet_session_options &options);

class KvPool {
public:
  Status create(const PoolShape &shape, int slots, uint64_t shuffleSeed, const Allocator &allocator);
  const PoolShape &shape() const { return sizes; }

  /// The view of the stream that begins at `positionOffset` bytes of a position.
  facet_kv_view view(unsigned long long positionOffset) const;

  /// Physical pages that prepare() would take.
  int pagesFor(int slot, int position, int count) const;
  int pagesFree() const { return freeCount; }
  /// Makes the pages of `count` positions from `position` writable by `slot` alone: takes zeroed pages and
  /// copies shared ones. There must be enough free pages.
  void prepare(int slot, int position, int count);
  /// Gives back what no query from position length - rollback on can see.
  void releaseBehind(int slot, int length);
  /// Gives back pages that hold no position below `length`; 0 forgets everything.
  void truncate(int slot, int length);
  /// The lowest length that truncate() may go to, beside 0.
  int lowestLength(int slot) const;
  /// The first position that is kept: 0 or a multiple of FACET_KV_TILE.
  int firstKept(int slot) const { return valid[static_cast<size_t>(slot)]; }
  /// The first position that must be kept when a sequence has `length` positions.
  int firstNeeded(int length) const;
  /// `to`, which is empty, shares all pages of `from`.
  void share(int from, int to);
  /// For restoring: `slot` is empty and will hold positions from `position` (a multiple of FACET_KV_TILE) on.
  void startAt(int slot, int position);
  /// The block of FACET_KV_BLOCK positions that begins at `position`, of a stream that begins at
  /// `positionOffset` bytes of a position and has `streamBytes` of it. The page must be kept.
  char *block(int slot, int position, unsigned long long positionOffset,
              unsigned long long streamBytes) const;

private:
  int *row(int slot) const {
    return tables.data() + static_cast<size_t>(slot) * static_cast<size_t>(sizes.pagesPerSlot);
  }
  char *address(int page) const { return memory.data() + page * sizes.pageBytes; }
  int take();
  void drop(int page);

  PoolShape sizes{};
  Buffer<char> memory;    // page 0 is zeros: what tables hold where there is no page
  Buffer<int> tables;     // [slot][pagesPerSlot]
  Buffer<int> references; // [page]
  Buffer<int> freePages;  // a stack
  int freeCount = 0;
  Buffer<int> kept, ends; // [slot]: first logical page that is kept, and one past the last
  Buffer<int> valid;      // [slot]: first position that is kept; a restored one may begin within a page
  uint64_t shuffle = 0;
};

} // namespace facet
#endif
