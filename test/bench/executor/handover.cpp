// What handing a dispatch to all threads and waiting for them costs: a chain of dispatches whose pieces all
// take the same time, each waiting for the one before. On one thread a dispatch is one piece, so what it
// takes longer on more threads is the price.
//
//   handover-bench [THREADS]
#include "ArtifactBuilder.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

using namespace facet::test;

namespace {

constexpr unsigned Length = 2000;

void check(facet_code Code, const facet_error &Error) {
  if (Code == FACET_OK)
    return;
  std::fprintf(stderr, "handover-bench: %s\n", Error.message);
  std::exit(1);
}

/// Each streams a matrix that is large enough to be shared by all threads.
ArtifactBuilder chain() {
  ToyOptions Options;
  Options.ladder = {1};
  Options.paddingWeight = 1 << 20;
  ArtifactBuilder B = toyArtifact(Options);
  B.weightTable[2].layout = 1;
  B.entries.clear(), B.dispatches.clear(), B.operands.clear(), B.waits.clear();
  std::vector<ToyDispatch> Schedule;
  for (unsigned I = 0; I < Length; ++I) {
    ToyDispatch D = {"toy_spin", {rowSet(0), weight(B, 2, 0)}, {}, FACET_UNIT_CONSTANT, 64, 0, 0xffffffff};
    if (I)
      D.waits = {I - 1};
    Schedule.push_back(D);
  }
  addEntry(B, 1, Schedule);
  return B;
}

double nanoseconds(int Threads) {
  facet_error Error = {};
  TemporaryFile File(chain().build());
  facet_open_options Open = {};
  Open.verify = FACET_VERIFY_NEVER;
  facet_model *Model = nullptr;
  check(facet_model_open(File.path(), &Open, &Model, &Error), Error);
  facet_session_options Options = {};
  check(facet_executor_create(Threads, nullptr, &Options.executor, &Error), Error);
  facet_session *Session = nullptr;
  check(facet_session_create(Model, &Options, &Session, &Error), Error);
  facet_sequence *Sequence = nullptr;
  check(facet_sequence_create(Session, &Sequence, &Error), Error);
  double Best = 1e30;
  for (int Step = 0; Step < 200; ++Step) {
    facet_row Row = {Sequence, Step, 1, FACET_CAUSAL, FACET_WANTS_NOTHING};
    auto Start = std::chrono::steady_clock::now();
    check(facet_session_step(Session, &Row, 1, nullptr, &Error), Error);
    Best = std::min(Best, std::chrono::duration<double>(std::chrono::steady_clock::now() - Start).count());
  }
  facet_session_destroy(Session);
  facet_executor_destroy(Options.executor);
  facet_model_close(Model);
  return Best * 1e9 / Length;
}

} // namespace

int main(int Argc, char **Argv) {
  int Threads = Argc > 1 ? std::atoi(Argv[1]) : facet_default_threads();
  double Alone = nanoseconds(1), Together = nanoseconds(Threads);
  std::printf("%.0f ns a dispatch on 1 thread, %.0f ns on %d: %.0f ns to hand it over\n", Alone, Together,
              Threads, Together - Alone);
}
