// Waiting for a condition that other threads make true: spin for some microseconds, then sleep on a futex.
// Neither side makes a system call while nobody sleeps.
#ifndef FACET_RUNTIME_CORE_PARKING_H
#define FACET_RUNTIME_CORE_PARKING_H

#include <atomic>
#include <cstdint>

namespace facet {

void futexWait(std::atomic<uint32_t> &word, uint32_t expected);
void futexWakeAll(std::atomic<uint32_t> &word);

inline void relaxCpu() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

class Parking {
public:
  /// Returns when `condition()` is true. It reads atomics with sequential consistency (the default), so that
  /// either this sees a change or the changer sees the sleeper.
  template <typename Condition> void wait(Condition condition) {
    for (int i = 0; i < spins; ++i) {
      if (condition())
        return;
      relaxCpu();
    }
    sleepers.fetch_add(1);
    for (;;) {
      uint32_t seen = epoch.load();
      if (condition())
        break;
      futexWait(epoch, seen);
    }
    sleepers.fetch_sub(1);
  }
  /// Call after a sequentially consistent change of what conditions read.
  void notify() {
    if (sleepers.load() == 0)
      return;
    epoch.fetch_add(1);
    futexWakeAll(epoch);
  }

private:
  static constexpr int spins = 2000; // about the gap between two steps while decoding
  std::atomic<uint32_t> epoch{0}, sleepers{0};
};

} // namespace facet
#endif
