// Memory of the runtime: the embedder's allocator, and arrays that own what it gave.
// Nothing here is called while a session steps.
#ifndef FACET_RUNTIME_CORE_MEMORY_H
#define FACET_RUNTIME_CORE_MEMORY_H

#include "runtime/CheckedSize.h"
#include "runtime/core/Result.h"

#include <cstddef>
#include <type_traits>

namespace facet {

/// A copy of the embedder's facet_allocator, or the default one.
class Allocator {
public:
  explicit Allocator(const facet_allocator *custom);
  /// Null when there is no memory. `alignment` is a power of two; huge blocks of the default allocator are
  /// advised to use huge pages.
  void *allocate(size_t bytes, size_t alignment) const;
  void release(void *memory, size_t bytes) const;

  template <typename T, typename... Args> T *create(Args &&...args) const {
    void *memory = allocate(sizeof(T), alignof(T));
    return memory ? new (memory) T(std::forward<Args>(args)...) : nullptr;
  }
  /// By value: the object may hold the allocator that frees it.
  template <typename T> static void destroy(Allocator allocator, T *object) {
    object->~T();
    allocator.release(object, sizeof(T));
  }

private:
  facet_allocator functions;
};

[[nodiscard]] Failure outOfMemory(size_t bytes, const char *what);

/// An owned array of plain elements; not zeroed unless asked.
template <typename T> class Buffer {
  static_assert(std::is_trivially_destructible_v<T>);

public:
  Buffer() : allocator(nullptr) {}
  Buffer(Buffer &&other) : allocator(other.allocator), elements(other.elements), count(other.count) {
    other.elements = nullptr;
    other.count = 0;
  }
  Buffer &operator=(Buffer &&other) {
    std::swap(allocator, other.allocator);
    std::swap(elements, other.elements);
    std::swap(count, other.count);
    return *this;
  }
  ~Buffer() {
    if (elements)
      allocator.release(elements, count * sizeof(T));
  }

  /// `what` names the memory in the error.
  static Result<Buffer> create(const Allocator &allocator, size_t count, const char *what,
                               bool zeroed = false, size_t alignment = 64) {
    Buffer buffer(allocator);
    const CheckedSize checked = CheckedSize(count) * sizeof(T);
    if (!checked.fits())
      return outOfMemory(static_cast<size_t>(-1), what);
    const size_t bytes = checked.value();
    if (count == 0)
      return buffer;
    buffer.elements = static_cast<T *>(allocator.allocate(bytes, alignment));
    if (!buffer.elements)
      return outOfMemory(bytes, what);
    buffer.count = count;
    if (zeroed)
      __builtin_memset(static_cast<void *>(buffer.elements), 0, bytes);
    return buffer;
  }

  T *data() const { return elements; }
  size_t size() const { return count; }
  T &operator[](size_t index) const { return elements[index]; }
  T *begin() const { return elements; }
  T *end() const { return elements + count; }

private:
  explicit Buffer(const Allocator &allocator) : allocator(allocator) {}
  Allocator allocator;
  T *elements = nullptr;
  size_t count = 0;
};

/// Fills `buffer`; for members that are made one after another.
template <typename T>
Status allocateInto(Buffer<T> &buffer, const Allocator &allocator, size_t count, const char *what,
                    bool zeroed = false, size_t alignment = 64) {
  auto made = Buffer<T>::create(allocator, count, what, zeroed, alignment);
  if (!made)
    return made.error();
  buffer = made.take();
  return success();
}

} // namespace facet
#endif
