// Measured arithmetic: independent chains of multiply-adds, as many as hide their latency.
#include "tools/ceilings.h"

#include "runtime/artifact_format.h"
#include "tools/thread_timer.h"

#include <algorithm>
#include <immintrin.h>
#include <vector>

namespace facet {
namespace {

constexpr int kChains = 12, kRounds = 1'000'000;

/// Each runs kRounds steps of kChains chains and leaves something in Sink, so that nothing is optimised away.
using Chains = void (*)(float *Sink);

__attribute__((target("avx512f"))) void fma512(float *Sink) {
  __m512 Sum[kChains], X = _mm512_set1_ps(0.999f), Y = _mm512_set1_ps(0.001f);
  for (__m512 &S : Sum)
    S = X;
  for (int R = 0; R < kRounds; ++R)
#pragma GCC unroll 12
    for (__m512 &S : Sum)
      S = _mm512_fmadd_ps(S, X, Y);
  for (__m512 &S : Sum)
    *Sink += _mm512_reduce_add_ps(S);
}

__attribute__((target("avx2,fma"))) void fma256(float *Sink) {
  __m256 Sum[kChains], X = _mm256_set1_ps(0.999f), Y = _mm256_set1_ps(0.001f);
  for (__m256 &S : Sum)
    S = X;
  for (int R = 0; R < kRounds; ++R)
#pragma GCC unroll 12
    for (__m256 &S : Sum)
      S = _mm256_fmadd_ps(S, X, Y);
  for (__m256 &S : Sum)
    *Sink += _mm256_cvtss_f32(S);
}

__attribute__((target("avx512f,avx512bf16"))) void bf16Dot512(float *Sink) {
  __m512 Sum[kChains];
  __m512bh X = __m512bh(_mm512_set1_epi32(0x3a003a00)), Y = X;
  for (__m512 &S : Sum)
    S = _mm512_set1_ps(1);
  for (int R = 0; R < kRounds; ++R)
#pragma GCC unroll 12
    for (__m512 &S : Sum)
      S = _mm512_dpbf16_ps(S, X, Y);
  for (__m512 &S : Sum)
    *Sink += _mm512_reduce_add_ps(S);
}

__attribute__((target("avx512f,avx512vnni"))) void int8Dot512(float *Sink) {
  __m512i Sum[kChains], X = _mm512_set1_epi8(3), Y = _mm512_set1_epi8(-2);
  for (__m512i &S : Sum)
    S = X;
  for (int R = 0; R < kRounds; ++R)
#pragma GCC unroll 12
    for (__m512i &S : Sum)
      S = _mm512_dpbusd_epi32(S, X, Y);
  for (__m512i &S : Sum)
    *Sink += float(_mm512_reduce_add_epi32(S));
}

/// Four of the eight tiles hold sums.
__attribute__((target("amx-tile,amx-int8"))) void int8Tiles(float *Sink) {
  alignas(64) struct {
    uint8_t Palette = 1, Rest[15] = {};
    uint16_t RowBytes[16] = {64, 64, 64, 64, 64, 64};
    uint8_t Rows[16] = {16, 16, 16, 16, 16, 16};
  } Config;
  alignas(64) int32_t Memory[16][16] = {};
  _tile_loadconfig(&Config);
  _tile_loadd(4, Memory, 64);
  _tile_loadd(5, Memory, 64);
  for (int R = 0; R < kRounds * kChains / 4; ++R) {
    _tile_dpbsud(0, 4, 5);
    _tile_dpbsud(1, 4, 5);
    _tile_dpbsud(2, 4, 5);
    _tile_dpbsud(3, 4, 5);
  }
  _tile_stored(0, Memory, 64);
  _tile_release();
  *Sink += float(Memory[0][0]);
}

__attribute__((target("avx2,avxvnni"))) void int8DotVex256(float *Sink) {
  __m256i Sum[kChains], X = _mm256_set1_epi8(3), Y = _mm256_set1_epi8(-2);
  for (__m256i &S : Sum)
    S = X;
  for (int R = 0; R < kRounds; ++R)
#pragma GCC unroll 12
    for (__m256i &S : Sum)
      S = _mm256_dpbusd_avx_epi32(S, X, Y);
  for (__m256i &S : Sum)
    *Sink += float(_mm256_extract_epi32(S, 0));
}

__attribute__((target("avx2"))) void int8Dot256(float *Sink) {
  __m256i Sum[kChains], X = _mm256_set1_epi8(3), Y = _mm256_set1_epi8(-2), Ones = _mm256_set1_epi16(1);
  for (__m256i &S : Sum)
    S = X;
  for (int R = 0; R < kRounds; ++R)
#pragma GCC unroll 12
    for (__m256i &S : Sum) // the product depends on the sum, or it would be hoisted out of the loop
      S = _mm256_add_epi32(S, _mm256_madd_epi16(_mm256_maddubs_epi16(_mm256_xor_si256(X, S), Y), Ones));
  for (__m256i &S : Sum)
    *Sink += float(_mm256_extract_epi32(S, 0));
}

struct Loop {
  Chains Run;
  int Operations; // of one step of one chain
};

Loop loopFor(Arithmetic Kind, unsigned Features) {
  if (Kind == Arithmetic::Int8 && (Features & FACET_FEATURE_AMX))
    return {int8Tiles, 2 * 16 * 16 * 64};
  if (Kind == Arithmetic::Int8 && (Features & FACET_FEATURE_VNNI))
    return {int8Dot512, 128};
  if (Kind == Arithmetic::Int8)
    return Features & FACET_FEATURE_AVX_VNNI ? Loop{int8DotVex256, 64} : Loop{int8Dot256, 64};
  if (Kind == Arithmetic::Bf16 && (Features & FACET_FEATURE_BF16))
    return {bf16Dot512, 64};
  return Features & FACET_FEATURE_AVX512 ? Loop{fma512, 32} : Loop{fma256, 16};
}

} // namespace

double measureArithmetic(Arithmetic Kind, unsigned Features, int Threads) {
  const Loop Chosen = loopFor(Kind, Features);
  std::vector<float> Sinks(size_t(Threads) * 16);
  double Best = 0;
  for (int Round = 0; Round < 5; ++Round) {
    double Seconds = secondsOf(Threads, [&](int T) { Chosen.Run(&Sinks[size_t(T) * 16]); });
    Best = std::max(Best, double(kRounds) * kChains * Chosen.Operations * Threads / Seconds);
  }
  return Best;
}

} // namespace facet
