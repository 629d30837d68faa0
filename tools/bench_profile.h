// Where the time of passes goes, by kind of dispatch, and a Chrome trace of them.
#ifndef FACET_TOOLS_BENCH_PROFILE_H
#define FACET_TOOLS_BENCH_PROFILE_H

#include "tools/bench_work.h"

#include <map>
#include <string>
#include <vector>

namespace facet {

/// What the machine can do, on the threads in use.
struct Ceilings {
  double Bandwidth = 0;                 // bytes a second
  double Arithmetic[kArithmetics] = {}; // operations a second

  /// Seconds that memory, and that arithmetic, needs at least.
  double memorySeconds(const Work &Done) const { return Done.Bytes / Bandwidth; }
  double arithmeticSeconds(const Work &Done) const;
};

/// Watches the passes of one sequence of a session while it lives. Dispatches of one kind are those whose
/// names differ in the layer alone.
class Profiler {
public:
  /// The first row to come has position `Position`; of each pass all rows go on, or the last one. Nothing
  /// else may use the session's profile function.
  Profiler(const facet_model *Model, facet_session *Session, int Threads, int Position, bool All);
  ~Profiler();
  Profiler(const Profiler &) = delete;
  Profiler &operator=(const Profiler &) = delete;

  /// Prints the table of a test, or a JSON object a line.
  void print(const std::string &Test, int Depth, const Ceilings &Machine, bool Json) const;
  /// Events of a Chrome trace, one a line, as a process `Process` named `Test`.
  std::vector<std::string> traceEvents(const std::string &Test, int Process) const;

private:
  struct Total {
    int Calls = 0;
    double Seconds = 0; // of all threads together, divided by their number
    Work Done;
  };
  struct Event {
    int Dispatch, Rows, Pieces;
    double Start, Seconds; // since the first pass began
    Work Done;
  };
  void take(int Rows, double Seconds, const facet_dispatch_time *Times, int Count);

  const facet_model *Model;
  facet_session *Session;
  WorkModel Minimum;
  int Threads, Position;
  bool All;
  double Elapsed = 0, Begin = 0;
  std::map<std::string, Total> Kinds;
  std::vector<Event> Events;
};

} // namespace facet
#endif
