// facet bench: prompt processing (pp), text generation (tg), at depths, on some numbers of threads, beside
// the ceilings of memory and arithmetic that are measured around each round.
#include "runtime/facet.h"
#include "tools/bench_options.h"
#include "tools/bench_profile.h"
#include "tools/command/model_path.h"
#include "tools/memory_plan.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <new>
#include <optional>

namespace {

using namespace facet;
using namespace facet::command;

struct Failed {
  facet_error Error;
};

void check(facet_code Code, const facet_error &Error) {
  if (Code != FACET_OK)
    throw Failed{Error};
}

struct Destroy {
  void operator()(facet_model *Model) const { facet_model_close(Model); }
  void operator()(facet_session *Session) const { facet_session_destroy(Session); }
  void operator()(facet_executor *Executor) const { facet_executor_destroy(Executor); }
};
using ModelOwner = std::unique_ptr<facet_model, Destroy>;
using SessionOwner = std::unique_ptr<facet_session, Destroy>;
using ExecutorOwner = std::unique_ptr<facet_executor, Destroy>;

ModelOwner openModel(const std::string &Path) {
  facet_error Error;
  facet_model *Model = nullptr;
  check(facet_model_open(Path.c_str(), nullptr, &Model, &Error), Error);
  return ModelOwner(Model);
}

ExecutorOwner createExecutor(int Threads) {
  facet_error Error;
  facet_executor *Executor = nullptr;
  check(facet_executor_create(Threads, nullptr, &Executor, &Error), Error);
  return ExecutorOwner(Executor);
}

constexpr int kRowsThatWant = 256; // in a step, of a prompt whose every position does

facet_session_options optionsOf(const ExecutorOwner &Executor, int Context, bool All = false) {
  facet_session_options Options = {};
  Options.context = Context;
  if (All)
    Options.max_rows = kRowsThatWant;
  Options.max_outputs = All ? kRowsThatWant : 1;
  Options.executor = Executor.get();
  return Options;
}

SessionOwner openSession(facet_model *Model, const facet_session_options &Options) {
  facet_error Error;
  facet_session *Session = nullptr;
  check(facet_session_create(Model, &Options, &Session, &Error), Error);
  return SessionOwner(Session);
}

std::vector<int32_t> someTokens(int Count, int Vocabulary) {
  std::vector<int32_t> All;
  All.reserve(size_t(Count));
  for (int I = 0; I < Count; ++I)
    All.push_back(int32_t((long(I) * 7919 + 13) % Vocabulary));
  return All;
}

/// One test: what it runs and what that needs at least.
struct Test {
  std::string Name;
  bool Prefill;
  int Count, Depth, Threads;
  bool All = false; // positions of the prompt go through all layers
};

struct Round {
  double Seconds = 0, Before = 0, After = 0; // bandwidth, before and after
  facet_counters Counted = {};
  double bandwidth() const { return (Before + After) / 2; }
  /// Memory's rate comes in modes: a round in which it changed says nothing.
  bool steady() const { return std::min(Before, After) > 0.9 * std::max(Before, After); }
};

class Bench {
public:
  Bench(facet_model *Model, const BenchOptions &Options) : Model(Model), Options(Options), Minimum(Model) {
    facet_model_describe(Model, &Info);
    facet_variant_details Variant;
    facet_model_variant(Model, Info.variant, &Variant);
    Features = Variant.features;
  }

  void run() {
    if (!Options.Json)
      std::printf("%-14s %7s %12s %14s %26s %9s\n", "test", "threads", "tokens/s", "a token",
                  "reached of ceiling", "share");
    for (int Threads : Options.Threads) {
      for (int Kind = 0; Kind < kArithmetics; ++Kind)
        Machine.Arithmetic[Kind] = measureArithmetic(Arithmetic(Kind), Features, Threads);
      for (int Depth : Options.Depths) {
        if (Options.Prompt)
          measure({"pp" + std::to_string(Options.Prompt) + (Options.All ? "-all" : ""), true, Options.Prompt,
                   Depth, Threads, Options.All});
        if (Options.Generate)
          measure({"tg" + std::to_string(Options.Generate), false, Options.Generate, Depth, Threads});
      }
    }
  }

  const std::vector<std::string> &trace() const { return Trace; }

private:
  void measure(Test T) {
    if (T.Depth)
      T.Name += "@d" + std::to_string(T.Depth);
    const ExecutorOwner Executor = createExecutor(T.Threads);
    const int Context = T.Depth + std::max(Options.Prompt, Options.Generate) + 1;
    SessionOwner Session = openSession(Model, optionsOf(Executor, Context, T.All));
    std::vector<Round> Rounds;
    Rounds.reserve(size_t(Options.Rounds));
    for (int I = 0; I < Options.Rounds; ++I)
      Rounds.push_back(runRound(T, Session.get(), nullptr));
    const Round &Best = *std::min_element(Rounds.begin(), Rounds.end(), [](const Round &A, const Round &B) {
      return A.steady() != B.steady() ? A.steady() : A.Seconds < B.Seconds;
    });
    report(T, Best);
    if (!Options.Profile && Options.Trace.empty())
      return;
    std::optional<Profiler> Watch;
    Machine.Bandwidth = runRound(T, Session.get(), &Watch).bandwidth();
    if (Options.Profile)
      Watch->print(T.Name, T.Depth, Machine, Options.Json);
    if (!Options.Trace.empty()) {
      std::vector<std::string> Events =
          Watch->traceEvents(T.Name + ", " + std::to_string(T.Threads) + " threads", ++Traced);
      Trace.insert(Trace.end(), Events.begin(), Events.end());
    }
  }

  Round runRound(const Test &T, facet_session *Session, std::optional<Profiler> *Watch) {
    facet_error Error;
    facet_sequence *Sequence = nullptr;
    check(facet_sequence_create(Session, &Sequence, &Error), Error);
    std::vector<int32_t> Before = someTokens(T.Depth, Info.vocab_size),
                         Prompt = someTokens(T.Count, Info.vocab_size);
    if (T.Depth)
      check(facet_session_prefill(Session, Sequence, Before.data(), T.Depth, FACET_WANTS_NOTHING, nullptr,
                                  &Error),
            Error);
    Round Result;
    facet_counters Start;
    Result.Before = Memory.measure(T.Threads);
    if (Watch)
      Watch->emplace(Model, Session, T.Threads, T.Depth, T.All);
    facet_session_counters(Session, &Start);
    const auto Begin = std::chrono::steady_clock::now();
    if (T.All)
      readAll(Session, Sequence, Prompt);
    else if (T.Prefill)
      check(facet_session_prefill(Session, Sequence, Prompt.data(), T.Count, FACET_WANTS_LOGITS, nullptr,
                                  &Error),
            Error);
    else
      generate(Session, Sequence, T.Count);
    Result.Seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - Begin).count();
    facet_session_counters(Session, &Result.Counted);
    Result.Counted.expert_bytes -= Start.expert_bytes;
    Result.Counted.experts -= Start.experts;
    Result.After = Memory.measure(T.Threads);
    facet_sequence_destroy(Sequence);
    return Result;
  }

  /// Each position wants its hidden state.
  void readAll(facet_session *Session, facet_sequence *Sequence, const std::vector<int32_t> &Tokens) {
    facet_error Error;
    std::vector<facet_row> Rows;
    const int Base = facet_sequence_length(Sequence);
    for (size_t I = 0; I < Tokens.size(); ++I) {
      Rows.push_back({Sequence, Base + int(I), Tokens[I], FACET_CAUSAL, FACET_WANTS_HIDDEN});
      if (Rows.size() < kRowsThatWant && I + 1 < Tokens.size())
        continue;
      check(facet_session_step(Session, Rows.data(), int(Rows.size()), nullptr, &Error), Error);
      Rows.clear();
    }
  }

  void generate(facet_session *Session, facet_sequence *Sequence, int Count) {
    facet_error Error;
    int Token = Info.bos_id, Base = facet_sequence_length(Sequence);
    for (int I = 0; I < Count; ++I) {
      facet_row Row = {Sequence, Base + I, Token, FACET_CAUSAL, FACET_WANTS_LOGITS};
      check(facet_session_step(Session, &Row, 1, nullptr, &Error), Error);
      Token = facet_argmax(facet_session_logits(Session, 0), Info.vocab_size);
    }
  }

  /// What all tokens of a test need at least.
  Work needed(const Test &T, const Round &Best) const {
    Work Sum;
    if (T.Prefill)
      Sum = Minimum.pass({T.Depth, T.Count, T.All ? T.Count : 1, !T.All});
    else
      for (int I = 0; I < T.Count; ++I)
        Sum += Minimum.pass({T.Depth + I, 1, 1});
    Sum.Bytes += double(Best.Counted.expert_bytes);
    return Sum;
  }

  void report(const Test &T, const Round &Best) {
    const Work Needed = needed(T, Best);
    Machine.Bandwidth = Best.bandwidth();
    const double Seconds = T.Prefill ? Machine.arithmeticSeconds(Needed) : Machine.memorySeconds(Needed);
    const double Amount = T.Prefill ? Needed.operations() : Needed.Bytes, Share = Seconds / Best.Seconds;
    const bool HasShare = T.Prefill || Needed.Bytes / T.Count > double(lastLevelCacheBytes());
    char Text[64] = "null";
    if (Options.Json) {
      if (HasShare)
        std::snprintf(Text, sizeof(Text), "%.4f", Share);
      std::printf(
          "{\"test\":\"%s\",\"threads\":%d,\"depth\":%d,\"tokens_per_second\":%.3f,\"ceiling_share\":%s,"
          "\"bytes_per_token\":%.0f,\"operations_per_token\":%.0f,\"experts_per_token\":%.2f,"
          "\"read_bandwidth\":%.0f,\"arithmetic\":%.0f,\"steady\":%s}\n",
          T.Name.c_str(), T.Threads, T.Depth, T.Count / Best.Seconds, Text, Needed.Bytes / T.Count,
          Needed.operations() / T.Count, double(Best.Counted.experts) / T.Count, Machine.Bandwidth,
          Needed.operations() / Machine.arithmeticSeconds(Needed), Best.steady() ? "true" : "false");
    } else {
      const char *Unit = T.Prefill ? "Gop" : "GB";
      char Reached[64], Each[32];
      std::snprintf(Each, sizeof(Each), "%.3f %s", Amount / T.Count / 1e9, Unit);
      std::snprintf(Reached, sizeof(Reached), "%.1f of %.1f %s/s", Amount / Best.Seconds / 1e9,
                    Amount / Seconds / 1e9, Unit);
      std::snprintf(Text, sizeof(Text), HasShare ? "%.1f %%%s" : "-", 100 * Share, Best.steady() ? "" : " *");
      std::printf("%-14s %7d %12.2f %14s %26s %9s\n", T.Name.c_str(), T.Threads, T.Count / Best.Seconds, Each,
                  Reached, Text);
    }
    std::fflush(stdout);
  }

  facet_model *Model;
  const BenchOptions &Options;
  WorkModel Minimum;
  facet_model_details Info;
  unsigned Features = 0;
  ReadBandwidth Memory;
  Ceilings Machine;
  std::vector<std::string> Trace;
  int Traced = 0;
};

/// Fills a context and holds the process to the plan.
int measureMemory(const BenchOptions &O) {
  facet_error Error;
  const int Context = O.Depths[0] + O.Prompt;
  const ExecutorOwner Executor = createExecutor(O.Threads[0]);
  const facet_session_options Options = optionsOf(Executor, Context);
  ReadablePlan Readable;
  check(planWithoutLoading(O.Model.c_str(), Options, Readable, Error), Error);
  const facet_memory_plan &Plan = Readable.Plan;
  if (!O.Json)
    std::fputs(Readable.Table.c_str(), stdout);
  ModelOwner Model = openModel(O.Model);
  facet_model_details Info;
  facet_model_describe(Model.get(), &Info);
  SessionOwner Session = openSession(Model.get(), Options);
  facet_sequence *Sequence = nullptr;
  check(facet_sequence_create(Session.get(), &Sequence, &Error), Error);
  std::vector<int32_t> Tokens = someTokens(Context, Info.vocab_size);
  check(facet_session_prefill(Session.get(), Sequence, Tokens.data(), Context, FACET_WANTS_LOGITS, nullptr,
                              &Error),
        Error);
  const MemoryUse Use = memoryUse(Model.get());
  const uint64_t Used = Use.Anonymous + Use.Weights, Planned = plannedBytes(Plan),
                 Excess = promisedExcess(Plan);
  // A small plan promises no more than an upper bound: pages that nobody touched are not there yet.
  const bool Kept = Used <= Planned + Excess && (Planned < 1'000'000'000 || Used + Excess >= Planned);
  if (O.Json)
    std::printf("{\"planned_bytes\":%llu,\"anonymous_bytes\":%llu,\"weight_bytes\":%llu,\"promised_excess\":%"
                "llu,\"ok\":%s}\n",
                static_cast<unsigned long long>(Planned), static_cast<unsigned long long>(Use.Anonymous),
                static_cast<unsigned long long>(Use.Weights), static_cast<unsigned long long>(Excess),
                Kept ? "true" : "false");
  else
    std::printf("used: %s anonymous, %s of weights resident: %+.2f %% (%+.2f MB), promised %.2f MB: %s\n",
                bytesText(Use.Anonymous).c_str(), bytesText(Use.Weights).c_str(),
                100 * (double(Used) / double(Planned) - 1), (double(Used) - double(Planned)) / 1e6,
                double(Excess) / 1e6, Kept ? "kept" : "BROKEN");
  return Kept ? Ok : BadInput;
}

bool writeTrace(const std::string &Path, const std::vector<std::string> &Events) {
  std::FILE *File = std::fopen(Path.c_str(), "w");
  if (!File)
    return false;
  std::fputs("{\"traceEvents\":[\n", File);
  for (size_t I = 0; I < Events.size(); ++I)
    std::fprintf(File, "%s%s\n", Events[I].c_str(), I + 1 < Events.size() ? "," : "");
  std::fputs("]}\n", File);
  const bool Good = !std::ferror(File);
  if (std::fclose(File) == 0 && Good)
    return true;
  std::remove(Path.c_str());
  return false;
}

int run(const BenchOptions &Options) {
  if (std::string Why = whyNotAnArtifact(Options.Model); !Why.empty()) {
    std::fprintf(stderr, "facet bench: %s\n", Why.c_str());
    return BadInput;
  }
  if (Options.Memory)
    return measureMemory(Options);
  ModelOwner Model = openModel(Options.Model);
  Bench Measured(Model.get(), Options);
  Measured.run();
  if (!Options.Trace.empty() && !writeTrace(Options.Trace, Measured.trace())) {
    std::fprintf(stderr, "facet bench: %s: cannot write the trace\n", Options.Trace.c_str());
    return BadInput;
  }
  return Ok;
}

} // namespace

int main(int Count, char **Values) {
  BenchOptions Options;
  try {
    const Command Table = benchCommand(Options);
    if (std::optional<int> Status = parse(Table, Count, Values))
      return *Status;
    if (Options.Threads.empty())
      Options.Threads = {facet_default_threads()};
    return finishOutput("bench", run(Options));
  } catch (const Failed &Failure) {
    std::fprintf(stderr, "facet bench: %s\n", Failure.Error.message);
    return BadInput;
  } catch (const std::bad_alloc &) {
    std::fputs("facet bench: out of memory\n", stderr);
    return Internal;
  }
}
