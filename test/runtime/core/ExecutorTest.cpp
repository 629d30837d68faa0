// The pool: every worker once per job, jobs one at a time in order, from several threads.
#include "runtime/core/Executor.h"
#include "runtime/core/Cpu.h"

#include <gtest/gtest.h>
#include <thread>
#include <vector>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

using namespace facet;

static facet_executor *make(int threads) {
  auto executor = facet_executor::create(threads, Allocator(nullptr));
  return executor ? *executor : nullptr;
}

TEST(Executor, CallsEachWorkerOnce) {
  for (int threads : {1, 2, 5}) {
    facet_executor *executor = make(threads);
    ASSERT_TRUE(executor);
    std::vector<int> calls(static_cast<size_t>(threads));
    for (int job = 0; job < 200; ++job)
      executor->run([](void *context, int worker) { ++static_cast<int *>(context)[worker]; }, calls.data());
    for (int count : calls)
      EXPECT_EQ(count, 200);
    executor->release();
  }
}

// Plain memory written by one job is read by the next on other threads: no locks but the executor's.
TEST(Executor, OrdersJobsOfSeveralThreads) {
  facet_executor *executor = make(3);
  struct Shared {
    long parts[3] = {};
  } shared;
  auto job = [](void *context, int worker) { static_cast<Shared *>(context)->parts[worker] += worker + 1; };
  std::vector<std::thread> callers;
  for (int c = 0; c < 4; ++c)
    callers.emplace_back([&] {
      for (int i = 0; i < 100; ++i)
        executor->run(job, &shared);
    });
  for (std::thread &caller : callers)
    caller.join();
  for (int worker = 0; worker < 3; ++worker)
    EXPECT_EQ(shared.parts[worker], 400 * (worker + 1));
  executor->release();
}

TEST(Executor, StartsAndStopsWithoutWork) {
  for (int i = 0; i < 20; ++i)
    make(4)->release();
}

TEST(Executor, RefusesSillyThreadCounts) {
  facet_executor *executor = nullptr;
  facet_error error{};
  EXPECT_EQ(facet_executor_create(-1, nullptr, &executor, &error), FACET_BAD_ARGUMENT);
  EXPECT_STREQ(error.message, "-1 threads: expected 1 to 256, or 0 for all");
  EXPECT_GE(facet_default_threads(), 1);
}

#if defined(__x86_64__)
// Kernels see denormals and round to nearest, whatever the embedder's thread is set to, which it gets back.
TEST(Executor, SetsAndRestoresTheFloatMode) {
  facet_executor *executor = make(2);
  const unsigned before = _mm_getcsr();
  const unsigned odd = 0x9fc0 | 0x6000; // FTZ, DAZ, toward zero
  _mm_setcsr(odd);
  unsigned seen[2] = {};
  executor->run([](void *context, int worker) { static_cast<unsigned *>(context)[worker] = _mm_getcsr(); },
                seen);
  EXPECT_EQ(_mm_getcsr(), odd);
  _mm_setcsr(before);
  EXPECT_EQ(seen[0], 0x1f80u);
  EXPECT_EQ(seen[1] & ~0x3fu, 0x1f80u);
  executor->release();
}
#endif
