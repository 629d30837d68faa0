// Page bookkeeping of one KV kind.
#include "runtime/core/KvPool.h"
#include "runtime/core/Random.h"

#include <algorithm>
#include <climits>
#include <cstring>

using namespace facet;

static int ceilDiv(long long a, long long b) { return static_cast<int>((a + b - 1) / b); }

PoolShape facet::planPool(const facet_kv_kind &kind, const facet_session_options &options) {
  const int positions = options.page_positions;
  PoolShape shape{};
  shape.pageShift = __builtin_ctz(static_cast<unsigned>(positions));
  shape.pageBytes = static_cast<long long>(kind.bytes_per_position) * positions;
  shape.pagesPerSlot = ceilDiv(options.context, positions);
  shape.window = static_cast<int>(kind.window);
  shape.rollback = options.rollback;
  const long long everything = static_cast<long long>(options.sequences) * shape.pagesPerSlot;
  long long pages;
  if (shape.window == 0) {
    pages = (options.pool_positions + positions - 1) / positions + options.sequences;
  } else {
    // A sequence at rest keeps window + rollback, from the start of a tile and of a page; all rows of a step
    // may add to any of them.
    const long long atRest =
        ceilDiv(static_cast<long long>(shape.window) + shape.rollback + FACET_KV_TILE, positions) + 1;
    pages = options.sequences * atRest + ceilDiv(options.max_rows, positions) + options.sequences;
  }
  shape.pages = static_cast<int>(std::min({pages, everything, INT_MAX - 1ll}));
  return shape;
}

Status KvPool::create(const PoolShape &shape, int slots, uint64_t shuffleSeed, const Allocator &allocator) {
  sizes = shape;
  const auto pages = static_cast<size_t>(shape.pages), count = static_cast<size_t>(slots);
  const CheckedSize bytes = CheckedSize(pages + 1) * static_cast<size_t>(shape.pageBytes);
  if (!bytes.fits())
    return outOfMemory(static_cast<size_t>(-1), "KV pages");
  FACET_TRY(allocateInto(memory, allocator, bytes.value(), "KV pages", false, 4096));
  std::memset(memory.data(), 0, static_cast<size_t>(shape.pageBytes)); // the others when they are taken
  FACET_TRY(
      allocateInto(tables, allocator, count * static_cast<size_t>(shape.pagesPerSlot), "page tables", true));
  FACET_TRY(allocateInto(references, allocator, pages + 1, "page tables", true));
  FACET_TRY(allocateInto(freePages, allocator, pages, "page tables"));
  FACET_TRY(allocateInto(kept, allocator, count, "page tables", true));
  FACET_TRY(allocateInto(ends, allocator, count, "page tables", true));
  FACET_TRY(allocateInto(valid, allocator, count, "page tables", true));
  shuffle = shuffleSeed;
  for (int page = shape.pages; page > 0; --page) { // so that page 1 is taken first
    references[static_cast<size_t>(page)] = 1;
    drop(page);
  }
  return success();
}

facet_kv_view KvPool::view(unsigned long long positionOffset) const {
  return {memory.data() + (positionOffset << sizes.pageShift), sizes.pageBytes, sizes.pageShift,
          tables.data(), sizes.pagesPerSlot};
}

int KvPool::take() {
  int page = freePages[static_cast<size_t>(--freeCount)];
  references[static_cast<size_t>(page)] = 1;
  return page;
}

void KvPool::drop(int page) {
  if (--references[static_cast<size_t>(page)] > 0)
    return;
  int *top = &freePages[static_cast<size_t>(freeCount++)];
  *top = page;
  if (shuffle) {
    shuffle = mixBits(shuffle);
    std::swap(*top, freePages[shuffle % static_cast<uint64_t>(freeCount)]);
  }
}

int KvPool::pagesFor(int slot, int position, int count) const {
  int first = position >> sizes.pageShift, last = (position + count - 1) >> sizes.pageShift;
  int end = ends[static_cast<size_t>(slot)], pages = 0;
  for (int p = first; p <= last; ++p)
    pages += p >= end || references[static_cast<size_t>(row(slot)[p])] > 1;
  return pages;
}

void KvPool::prepare(int slot, int position, int count) {
  int first = position >> sizes.pageShift, last = (position + count - 1) >> sizes.pageShift;
  int &end = ends[static_cast<size_t>(slot)];
  const auto bytes = static_cast<size_t>(sizes.pageBytes);
  for (int p = first; p <= last; ++p) {
    int &entry = row(slot)[p];
    if (p >= end) {
      entry = take();
      // Masked keys are multiplied by zero: they must be finite, whatever the page held before.
      std::memset(address(entry), 0, bytes);
      end = p + 1;
    } else if (references[static_cast<size_t>(entry)] > 1) {
      int copy = take();
      std::memcpy(address(copy), address(entry), bytes);
      drop(entry);
      entry = copy;
    }
  }
}

int KvPool::firstNeeded(int length) const {
  // Kernels read whole tiles, and so may touch masked keys from the start of the first visible one's tile.
  return sizes.window == 0
             ? 0
             : std::max(0, length - sizes.rollback - sizes.window + 1) / FACET_KV_TILE * FACET_KV_TILE;
}

void KvPool::releaseBehind(int slot, int length) {
  int &first = kept[static_cast<size_t>(slot)], end = ends[static_cast<size_t>(slot)];
  for (int needed = firstNeeded(length) >> sizes.pageShift; first < needed && first < end; ++first) {
    drop(row(slot)[first]);
    row(slot)[first] = 0;
    valid[static_cast<size_t>(slot)] = (first + 1) << sizes.pageShift;
  }
}

void KvPool::truncate(int slot, int length) {
  int &end = ends[static_cast<size_t>(slot)], &first = kept[static_cast<size_t>(slot)];
  for (int pages = ceilDiv(length, 1ll << sizes.pageShift); end > std::max(pages, first); --end) {
    drop(row(slot)[end - 1]);
    row(slot)[end - 1] = 0;
  }
  if (length == 0)
    end = first = valid[static_cast<size_t>(slot)] = 0;
}

int KvPool::lowestLength(int slot) const {
  // A query there sees window - 1 positions before itself.
  int first = firstKept(slot);
  return first == 0 ? 0 : first + sizes.window - 1;
}

void KvPool::share(int from, int to) {
  kept[static_cast<size_t>(to)] = kept[static_cast<size_t>(from)];
  ends[static_cast<size_t>(to)] = ends[static_cast<size_t>(from)];
  valid[static_cast<size_t>(to)] = valid[static_cast<size_t>(from)];
  for (int p = kept[static_cast<size_t>(from)]; p < ends[static_cast<size_t>(from)]; ++p) {
    row(to)[p] = row(from)[p];
    ++references[static_cast<size_t>(row(to)[p])];
  }
}

void KvPool::startAt(int slot, int position) {
  kept[static_cast<size_t>(slot)] = ends[static_cast<size_t>(slot)] = position >> sizes.pageShift;
  valid[static_cast<size_t>(slot)] = position;
}

char *KvPool::block(int slot, int position, unsigned long long positionOffset,
                    unsigned long long streamBytes) const {
  char *stream = view(positionOffset).base + row(slot)[position >> sizes.pageShift] * sizes.pageBytes;
  return stream + static_cast<unsigned long long>(position & ((1 << sizes.pageShift) - 1)) * streamBytes;
}
