// What this machine can do at most, measured: the rate of reads from memory, and of multiply-adds in
// registers.
#ifndef FACET_TOOLS_CEILINGS_H
#define FACET_TOOLS_CEILINGS_H

#include <cstddef>
#include <cstdint>

namespace facet {

/// Reads a buffer larger than the caches, again and again. Memory's rate can change from one moment to the
/// next (neighbours on the machine, its own modes), so measure right beside what is compared with it.
class ReadBandwidth {
public:
  /// Throws bad_alloc.
  ReadBandwidth();
  ~ReadBandwidth();
  ReadBandwidth(const ReadBandwidth &) = delete;
  ReadBandwidth &operator=(const ReadBandwidth &) = delete;

  /// Bytes a second that `Threads` threads read together; best of some rounds, about 30 ms.
  double measure(int Threads);

private:
  size_t Size;
  char *Buffer;
};

enum class Arithmetic { F32, Bf16, Int8 };
constexpr int kArithmetics = 3;

/// Operations a second (a multiply-add counts two) that `Threads` threads do in registers with the widest
/// instructions of `Features` (facet_feature bits, all of which the CPU has): fused multiply-adds; vdpbf16ps,
/// or without it as F32; tdpbsud, or without it vpdpbusd, or without both vpmaddubsw, vpmaddwd and an
/// addition. AMX must have been allowed to the process.
double measureArithmetic(Arithmetic Kind, unsigned Features, int Threads);

/// Bytes of the last level of cache; 0 if the system does not tell.
uint64_t lastLevelCacheBytes();

} // namespace facet
#endif
