// A fixed pool of threads that runs one job at a time, each on all threads at once, the caller's included.
// Jobs of several callers queue in the order of their calls. Reference-counted by its handle and by sessions.
#ifndef FACET_RUNTIME_CORE_EXECUTOR_H
#define FACET_RUNTIME_CORE_EXECUTOR_H

#include "runtime/core/Memory.h"
#include "runtime/core/Parking.h"

#include <pthread.h>

struct facet_executor {
public:
  using Work = void (*)(void *context, int worker);

  /// `threads` >= 1 counts the caller's: threads - 1 are started.
  static facet::Result<facet_executor *> create(int threads, const facet::Allocator &allocator);
  void retain() { references.fetch_add(1); }
  /// The last release joins the threads and frees this.
  void release();
  int threads() const { return started + 1; }

  /// Calls work(context, worker) once for each worker 0 .. threads-1, worker 0 on this thread, with the
  /// floating-point mode of FloatMode, and returns when all have returned. Any thread may call it; not from
  /// within a job. Allocates nothing.
  void run(Work work, void *context);

private:
  struct Worker {
    facet_executor *executor;
    int index;
    pthread_t thread;
  };

  friend class facet::Allocator;
  explicit facet_executor(const facet::Allocator &allocator) : allocator(allocator) {}
  ~facet_executor();
  static void *main(void *worker);
  void serve(int index);

  facet::Allocator allocator;
  facet::Buffer<Worker> workers;
  int started = 0;
  std::atomic<uint32_t> references{1};

  // The queue of callers: a ticket each, served in order.
  alignas(64) std::atomic<uint32_t> nextTicket{0};
  std::atomic<uint32_t> serving{0};
  facet::Parking queue;

  // The job. `work` and `context` are written before the generation that announces them.
  alignas(64) std::atomic<uint32_t> generation{0};
  facet::Parking idle;
  Work work = nullptr;
  void *context = nullptr;
  std::atomic<bool> stopping{false};

  alignas(64) std::atomic<int> running{0};
  facet::Parking finished;
};

#endif
