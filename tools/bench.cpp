// facet bench: prompt processing (pp), text generation (tg), at depths, on some numbers of threads, beside the
// ceilings of memory and arithmetic that the same run measures.
#include "runtime/facet.h"
#include "tools/ceilings.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

enum Exit { Ok = 0, BadInput = 1, BadUsage = 2 };

const char kHelp[] = "usage: facet bench MODEL.facet [-p N] [-n N] [-d N,...] [-t N,...] [-r N] [--json]\n"
                     "\n"
                     "  -p N      tokens of a prompt (default 512; 0: none)\n"
                     "  -n N      tokens to generate (default 64; 0: none)\n"
                     "  -d LIST   depths: tokens in the context before each test (default 0)\n"
                     "  -t LIST   threads (default: all)\n"
                     "  -r N      rounds; the best counts (default 3)\n"
                     "  --json    one object a line: test, threads, depth, tokens_per_second, ceiling_share\n"
                     "\n"
                     "The share is that of the read bandwidth for tg and of f32 arithmetic for pp, both measured in\n"
                     "the same run; there is none for tg where the weights fit the last level of cache.\n"
                     "exit status: 0 done, 1 bad input, 2 bad usage, 70 an error in this program\n";

struct Arguments {
  const char *Path = nullptr;
  int Prompt = 512, Generate = 64, Rounds = 3;
  std::vector<int> Depths{0}, Threads;
  bool Json = false;
};

bool parseList(const char *Text, std::vector<int> &Out, int Least) {
  Out.clear();
  for (char *End = nullptr; *Text; Text = *End == ',' ? End + 1 : End) {
    long Value = std::strtol(Text, &End, 10);
    if (End == Text || Value < Least || Value > 1'000'000 || (*End && *End != ','))
      return false;
    Out.push_back(int(Value));
  }
  return !Out.empty();
}

struct Failed {
  facet_error Error;
};

void check(facet_code Code, const facet_error &Error) {
  if (Code != FACET_OK)
    throw Failed{Error};
}

class Bench {
public:
  Bench(facet_model *Model, const Arguments &Args) : Model(Model), Args(Args) { facet_model_describe(Model, &Info); }

  void run() {
    if (!Args.Json)
      std::printf("%-14s %8s %14s %16s %10s\n", "test", "threads", "tokens/s", "ceiling", "share");
    for (int Threads : Args.Threads) {
      Bandwidth = facet::measureReadBandwidth(Threads);
      Arithmetic = facet::measureArithmetic(Threads);
      for (int Depth : Args.Depths) {
        if (Args.Prompt)
          measure(Threads, Depth, true);
        if (Args.Generate)
          measure(Threads, Depth, false);
      }
    }
  }

private:
  facet_session *open(int Threads, int Depth) {
    facet_error Error;
    facet_executor *Executor = nullptr;
    check(facet_executor_create(Threads, nullptr, &Executor, &Error), Error);
    facet_session_options Options = {};
    Options.context = Depth + std::max(Args.Prompt, Args.Generate) + 1;
    Options.executor = Executor;
    facet_session *Session = nullptr;
    facet_code Code = facet_session_create(Model, &Options, &Session, &Error);
    facet_executor_destroy(Executor);
    check(Code, Error);
    return Session;
  }

  std::vector<int32_t> tokens(int Count) {
    std::vector<int32_t> All;
    for (int I = 0; I < Count; ++I)
      All.push_back(int32_t((long(I) * 7919 + 13) % Info.vocab_size));
    return All;
  }

  /// Seconds of the best round; `Bytes`: weights read in it.
  void measure(int Threads, int Depth, bool Prefill) {
    facet_session *Session = open(Threads, Depth);
    facet_error Error;
    double Best = 1e30;
    int Count = Prefill ? Args.Prompt : Args.Generate;
    uint64_t Bytes = 0;
    for (int Round = 0; Round < Args.Rounds; ++Round) {
      facet_sequence *Sequence = nullptr;
      check(facet_sequence_create(Session, &Sequence, &Error), Error);
      std::vector<int32_t> Before = tokens(Depth + 1), Prompt = tokens(Count);
      if (Depth)
        check(facet_session_prefill(Session, Sequence, Before.data(), Depth, FACET_WANTS_NOTHING, nullptr, &Error), Error);
      facet_counters Start, End;
      facet_session_counters(Session, &Start);
      auto Begin = std::chrono::steady_clock::now();
      if (Prefill)
        check(facet_session_prefill(Session, Sequence, Prompt.data(), Count, FACET_WANTS_LOGITS, nullptr, &Error), Error);
      else
        generate(Session, Sequence, Count);
      Best = std::min(Best, std::chrono::duration<double>(std::chrono::steady_clock::now() - Begin).count());
      facet_session_counters(Session, &End);
      Bytes = End.weight_bytes - Start.weight_bytes;
      facet_sequence_destroy(Sequence);
    }
    facet_session_destroy(Session);
    report(Threads, Depth, Prefill, Count, Best, Bytes);
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

  void report(int Threads, int Depth, bool Prefill, int Count, double Seconds, uint64_t Bytes) {
    std::string Test = (Prefill ? "pp" : "tg") + std::to_string(Count) + (Depth ? "@d" + std::to_string(Depth) : "");
    double Rate = Count / Seconds, Share = -1, Ceiling = Prefill ? Arithmetic : Bandwidth;
    if (Prefill)
      Share = operations(Count) / Seconds / Arithmetic;
    else if (Info.weight_bytes > facet::lastLevelCacheBytes())
      Share = Bytes / Seconds / Bandwidth;
    char ShareText[32] = "-";
    if (Share >= 0)
      std::snprintf(ShareText, sizeof(ShareText), Args.Json ? "%.4f" : "%.1f %%", Args.Json ? Share : 100 * Share);
    if (Args.Json)
      std::printf("{\"test\":\"%s\",\"threads\":%d,\"depth\":%d,\"tokens_per_second\":%.3f,\"ceiling_share\":%s}\n", Test.c_str(), Threads, Depth, Rate,
                  Share >= 0 ? ShareText : "null");
    else
      std::printf("%-14s %8d %14.2f %11.1f %s %10s\n", Test.c_str(), Threads, Rate, Ceiling / 1e9, Prefill ? "GF/s" : "GB/s", ShareText);
    std::fflush(stdout);
  }

  /// Of a prompt whose last row alone wants logits: two for each streamed weight element and row that reaches it.
  /// Attention and experts are left out: a lower bound.
  double operations(int Count) {
    facet_entry_details Entry = {};
    facet_model_entry(Model, 0, &Entry);
    double Sum = 0;
    for (int I = 0; I < Entry.dispatch_count; ++I) {
      facet_dispatch_details Dispatch;
      facet_model_dispatch(Model, Entry.first_dispatch + I, &Dispatch);
      for (int O = 0; O < Dispatch.operand_count; ++O) {
        facet_operand_details Operand;
        facet_weight_details Weight;
        facet_model_operand(Model, Entry.first_dispatch + I, O, &Operand);
        if (std::string(Operand.kind) == "weight" && Operand.reads == 0 && facet_model_weight(Model, Operand.index, &Weight))
          Sum += 2.0 * Weight.rows * Weight.columns * (Dispatch.row_set ? 1 : Count);
      }
    }
    return Sum;
  }

  facet_model *Model;
  const Arguments &Args;
  facet_model_details Info;
  double Bandwidth = 0, Arithmetic = 0;
};

} // namespace

int main(int Argc, char **Argv) {
  Arguments Args;
  Args.Threads = {facet_default_threads()};
  for (int I = 1; I < Argc; ++I) {
    std::string Option = Argv[I];
    std::vector<int> One;
    bool Good = true;
    auto number = [&](int &Out, int Least) {
      Good = I + 1 < Argc && parseList(Argv[++I], One, Least) && One.size() == 1;
      if (Good)
        Out = One[0];
    };
    if (Option == "--help" || Option == "-h") {
      std::fputs(kHelp, stdout);
      return Ok;
    }
    if (Option == "--json")
      Args.Json = true;
    else if (Option == "-p")
      number(Args.Prompt, 0);
    else if (Option == "-n")
      number(Args.Generate, 0);
    else if (Option == "-r")
      number(Args.Rounds, 1);
    else if (Option == "-d")
      Good = I + 1 < Argc && parseList(Argv[++I], Args.Depths, 0);
    else if (Option == "-t")
      Good = I + 1 < Argc && parseList(Argv[++I], Args.Threads, 1);
    else if (Option[0] != '-' && !Args.Path)
      Args.Path = Argv[I];
    else
      Good = false;
    if (!Good) {
      std::fprintf(stderr, "facet-bench: unexpected '%s'; see facet bench --help\n", Argv[std::min(I, Argc - 1)]);
      return BadUsage;
    }
  }
  if (!Args.Path) {
    std::fputs("facet-bench: expected an artifact; see facet bench --help\n", stderr);
    return BadUsage;
  }
  facet_model *Model = nullptr;
  facet_error Error;
  if (facet_model_open(Args.Path, nullptr, &Model, &Error) != FACET_OK) {
    std::fprintf(stderr, "facet-bench: %s\n", Error.message);
    return BadInput;
  }
  int Code = Ok;
  try {
    Bench(Model, Args).run();
  } catch (const Failed &Failure) {
    std::fprintf(stderr, "facet-bench: %s\n", Failure.Error.message);
    Code = BadInput;
  }
  facet_model_close(Model);
  return Code;
}
