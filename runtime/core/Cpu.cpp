// CPUID and XCR0, FACET_CPU, affinity and cgroup quota, the floating-point control register.
#include "runtime/core/Cpu.h"
#include "runtime/artifact_format.h"
#include "runtime/limits.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <iterator>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

using namespace facet;

#if defined(__x86_64__)
static unsigned detectFeatures() {
  unsigned a, b, c, d, b7, c7, d7, a71 = 0;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !__get_cpuid_count(7, 0, &a, &b7, &c7, &d7) || !(c & bit_OSXSAVE))
    return 0;
  unsigned maxSubleaf = a;
  unsigned low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  unsigned extended = 0;
  __get_cpuid(0x80000001, &a, &b, &extended, &d);
  unsigned features = 0;
  bool avxState = (low & 0x6) == 0x6, avx512State = (low & 0xe6) == 0xe6;
  const unsigned v3Bits = bit_AVX | bit_FMA | bit_F16C | bit_MOVBE;
  if (avxState && (c & v3Bits) == v3Bits && (b7 & bit_AVX2) && (b7 & bit_BMI) && (b7 & bit_BMI2) &&
      (extended & bit_LZCNT))
    features |= FACET_FEATURE_AVX2;
  const bool more = maxSubleaf >= 1 && __get_cpuid_count(7, 1, &a71, &b, &c, &d);
  if ((features & FACET_FEATURE_AVX2) && more && (a71 & bit_AVXVNNI))
    features |= FACET_FEATURE_AVX_VNNI;
  const unsigned v4Bits = bit_AVX512F | bit_AVX512CD | bit_AVX512BW | bit_AVX512DQ | bit_AVX512VL;
  if (!(features & FACET_FEATURE_AVX2) || !avx512State || (b7 & v4Bits) != v4Bits)
    return features;
  features |= FACET_FEATURE_AVX512;
  if (c7 & bit_AVX512VNNI)
    features |= FACET_FEATURE_VNNI;
  if (more && (a71 & bit_AVX512BF16))
    features |= FACET_FEATURE_BF16;
  // AMX-TILE and AMX-INT8, which compilers' headers name differently; XTILECFG and XTILEDATA.
  const unsigned amxBits = 1u << 24 | 1u << 25, amxState = 0x60000;
  if ((features & FACET_FEATURE_VNNI) && (d7 & amxBits) == amxBits && (low & amxState) == amxState)
    features |= FACET_FEATURE_AMX;
  return features;
}

bool facet::requestTiles() {
  constexpr long requestPermission = 0x1023, tileData = 18; // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
  return syscall(SYS_arch_prctl, requestPermission, tileData) == 0;
}
#else
static unsigned detectFeatures() { return 0; }
bool facet::requestTiles() { return false; }
#endif

static const struct {
  const char *name;
  unsigned bits;
} levels[] = {{"x86-64-v3", FACET_FEATURE_AVX2}, {"x86-64-v4", FACET_FEATURE_AVX2 | FACET_FEATURE_AVX512}},
  extras[] = {{"vnni", FACET_FEATURE_AVX_VNNI | FACET_FEATURE_VNNI},
              {"bf16", FACET_FEATURE_BF16},
              {"amx", FACET_FEATURE_AMX}};

Result<unsigned> facet::parseCpuLevel(const char *level) {
  unsigned features = 0;
  const char *part = level;
  for (bool first = true;; first = false) {
    size_t length = std::strcspn(part, "+");
    auto find = [&](const auto &table) {
      for (const auto &row : table)
        if (std::strlen(row.name) == length && std::strncmp(row.name, part, length) == 0)
          return row.bits;
      return 0u;
    };
    unsigned bits = first ? find(levels) : find(extras);
    if (!bits)
      return failure(FACET_BAD_ARGUMENT,
                     "FACET_CPU is '%s': expected x86-64-v3, x86-64-v3+vnni, x86-64-v4, x86-64-v4+vnni+bf16 "
                     "or x86-64-v4+vnni+bf16+amx",
                     level);
    features |= bits;
    if (part[length] == 0)
      return features;
    part += length + 1;
  }
}

Result<unsigned> facet::cpuFeatures() {
  unsigned features = detectFeatures();
  const char *level = std::getenv("FACET_CPU");
  if (!level || !*level)
    return features;
  auto narrowed = parseCpuLevel(level);
  if (!narrowed)
    return narrowed.error();
  return features & *narrowed;
}

void facet::featureNames(unsigned features, char *out, size_t capacity) {
  static const char *const names[] = {"AVX2", "AVX-VNNI", "AVX512", "VNNI", "BF16", "AMX"};
  size_t used = 0;
  out[0] = 0;
  for (unsigned bit = 0; bit < 32 && used < capacity; ++bit) {
    if (!(features >> bit & 1))
      continue;
    const char *gap = used ? " " : "";
    int length = bit < std::size(names) ? std::snprintf(out + used, capacity - used, "%s%s", gap, names[bit])
                                        : std::snprintf(out + used, capacity - used, "%sbit%u", gap, bit);
    used += static_cast<size_t>(length);
  }
}

static bool readText(const char *path, char *out, size_t capacity) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return false;
  ssize_t length = read(file, out, capacity - 1);
  close(file);
  if (length <= 0)
    return false;
  out[length] = 0;
  return true;
}

/// CPUs that one cgroup directory grants, rounded up, or `otherwise`.
static int quotaOf(const char *directory, int otherwise) {
  char path[4200], text[128];
  long long quota = -1, period = 0;
  std::snprintf(path, sizeof path, "%s/cpu.max", directory);
  if (readText(path, text, sizeof text)) {
    if (std::sscanf(text, "%lld %lld", &quota, &period) != 2)
      return otherwise; // "max"
  } else {
    std::snprintf(path, sizeof path, "%s/cpu.cfs_quota_us", directory);
    if (!readText(path, text, sizeof text) || std::sscanf(text, "%lld", &quota) != 1)
      return otherwise;
    std::snprintf(path, sizeof path, "%s/cpu.cfs_period_us", directory);
    if (!readText(path, text, sizeof text) || std::sscanf(text, "%lld", &period) != 1)
      return otherwise;
  }
  if (quota <= 0 || period <= 0)
    return otherwise;
  long long granted = (quota + period - 1) / period;
  return granted < otherwise ? static_cast<int>(granted) : otherwise;
}

/// The quota of this process's group and of every group above it.
static int cgroupThreads(int threads) {
  threads = quotaOf("/sys/fs/cgroup", threads);
  threads = quotaOf("/sys/fs/cgroup/cpu", threads);
  char groups[4096];
  if (!readText("/proc/self/cgroup", groups, sizeof groups))
    return threads;
  for (char *line = groups, *next; line && *line; line = next) {
    next = std::strchr(line, '\n');
    if (next)
      *next++ = 0;
    char *controllers = std::strchr(line, ':');
    char *group = controllers ? std::strchr(controllers + 1, ':') : nullptr;
    if (!group)
      continue;
    *group++ = 0;
    bool v2 = controllers[1] == 0;
    if (!v2 && !std::strstr(controllers, "cpu"))
      continue;
    for (char *slash; (slash = std::strrchr(group, '/')) && slash[1]; *slash = 0) {
      char directory[4160];
      std::snprintf(directory, sizeof directory, "/sys/fs/cgroup%s%s", v2 ? "" : "/cpu", group);
      threads = quotaOf(directory, threads);
    }
  }
  return threads;
}

int facet::defaultThreads() {
  cpu_set_t mask;
  int threads = 1;
  if (sched_getaffinity(0, sizeof mask, &mask) == 0)
    threads = CPU_COUNT(&mask);
  else // more CPUs than cpu_set_t holds
    threads = static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
  return std::clamp(cgroupThreads(threads), 1, FACET_MAX_THREADS);
}

#if defined(__x86_64__)
FloatMode::FloatMode() : before(_mm_getcsr()) { _mm_setcsr(0x1f80); }
FloatMode::~FloatMode() { _mm_setcsr(static_cast<unsigned>(before)); }
#elif defined(__aarch64__)
FloatMode::FloatMode() {
  __asm__ volatile("mrs %0, fpcr" : "=r"(before));
  __asm__ volatile("msr fpcr, %0" : : "r"(0ull));
}
FloatMode::~FloatMode() { __asm__ volatile("msr fpcr, %0" : : "r"(before)); }
#else
FloatMode::FloatMode() : before(0) {}
FloatMode::~FloatMode() {}
#endif
