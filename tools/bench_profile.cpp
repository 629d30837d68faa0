// Sums by kind, and events.
#include "tools/bench_profile.h"

#include "runtime/text/Json.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace facet {
namespace {

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// "layers.3.mlp.down" is of kind "mlp.down".
std::string kindOf(const facet_dispatch_details &Dispatch) {
  std::string Name = Dispatch.name;
  const std::string Layer = "layers." + std::to_string(Dispatch.layer) + ".";
  return Dispatch.layer >= 0 && Name.starts_with(Layer) ? Name.substr(Layer.size()) : Name;
}

} // namespace

double Ceilings::arithmeticSeconds(const Work &Done) const {
  double Sum = 0;
  for (int I = 0; I < kArithmetics; ++I)
    if (Done.Operations[I] > 0)
      Sum += Done.Operations[I] / Arithmetic[I];
  return Sum;
}

Profiler::Profiler(const facet_model *Model, facet_session *Session, int Threads, int Position, bool All)
    : Model(Model), Session(Session), Minimum(Model), Threads(Threads), Position(Position), All(All) {
  facet_session_set_profile(
      Session,
      [](void *Self, int32_t, int32_t Rows, uint64_t Nanoseconds, const facet_dispatch_time *Times,
         int32_t Count) {
        static_cast<Profiler *>(Self)->take(Rows, double(Nanoseconds) / 1e9, Times, Count);
      },
      this);
}

Profiler::~Profiler() { facet_session_set_profile(Session, nullptr, nullptr); }

void Profiler::take(int Rows, double Seconds, const facet_dispatch_time *Times, int Count) {
  const double Start = now() - Seconds;
  if (Elapsed == 0)
    Begin = Start;
  Elapsed += Seconds;
  PassShape Shape = {Position, Rows, 0};
  for (int I = 0; I < Count; ++I) {
    facet_dispatch_details Dispatch;
    if (Times[I].pieces && facet_model_dispatch(Model, Times[I].dispatch, &Dispatch) && Dispatch.row_set == 1)
      Shape.Wanted = All ? Rows : 1; // the last row of a prompt, or the token's
  }
  for (int I = 0; I < Count; ++I) {
    const facet_dispatch_time &Time = Times[I];
    facet_dispatch_details Dispatch;
    if (!Time.pieces || !facet_model_dispatch(Model, Time.dispatch, &Dispatch))
      continue;
    const Work Done = Minimum.dispatch(Time.dispatch, Shape, Time.experts);
    Total &Kind = Kinds[kindOf(Dispatch)];
    ++Kind.Calls;
    Kind.Seconds += double(Time.busy_ns) / 1e9 / Threads;
    Kind.Done += Done;
    Events.push_back({Time.dispatch, Dispatch.row_set ? Shape.Wanted : Rows, Time.pieces,
                      Start - Begin + double(Time.start_ns) / 1e9, double(Time.end_ns - Time.start_ns) / 1e9,
                      Done});
  }
  Position += Rows;
}

void Profiler::print(const std::string &Test, int Depth, const Ceilings &Machine, bool Json) const {
  std::vector<std::pair<std::string, Total>> Sorted(Kinds.begin(), Kinds.end());
  std::sort(Sorted.begin(), Sorted.end(),
            [](const auto &A, const auto &B) { return A.second.Seconds > B.second.Seconds; });
  Total Waiting;
  Waiting.Seconds = Elapsed;
  for (const auto &[Name, Kind] : Sorted)
    Waiting.Seconds -= Kind.Seconds;
  Sorted.emplace_back("(waiting)", Waiting);
  if (!Json)
    std::printf("  %-18s %7s %10s %7s %10s %10s %10s %7s\n", "dispatch", "calls", "ms", "time", "MB", "GB/s",
                "Gop/s", "share");
  for (const auto &[Name, Kind] : Sorted) {
    const double Memory = Machine.memorySeconds(Kind.Done), Math = Machine.arithmeticSeconds(Kind.Done);
    const double Share = Kind.Seconds > 0 ? std::max(Memory, Math) / Kind.Seconds : 0;
    const char *Bound = Memory > Math ? "memory" : "arithmetic";
    if (Json)
      std::printf(
          "{\"test\":\"%s\",\"threads\":%d,\"depth\":%d,\"dispatch\":%s,\"calls\":%d,\"seconds\":%.6f,"
          "\"bytes\":%.0f,\"operations\":%.0f,\"ceiling_share\":%.4f,\"bound\":\"%s\"}\n",
          Test.c_str(), Threads, Depth, quoteJson(Name).c_str(), Kind.Calls, Kind.Seconds, Kind.Done.Bytes,
          Kind.Done.operations(), Share, Bound);
    else if (Kind.Calls)
      std::printf("  %-18s %7d %10.3f %5.1f %% %10.1f %10.1f %10.1f %5.1f %% of %s\n", Name.c_str(),
                  Kind.Calls, Kind.Seconds * 1e3, 100 * Kind.Seconds / Elapsed, Kind.Done.Bytes / 1e6,
                  Kind.Done.Bytes / Kind.Seconds / 1e9, Kind.Done.operations() / Kind.Seconds / 1e9,
                  100 * Share, Bound);
    else
      std::printf("  %-18s %7s %10.3f %5.1f %%\n", Name.c_str(), "", Kind.Seconds * 1e3,
                  100 * Kind.Seconds / Elapsed);
  }
}

std::vector<std::string> Profiler::traceEvents(const std::string &Test, int Process) const {
  const std::string Pid = ",\"pid\":" + std::to_string(Process) + ",";
  std::vector<std::string> Lines = {"{\"name\":\"process_name\",\"ph\":\"M\"" + Pid +
                                    "\"args\":{\"name\":" + quoteJson(Test) + "}}"};
  std::vector<Event> Ordered = Events;
  std::sort(Ordered.begin(), Ordered.end(), [](const Event &A, const Event &B) { return A.Start < B.Start; });
  std::vector<double> LaneEnds; // dispatches that overlap go to lanes of their own
  for (const Event &E : Ordered) {
    facet_dispatch_details Dispatch;
    facet_model_dispatch(Model, E.Dispatch, &Dispatch);
    size_t Lane = 0;
    while (Lane < LaneEnds.size() && LaneEnds[Lane] > E.Start)
      ++Lane;
    LaneEnds.resize(std::max(LaneEnds.size(), Lane + 1));
    LaneEnds[Lane] = E.Start + E.Seconds;
    char Numbers[256];
    std::snprintf(Numbers, sizeof(Numbers),
                  "\"tid\":%zu,\"ts\":%.3f,\"dur\":%.3f,\"args\":{\"rows\":%d,\"pieces\":%d,\"bytes\":%.0f,"
                  "\"operations\":%.0f}}",
                  Lane, E.Start * 1e6, E.Seconds * 1e6, E.Rows, E.Pieces, E.Done.Bytes, E.Done.operations());
    Lines.push_back("{\"name\":" + quoteJson(Dispatch.name) + ",\"cat\":" + quoteJson(kindOf(Dispatch)) +
                    ",\"ph\":\"X\"" + Pid + Numbers);
  }
  return Lines;
}

} // namespace facet
