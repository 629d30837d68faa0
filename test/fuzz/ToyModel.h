// The toy artifact opened from memory, for the fuzz programs of the runtime.
#pragma once

#include "ArtifactBuilder.h"

#include <cstdlib>
#include <cstring>

namespace facet::test {

inline void require(bool holds) {
  if (!holds)
    std::abort();
}

/// Fails for what is large: a hostile plan may ask for anything.
inline const facet_allocator bounded = {[](void *, size_t size, size_t alignment) -> void * {
                                          void *memory = nullptr;
                                          return size > 8u << 20 || posix_memalign(&memory, alignment, size)
                                                     ? nullptr
                                                     : memory;
                                        },
                                        [](void *, void *memory, size_t) { std::free(memory); }, nullptr};

/// A copy that ends where its allocation ends.
class AlignedBytes {
public:
  explicit AlignedBytes(const std::string &bytes) : size(bytes.size()) {
    require(posix_memalign(&memory, 64, size) == 0);
    std::memcpy(memory, bytes.data(), size);
  }
  ~AlignedBytes() { std::free(memory); }
  AlignedBytes(const AlignedBytes &) = delete;
  facet_code open(facet_model **model, const facet_allocator *allocator) const {
    facet_open_options options = {};
    options.verify = FACET_VERIFY_NEVER;
    options.allocator = allocator;
    return facet_model_open_memory(memory, size, &options, model, nullptr);
  }

private:
  void *memory = nullptr;
  size_t size;
};

inline facet_executor *oneThread() {
  static facet_executor *const executor = [] {
    facet_executor *made = nullptr;
    require(facet_executor_create(1, nullptr, &made, nullptr) == FACET_OK);
    return made;
  }();
  return executor;
}

} // namespace facet::test
