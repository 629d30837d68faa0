// Nothing is allocated, mapped or brk'ed while a session steps. malloc is replaced by one that counts, so
// this is a program of its own.
#include "LibcMalloc.h"
#include "Opened.h"

#include <atomic>
#include <fcntl.h>
#include <unistd.h>
#include <vector>

using namespace facet::test;

static std::atomic<long> allocations{0};
#ifndef SANITIZED
extern "C" {
void *malloc(size_t size) { return ++allocations, __libc_malloc(size); }
void *calloc(size_t count, size_t size) { return ++allocations, __libc_calloc(count, size); }
void *realloc(void *memory, size_t size) { return ++allocations, __libc_realloc(memory, size); }
void *aligned_alloc(size_t alignment, size_t size) { return ++allocations, __libc_memalign(alignment, size); }
void *memalign(size_t alignment, size_t size) { return ++allocations, __libc_memalign(alignment, size); }
}
#endif

/// The process's mappings as text, read without allocating.
struct Mappings {
  char text[1 << 16];
  size_t size = 0;
  void read() {
    int file = open("/proc/self/maps", O_RDONLY);
    size = 0;
    for (ssize_t got; (got = ::read(file, text + size, sizeof text - size)) > 0;)
      size += static_cast<size_t>(got);
    close(file);
  }
};
static Mappings before, after;

TEST(Allocation, NothingWhileStepping) {
#ifdef SANITIZED
  GTEST_SKIP() << "a sanitizer replaces malloc";
#endif
  Model model = openToy({.gathered = true});
  Executor executor = makeExecutor(2);
  facet_session_options options = {};
  options.context = 1024, options.sequences = 3, options.page_positions = 16,
  options.executor = executor.get();
  Session session = makeSession(model, options);
  facet_sampler_options sampling = {};
  sampling.top_k = 5;
  sampling.temperature = 1;
  sampling.top_p = 0.9f;
  sampling.min_p = 0.01f;
  sampling.seed = 1;
  facet_sampler *sampler = nullptr;
  ASSERT_EQ(facet_sampler_create(toyVocab, &sampling, nullptr, &sampler, nullptr), FACET_OK);
  Sampler owner(sampler);
  facet_sequence *sequence = makeSequence(session);
  std::vector<int32_t> prompt(100, 3);
  std::vector<float> logits(toyVocab);
  facet_outputs outputs = {logits.data(), nullptr};
  facet_row warm = rowOf(sequence, 1, FACET_WANTS_LOGITS);
  ASSERT_EQ(facet_session_step(session.get(), &warm, 1, &outputs, nullptr), FACET_OK);

  before.read();
  void *top = sbrk(0);
  long counted = allocations;
  bool good = true;
  good &=
      facet_session_prefill(session.get(), sequence, prompt.data(), 100, 1, &outputs, nullptr) == FACET_OK;
  for (int i = 0; i < 600; ++i) {
    int32_t token = 0;
    good &= facet_sampler_next(sampler, logits.data(), &token, nullptr) == FACET_OK;
    facet_row row = rowOf(sequence, token, FACET_WANTS_LOGITS);
    good &= facet_session_step(session.get(), &row, 1, &outputs, nullptr) == FACET_OK;
    if (i == 300) { // a fork, a copy on write, a truncation and a failure are steps' work too
      facet_sequence *fork = nullptr;
      good &= facet_sequence_fork(sequence, &fork, nullptr) == FACET_OK;
      facet_row both[2] = {rowOf(sequence, 1), rowOf(fork, 2, FACET_WANTS_LOGITS)};
      good &= facet_session_step(session.get(), both, 2, nullptr, nullptr) == FACET_OK;
      good &= facet_sequence_truncate(fork, facet_sequence_length(fork) - 5, nullptr) == FACET_OK;
      good &= facet_session_step(session.get(), both, 2, nullptr, nullptr) == FACET_BAD_ARGUMENT;
      facet_sequence_destroy(fork);
    }
  }
  long made = allocations - counted;
  after.read();
  EXPECT_EQ(made, 0);
  EXPECT_EQ(sbrk(0), top);
  EXPECT_EQ(std::string(after.text, after.size), std::string(before.text, before.size));
  EXPECT_TRUE(good);
}
