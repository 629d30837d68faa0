// Random work on many sessions from many threads: open, append, fork, truncate, save, restore, cancel, close.
// The peak of memory in the first half of the time is compared with that in the second.
//     churn ARTIFACT SECONDS SEED [SESSIONS [THREADS]]
// The sessions share one executor of two threads; each belongs to one of the calling threads.
#include "runtime/facet.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#ifndef FACET_JUDGES_MEMORY
#define FACET_JUDGES_MEMORY true
#endif

namespace {
using Clock = std::chrono::steady_clock;

constexpr int kContext = 256, kSequences = 4;
constexpr long kGrowthKiB = 2048; // of resident memory: stacks and the allocator's caches of late threads

struct Shared {
  facet_model *model = nullptr;
  facet_executor *executor = nullptr;
  int vocabulary = 0;
  Clock::time_point end;
  std::atomic<long> operations{0}, steps{0}, cancelled{0}, refused{0}, failures{0};
};

/// A session and its sequences, driven at random.
class Churner {
public:
  Churner(Shared &shared, unsigned seed) : shared(shared), random(seed) { open(); }
  ~Churner() { facet_session_destroy(session); }

  void act() {
    ++shared.operations;
    if (pick(200) == 0)
      return facet_session_destroy(session), open();
    const int action = pick(12);
    if (sequences.empty() || action == 0)
      return create();
    facet_sequence *&some = sequences[static_cast<size_t>(pick(static_cast<int>(sequences.size())))];
    if (action == 1)
      fork(some);
    else if (action == 2)
      close(some);
    else if (action == 3)
      expect(facet_sequence_truncate(some, pick(facet_sequence_length(some) + 1), nullptr));
    else if (action == 4)
      saveAndRestore(some);
    else
      append(some, action == 5);
  }

private:
  int pick(int below) { return static_cast<int>(random() % static_cast<unsigned>(below)); }

  /// What the API documents for these calls is no failure.
  void expect(facet_code code) {
    if (code == FACET_CANCELLED)
      ++shared.cancelled;
    else if (code == FACET_OUT_OF_CONTEXT || code == FACET_OUT_OF_PAGES || code == FACET_BAD_ARGUMENT)
      ++shared.refused;
    else if (code != FACET_OK)
      std::fprintf(stderr, "unexpected: %s\n", facet_code_name(code)), ++shared.failures;
  }
  void open() {
    facet_session_options options = {};
    options.context = kContext, options.sequences = kSequences, options.page_positions = 16,
    options.executor = shared.executor;
    session = nullptr;
    sequences.clear();
    expect(facet_session_create(shared.model, &options, &session, nullptr));
    if (!session)
      std::abort();
  }
  void keep(facet_code code, facet_sequence *made) {
    expect(code);
    if (code == FACET_OK)
      sequences.push_back(made);
  }
  void create() {
    facet_sequence *made = nullptr;
    keep(facet_sequence_create(session, &made, nullptr), made);
  }
  void fork(facet_sequence *from) {
    facet_sequence *made = nullptr;
    keep(facet_sequence_fork(from, &made, nullptr), made);
  }
  void close(facet_sequence *&some) {
    facet_sequence_destroy(some);
    some = sequences.back();
    sequences.pop_back();
  }
  void saveAndRestore(facet_sequence *from) {
    std::vector<char> bytes(facet_sequence_save_bytes(from));
    expect(facet_sequence_save(from, bytes.data(), bytes.size(), nullptr, nullptr));
    facet_sequence *made = nullptr;
    keep(facet_sequence_restore(session, bytes.data(), bytes.size(), &made, nullptr), made);
  }
  void append(facet_sequence *to, bool cancel) {
    std::vector<int32_t> tokens(static_cast<size_t>(1 + pick(24)));
    for (int32_t &token : tokens)
      token = pick(shared.vocabulary);
    std::thread canceller;
    if (cancel)
      canceller = std::thread([this] { facet_session_cancel(session); });
    ++shared.steps;
    expect(facet_session_prefill(session, to, tokens.data(), static_cast<int32_t>(tokens.size()),
                                 FACET_WANTS_LOGITS, nullptr, nullptr));
    if (cancel)
      canceller.join();
  }

  Shared &shared;
  std::mt19937 random;
  facet_session *session;
  std::vector<facet_sequence *> sequences;
};
} // namespace

/// Without what is mapped from the artifact.
static long residentKiB() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("RssAnon:"))
      return std::atol(line.c_str() + 8);
  return 0;
}

/// The peak of what is resident until `end`.
static long peakKiB(Clock::time_point end) {
  long peak = 0;
  for (; Clock::now() < end; std::this_thread::sleep_for(std::chrono::milliseconds(10)))
    peak = std::max(peak, residentKiB());
  return peak;
}

static void work(Shared &shared, int sessions, unsigned seed) {
  std::vector<std::unique_ptr<Churner>> churners;
  for (int i = 0; i < sessions; ++i)
    churners.push_back(std::make_unique<Churner>(shared, seed * 1000 + static_cast<unsigned>(i)));
  for (size_t turn = 0; Clock::now() < shared.end; ++turn)
    churners[turn % churners.size()]->act();
}

int main(int count, char **values) {
  if (count < 4)
    return std::fprintf(stderr, "usage: churn ARTIFACT SECONDS SEED [SESSIONS [THREADS]]\n"), 2;
  const int seconds = std::atoi(values[2]), sessions = count > 4 ? std::atoi(values[4]) : 4;
  const int threads = count > 5 ? std::atoi(values[5]) : 2;
  Shared shared;
  facet_error error{};
  facet_open_options open = {};
  open.verify = FACET_VERIFY_ALWAYS;
  if (facet_model_open(values[1], &open, &shared.model, &error) != FACET_OK ||
      facet_executor_create(2, nullptr, &shared.executor, &error) != FACET_OK)
    return std::fprintf(stderr, "%s\n", error.message), 1;
  facet_model_details details;
  facet_model_describe(shared.model, &details);
  shared.vocabulary = details.vocab_size;

  shared.end = Clock::now() + std::chrono::seconds(seconds);
  std::vector<std::thread> workers;
  for (int i = 0; i < threads; ++i)
    workers.emplace_back(work, std::ref(shared), sessions / threads,
                         static_cast<unsigned>(std::atoi(values[3]) + i));
  const long early = peakKiB(shared.end - std::chrono::milliseconds(seconds * 500));
  const long late = peakKiB(shared.end - std::chrono::milliseconds(seconds * 10));
  for (std::thread &worker : workers)
    worker.join();
  facet_executor_destroy(shared.executor);
  facet_model_close(shared.model);
  std::printf("%ld operations, %ld appends, %ld cancelled, %ld refused; at most %ld KiB before half the "
              "time, %ld KiB after\n",
              shared.operations.load(), shared.steps.load(), shared.cancelled.load(), shared.refused.load(),
              early, late);
  const bool flat = !FACET_JUDGES_MEMORY || late - early <= kGrowthKiB + early / 20;
  if (!flat)
    std::fprintf(stderr, "memory grew\n");
  return shared.failures.load() != 0 || !flat;
}
