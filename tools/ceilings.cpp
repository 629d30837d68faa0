// Measured bandwidth. Loops are written for the widest vectors that the CPU has, chosen at run time.
#include "tools/ceilings.h"

#include "tools/thread_timer.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <immintrin.h>
#include <new>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace facet {

double secondsOf(int Threads, const std::function<void(int)> &Work) {
  std::atomic<int> Ready{0};
  std::vector<std::thread> Pool;
  auto Wait = [&] {
    Ready.fetch_add(1);
    while (Ready.load() < Threads) {
    }
  };
  for (int T = 1; T < Threads; ++T)
    Pool.emplace_back([&, T] {
      Wait();
      Work(T);
    });
  Wait();
  auto Start = std::chrono::steady_clock::now();
  Work(0);
  for (std::thread &Thread : Pool)
    Thread.join();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - Start).count();
}

namespace {

constexpr size_t kHugePage = 2 << 20;
constexpr int kRounds = 4;

/// So large that next to nothing of it is still in a cache when it is read again.
size_t bufferBytes() {
  const size_t Wanted = std::clamp(size_t(16 * lastLevelCacheBytes()), size_t(256) << 20, size_t(1) << 30);
  return Wanted / kHugePage * kHugePage;
}

__attribute__((target("avx512f"))) uint64_t sum512(const char *Bytes, size_t Count) {
  __m512i A = _mm512_setzero_si512(), B = A, C = A, D = A;
  for (size_t I = 0; I < Count; I += 256) {
    const __m512i *P = reinterpret_cast<const __m512i *>(Bytes + I);
    A = _mm512_add_epi64(A, _mm512_load_si512(P));
    B = _mm512_add_epi64(B, _mm512_load_si512(P + 1));
    C = _mm512_add_epi64(C, _mm512_load_si512(P + 2));
    D = _mm512_add_epi64(D, _mm512_load_si512(P + 3));
  }
  return uint64_t(_mm512_reduce_add_epi64(_mm512_add_epi64(_mm512_add_epi64(A, B), _mm512_add_epi64(C, D))));
}

__attribute__((target("avx2"))) uint64_t sum256(const char *Bytes, size_t Count) {
  __m256i A = _mm256_setzero_si256(), B = A;
  for (size_t I = 0; I < Count; I += 64) {
    const __m256i *P = reinterpret_cast<const __m256i *>(Bytes + I);
    A = _mm256_add_epi64(A, _mm256_load_si256(P));
    B = _mm256_add_epi64(B, _mm256_load_si256(P + 1));
  }
  A = _mm256_add_epi64(A, B);
  return uint64_t(_mm256_extract_epi64(A, 0) + _mm256_extract_epi64(A, 1) + _mm256_extract_epi64(A, 2) +
                  _mm256_extract_epi64(A, 3));
}

} // namespace

ReadBandwidth::ReadBandwidth()
    : Size(bufferBytes()), Buffer(static_cast<char *>(std::aligned_alloc(kHugePage, Size))) {
  if (!Buffer)
    throw std::bad_alloc();
  madvise(Buffer, Size, MADV_HUGEPAGE); // the ceiling is the memory's, not the page tables'
  std::fill(Buffer, Buffer + Size, 1);  // every page is there
}

ReadBandwidth::~ReadBandwidth() { std::free(Buffer); }

double ReadBandwidth::measure(int Threads) {
  const bool Wide = __builtin_cpu_supports("avx512f");
  const size_t Part = Size / size_t(Threads) / 4096 * 4096;
  std::atomic<uint64_t> Sink{0};
  double Best = 0;
  for (int Round = 0; Round < kRounds; ++Round) {
    double Seconds = secondsOf(Threads, [&](int T) {
      const char *Own = Buffer + size_t(T) * Part;
      Sink += Wide ? sum512(Own, Part) : sum256(Own, Part);
    });
    Best = std::max(Best, double(Part) * Threads / Seconds);
  }
  return Sink ? Best : 0;
}

uint64_t lastLevelCacheBytes() {
  long Bytes = sysconf(_SC_LEVEL3_CACHE_SIZE);
  return Bytes > 0 ? uint64_t(Bytes) : 0;
}

} // namespace facet
