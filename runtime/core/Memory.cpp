// The default allocator and the embedder's.
#include "runtime/core/Memory.h"

#include <cstdint>
#include <cstdlib>
#include <sys/mman.h>

using namespace facet;

static constexpr size_t smallPage = 4096,
                        hugePage = 2u << 20; // the largest alignment that is asked for is a page
// From here on blocks are mappings of their own. On malloc's heap, aligned blocks of sessions that come and
// go leave holes that it never fills (glibc 2.36): memory grew without end.
static constexpr size_t mappedBytes = 64u << 10;

/// Null, or pages at a multiple of `alignment`, itself a multiple of the page size.
static void *mapAligned(size_t bytes, size_t alignment) {
  const CheckedSize checked = CheckedSize(bytes) + alignment;
  if (!checked.fits())
    return nullptr;
  const size_t room = checked.value();
  void *mapping = mmap(nullptr, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping == MAP_FAILED)
    return nullptr;
  const auto start = reinterpret_cast<uintptr_t>(mapping);
  const uintptr_t aligned = (start + alignment - 1) / alignment * alignment;
  if (aligned > start)
    munmap(mapping, aligned - start);
  if (start + room > aligned + bytes)
    munmap(reinterpret_cast<void *>(aligned + bytes), start + room - aligned - bytes);
  return reinterpret_cast<void *>(aligned);
}

/// Blocks end at a whole page. False if that is beyond all memory.
static bool wholePages(size_t &bytes) {
  const CheckedSize padded = CheckedSize(bytes) + (smallPage - 1);
  if (!padded.fits())
    return false;
  bytes = padded.value() / smallPage * smallPage;
  return true;
}

static void *defaultAllocate(void *, size_t bytes, size_t alignment) {
  if (bytes < mappedBytes)
    return std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  if (!wholePages(bytes))
    return nullptr;
  // KV and the arena are walked from end to end: large blocks on huge pages spare most TLB misses.
  const bool huge = bytes >= 4 * hugePage;
  void *memory = mapAligned(bytes, huge ? hugePage : smallPage);
  if (memory && huge)
    madvise(memory, bytes / hugePage * hugePage,
            MADV_HUGEPAGE); // not beyond the plan; an error changes nothing
  return memory;
}

static void defaultRelease(void *, void *memory, size_t bytes) {
  if (bytes < mappedBytes)
    return std::free(memory);
  wholePages(bytes); // it fitted when it was allocated
  munmap(memory, bytes);
}

Allocator::Allocator(const facet_allocator *custom) {
  if (custom)
    functions = *custom;
  else
    functions = {defaultAllocate, defaultRelease, nullptr};
}

void *Allocator::allocate(size_t bytes, size_t alignment) const {
  return functions.allocate(functions.context, bytes,
                            alignment < sizeof(void *) ? sizeof(void *) : alignment);
}

void Allocator::release(void *memory, size_t bytes) const {
  functions.release(functions.context, memory, bytes);
}

Failure facet::outOfMemory(size_t bytes, const char *what) {
  return failure(FACET_OUT_OF_MEMORY, "out of memory: cannot allocate %zu bytes for %s", bytes, what);
}
