// The default allocator and the embedder's.
#include "runtime/core/Memory.h"

#include <cstdlib>
#include <sys/mman.h>

using namespace facet;

static constexpr size_t hugePage = 2u << 20;

static void *defaultAllocate(void *, size_t bytes, size_t alignment) {
  // KV and the arena are walked from end to end: large blocks on huge pages spare most TLB misses.
  bool huge = bytes >= 4 * hugePage;
  if (huge)
    alignment = hugePage;
  size_t padded;
  if (addOverflows(bytes, alignment - 1, padded))
    return nullptr;
  void *memory = std::aligned_alloc(alignment, padded / alignment * alignment);
  if (memory && huge)
    madvise(memory, bytes / hugePage * hugePage,
            MADV_HUGEPAGE); // not beyond the plan; an error changes nothing
  return memory;
}

static void defaultRelease(void *, void *memory, size_t) { std::free(memory); }

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
