// Measured ceilings. Loops are written for the widest vectors that the CPU has, chosen at run time.
#include "tools/ceilings.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <immintrin.h>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace facet {
namespace {

constexpr size_t kBufferBytes = size_t(256) << 20;

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
  return uint64_t(_mm256_extract_epi64(A, 0) + _mm256_extract_epi64(A, 1) + _mm256_extract_epi64(A, 2) + _mm256_extract_epi64(A, 3));
}

/// 12 independent chains of multiply-adds; returns operations done.
__attribute__((target("avx512f"))) double chains512(int Rounds, float *Sink) {
  __m512 Sum[12], X = _mm512_set1_ps(0.999f), Y = _mm512_set1_ps(0.001f);
  for (__m512 &S : Sum)
    S = X;
  for (int R = 0; R < Rounds; ++R)
#pragma GCC unroll 12
    for (__m512 &S : Sum)
      S = _mm512_fmadd_ps(S, X, Y);
  for (__m512 &S : Sum)
    *Sink += _mm512_reduce_add_ps(S);
  return double(Rounds) * 12 * 16 * 2;
}

__attribute__((target("avx2,fma"))) double chains256(int Rounds, float *Sink) {
  __m256 Sum[12], X = _mm256_set1_ps(0.999f), Y = _mm256_set1_ps(0.001f);
  for (__m256 &S : Sum)
    S = X;
  for (int R = 0; R < Rounds; ++R)
#pragma GCC unroll 12
    for (__m256 &S : Sum)
      S = _mm256_fmadd_ps(S, X, Y);
  for (__m256 &S : Sum)
    *Sink += _mm256_cvtss_f32(S);
  return double(Rounds) * 12 * 8 * 2;
}

} // namespace

double measureReadBandwidth(int Threads) {
  char *Buffer = static_cast<char *>(std::aligned_alloc(2 << 20, kBufferBytes));
  if (!Buffer)
    return 0;
  madvise(Buffer, kBufferBytes, MADV_HUGEPAGE); // the ceiling is the memory's, not the page tables'
  std::fill(Buffer, Buffer + kBufferBytes, 1); // every page is there
  bool Wide = __builtin_cpu_supports("avx512f");
  std::atomic<uint64_t> Sink{0};
  double Best = 0;
  for (int Round = 0; Round < 9; ++Round) {
    double Seconds = secondsOf(Threads, [&](int T) {
      size_t Part = kBufferBytes / size_t(Threads) / 4096 * 4096;
      Sink += Wide ? sum512(Buffer + size_t(T) * Part, Part) : sum256(Buffer + size_t(T) * Part, Part);
    });
    Best = std::max(Best, double(kBufferBytes) / Seconds);
  }
  std::free(Buffer);
  return Sink ? Best : 0;
}

double measureArithmetic(int Threads) {
  bool Wide = __builtin_cpu_supports("avx512f");
  constexpr int Rounds = 4'000'000;
  double Best = 0;
  std::vector<float> Sinks(size_t(Threads) * 16);
  for (int Round = 0; Round < 3; ++Round) {
    std::atomic<uint64_t> Done{0};
    double Seconds = secondsOf(Threads, [&](int T) {
      float *Sink = &Sinks[size_t(T) * 16];
      Done += uint64_t(Wide ? chains512(Rounds, Sink) : chains256(Rounds, Sink));
    });
    Best = std::max(Best, double(Done.load()) / Seconds);
  }
  return Best;
}

uint64_t lastLevelCacheBytes() {
  long Bytes = sysconf(_SC_LEVEL3_CACHE_SIZE);
  return Bytes > 0 ? uint64_t(Bytes) : 0;
}

} // namespace facet
