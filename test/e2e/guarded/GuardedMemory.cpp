#include "GuardedMemory.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/mman.h>
#include <system_error>
#include <utility>

using namespace facet::test;

static constexpr size_t pageBytes = 4096;
static constexpr char poison = '\xff';

static size_t roundUp(size_t value, size_t to) { return (value + to - 1) / to * to; }

static void protect(char *from, size_t bytes, int access) {
  if (bytes && mprotect(from, bytes, access) != 0)
    throw std::system_error(errno, std::generic_category(), "mprotect");
}

GuardedMemory::GuardedMemory(size_t size, size_t alignment, Guard guard, size_t count)
    : size(size), room(roundUp(size, pageBytes)), stride(room + pageBytes), count(count),
      first(pageBytes + (guard == Guard::Back ? room - roundUp(size, alignment) : 0)) {
  void *mapped = mmap(nullptr, bytes(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED)
    throw std::system_error(errno, std::generic_category(), "mmap");
  mapping = static_cast<char *>(mapped);
  for (size_t i = 0; i < count; ++i) {
    char *usable = mapping + pageBytes + i * stride;
    protect(usable, room, PROT_READ | PROT_WRITE);
    std::memset(usable, poison, room);
  }
}

GuardedMemory::GuardedMemory(GuardedMemory &&other) noexcept
    : size(other.size), room(other.room), stride(other.stride), count(other.count), first(other.first),
      mapping(std::exchange(other.mapping, nullptr)) {}

GuardedMemory::~GuardedMemory() {
  if (mapping)
    munmap(mapping, bytes());
}

size_t GuardedMemory::bytes() const { return pageBytes + count * stride; }

void GuardedMemory::makeReadOnly() {
  for (size_t i = 0; i < count; ++i)
    protect(mapping + pageBytes + i * stride, room, PROT_READ);
}

bool GuardedMemory::marginsIntact() const {
  auto poisoned = [](char byte) { return byte == poison; };
  for (size_t i = 0; i < count; ++i) {
    const char *begin = mapping + pageBytes + i * stride;
    if (!std::all_of(begin, static_cast<const char *>(at(i)), poisoned) ||
        !std::all_of(static_cast<const char *>(at(i)) + size, begin + room, poisoned))
      return false;
  }
  return true;
}

bool GuardedMemory::contains(const void *address) const {
  const char *where = static_cast<const char *>(address);
  return where >= mapping && where < mapping + bytes();
}

bool GuardedMemory::allows(const void *address) const {
  return (static_cast<size_t>(static_cast<const char *>(address) - mapping) % stride) >= pageBytes;
}
