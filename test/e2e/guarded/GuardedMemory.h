// Memory between pages that fault, for what sanitizers cannot see: accesses of generated code.
#ifndef FACET_TEST_E2E_GUARDED_GUARDEDMEMORY_H
#define FACET_TEST_E2E_GUARDED_GUARDEDMEMORY_H

#include <cstddef>

namespace facet::test {

/// Which guard the bytes touch. At the back, an alignment of more than their size leaves bytes between.
enum class Guard { Front, Back };

/// `count` blocks of `size` bytes at equal distances, with a guard page before and behind each. All bytes
/// between the guards are 0xff at first: NaN in f32 and bf16, -1 as an integer.
class GuardedMemory {
public:
  GuardedMemory(size_t size, size_t alignment, Guard guard, size_t count = 1);
  GuardedMemory(GuardedMemory &&other) noexcept;
  GuardedMemory(const GuardedMemory &) = delete;
  GuardedMemory &operator=(GuardedMemory &&) = delete;
  ~GuardedMemory();

  char *at(size_t block) const { return mapping + first + block * stride; }
  size_t distance() const { return stride; }
  /// From here on writing faults.
  void makeReadOnly();
  /// Whether the bytes between blocks and guards are as they were.
  bool marginsIntact() const;

  bool contains(const void *address) const;
  /// Of an address that it contains: whether it is in no guard.
  bool allows(const void *address) const;

private:
  size_t bytes() const;

  size_t size, room, stride, count;
  size_t first; // of block 0 in the mapping
  char *mapping;
};

} // namespace facet::test
#endif
