// The pool's threads, its queue, and the futex under Parking.
#include "runtime/core/Executor.h"
#include "runtime/core/Cpu.h"
#include "runtime/limits.h"

#include <csignal>
#include <cstring>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace facet;

void facet::futexWait(std::atomic<uint32_t> &word, uint32_t expected) {
  // Returns at once if the word differs; a spurious return is the caller's loop's to handle.
  syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, expected, nullptr, nullptr, 0);
}

void facet::futexWakeAll(std::atomic<uint32_t> &word) {
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 0x7fffffff, nullptr, nullptr, 0);
}

Result<facet_executor *> facet_executor::create(int threads, const Allocator &allocator) {
  auto *executor = allocator.create<facet_executor>(allocator);
  if (!executor)
    return outOfMemory(sizeof(facet_executor), "an executor");
  Status made = allocateInto(executor->workers, allocator, static_cast<size_t>(threads - 1), "an executor");
  if (!made) {
    executor->release();
    return made.error();
  }
  // Signals are the embedder's: none is handled on our threads.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int error = 0;
  for (int i = 0; i < threads - 1 && !error; ++i) {
    Worker &worker = executor->workers[static_cast<size_t>(i)];
    worker = {executor, i + 1, {}};
    error = pthread_create(&worker.thread, nullptr, main, &worker);
    if (!error)
      ++executor->started;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (error) {
    int started = executor->started;
    executor->release();
    return failure(FACET_OUT_OF_MEMORY, "cannot start thread %d of %d: %s", started + 2, threads,
                   std::strerror(error));
  }
  return executor;
}

facet_executor::~facet_executor() {
  stopping.store(true);
  generation.fetch_add(1);
  idle.notify();
  for (int i = 0; i < started; ++i)
    pthread_join(workers[static_cast<size_t>(i)].thread, nullptr);
}

void facet_executor::release() {
  if (references.fetch_sub(1) == 1)
    Allocator::destroy(allocator, this);
}

void *facet_executor::main(void *argument) {
  auto *worker = static_cast<Worker *>(argument);
  worker->executor->serve(worker->index);
  return nullptr;
}

void facet_executor::serve(int index) {
  FloatMode mode;
  for (uint32_t seen = 0;;) {
    idle.wait([&] { return generation.load() != seen; });
    ++seen; // never two ahead: a job ends only when all workers have served it
    if (stopping.load())
      return;
    work(context, index);
    if (running.fetch_sub(1) == 1)
      finished.notify();
  }
}

void facet_executor::run(Work newWork, void *newContext) {
  uint32_t ticket = nextTicket.fetch_add(1);
  queue.wait([&] { return serving.load() == ticket; });
  work = newWork;
  context = newContext;
  running.store(started);
  generation.fetch_add(1);
  idle.notify();
  {
    FloatMode mode;
    work(context, 0);
  }
  finished.wait([&] { return running.load() == 0; });
  serving.fetch_add(1);
  queue.notify();
}

int32_t facet_default_threads(void) { return defaultThreads(); }

facet_code facet_executor_create(int32_t threads, const facet_allocator *allocator, facet_executor **out,
                                 facet_error *err) {
  if (threads < 0 || threads > FACET_MAX_THREADS)
    return report(
        failure(FACET_BAD_ARGUMENT, "%d threads: expected 1 to %d, or 0 for all", threads, FACET_MAX_THREADS),
        err);
  auto executor = facet_executor::create(threads ? threads : defaultThreads(), Allocator(allocator));
  if (!executor)
    return report(executor.error(), err);
  *out = *executor;
  return FACET_OK;
}

void facet_executor_destroy(facet_executor *executor) {
  if (executor)
    executor->release();
}

int32_t facet_executor_threads(const facet_executor *executor) { return executor->threads(); }
