// facet run: a prompt in, the model's answer out as it comes.
#include "tools/run_options.h"

#include "runtime/text/Json.h"
#include "runtime/text/generate/TextSession.h"
#include "runtime/text/template/Unicode.h"
#include "tools/artifact_section.h"
#include "tools/memory_plan.h"
#include "tools/run_importance.h"

#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <new>

namespace {

using namespace facet;
using namespace facet::command;

int fail(int Code, const std::string &Message) {
  std::fprintf(stderr, "facet run: %s\n", Message.c_str());
  return Code;
}

int fail(const std::string &Where, const facet_error &Error) {
  // Opening names the file itself.
  std::string Message = Error.message;
  return fail(Error.code == FACET_INTERNAL ? Internal : BadInput,
              Message.starts_with(Where) ? Message : Where + ": " + Message);
}

int fail(const std::string &Where, const TextError &Error) {
  return fail(Error.Code == FACET_INTERNAL ? Internal : BadInput, Where + ": " + Error.Message);
}

struct CloseModel {
  void operator()(facet_model *Model) const { facet_model_close(Model); }
};
struct DestroyExecutor {
  void operator()(facet_executor *Executor) const { facet_executor_destroy(Executor); }
};

bool write(std::FILE *Stream, std::string_view Text) {
  return std::fwrite(Text.data(), 1, Text.size(), Stream) == Text.size() && std::fflush(Stream) == 0;
}

bool readPrompt(std::string &Prompt) {
  constexpr size_t Most = size_t(64) << 20;
  char Buffer[1 << 14];
  Prompt.clear();
  while (size_t Count = std::fread(Buffer, 1, sizeof(Buffer), stdin)) {
    Prompt.append(Buffer, Count);
    if (Prompt.size() > Most) {
      errno = EFBIG;
      return false;
    }
  }
  return !std::ferror(stdin);
}

/// The plan comes before anything large is read; what cannot fit is refused with its numbers.
int planMemory(const RunOptions &O, const facet_session_options &Options) {
  facet_error Error = {};
  ReadablePlan Plan;
  if (planWithoutLoading(O.Model.c_str(), Options, Plan, Error) != FACET_OK)
    return fail(O.Model, Error);
  std::fprintf(stderr, "%s", O.Verbose ? Plan.Table.c_str() : (Plan.Line + "\n").c_str());
  std::string Why = whyItCannotFit(Plan.Plan, availableMemory());
  return Why.empty() ? Ok : fail(BadInput, O.Model + ": " + Why);
}

facet_sampler_options sampling(const facet_model *Model, const RunOptions &O) {
  facet_sampler_options Sampling = {};
  facet_sampler_defaults(Model, &Sampling);
  // Any setting of sampling means that sampling is wanted.
  if (O.Temperature || O.TopK || O.TopP || O.MinP)
    Sampling.greedy = 0;
  if (O.Temperature)
    Sampling.temperature = *O.Temperature;
  if (O.TopK)
    Sampling.top_k = *O.TopK;
  if (O.TopP)
    Sampling.top_p = *O.TopP;
  if (O.MinP)
    Sampling.min_p = *O.MinP;
  if (O.Greedy)
    Sampling.greedy = 1;
  Sampling.seed = O.Seed;
  return Sampling;
}

std::string asJson(const GeneratedText &Text) {
  std::string Ids;
  for (int32_t Id : Text.Ids)
    Ids += (Ids.empty() ? "" : ",") + std::to_string(Id);
  char Speed[32];
  std::snprintf(Speed, sizeof(Speed), "%.2f", Text.tokensPerSecond());
  return "{\"text\":" + quoteJson(Text.Text) + ",\"thoughts\":" + quoteJson(Text.Thoughts) + ",\"ids\":[" +
         Ids + "],\"finish\":\"" + finishName(Text.Finish) +
         "\",\"prompt_tokens\":" + std::to_string(Text.PromptTokens) +
         ",\"tokens\":" + std::to_string(Text.Ids.size()) + ",\"tokens_per_second\":" + Speed + "}\n";
}

int generate(const RunOptions &O, TextSession &Session, const TextModel &Text, std::span<const int32_t> Ids) {
  TextOptions Options;
  Options.MaxTokens = O.MaxTokens;
  Options.Sampling = sampling(Text.model(), O);
  Options.Stops = O.Stops;
  bool Broken = false, Newline = false, ThoughtOpen = false;
  if (!O.Json)
    Options.Sink = [&](TextPart Part, std::string_view Piece) {
      if (Part == TextPart::Thought) {
        if (O.Think) {
          write(stderr, Piece);
          ThoughtOpen = !Piece.ends_with('\n');
        }
        return true;
      }
      if (ThoughtOpen)
        write(stderr, "\n");
      ThoughtOpen = false;
      Newline = Piece.ends_with('\n');
      Broken = !write(stdout, Piece);
      return !Broken;
    };
  TextResult<GeneratedText> Result = Session.generateIds(Ids, Options);
  if (!Broken) {
    int Error = errno;
    if (ThoughtOpen)
      write(stderr, "\n");
    if (O.Json && Result)
      Broken = !write(stdout, asJson(*Result));
    else if (Result && !Newline)
      Broken = !write(stdout, "\n");
    else
      errno = Error;
  }
  if (!Result)
    return fail(O.Model, Result.error());
  if (Broken)
    return fail(BadInput, std::string("standard output: ") + std::strerror(errno));
  if (O.Verbose)
    std::fprintf(stderr, "%" PRId32 " prompt tokens in %.3f s, %zu tokens at %.1f a second, finish: %s\n",
                 Result->PromptTokens, Result->PromptSeconds, Result->Ids.size(), Result->tokensPerSecond(),
                 finishName(Result->Finish));
  return Ok;
}

int run(RunOptions O) {
  const bool Collects = !O.Importance.empty();
  if (!Collects && O.Prompt == "-" && !readPrompt(O.Prompt))
    return fail(BadInput, std::string("standard input: ") + std::strerror(errno));
  for (const std::string *Text : {&O.Prompt, &O.System})
    if (!isValidUtf8(*Text))
      return fail(BadInput, "prompt: expected UTF-8, found other bytes");
  facet_error Error = {};
  facet_executor *RawExecutor = nullptr;
  if (facet_executor_create(Collects ? 1 : O.Threads, nullptr, &RawExecutor, &Error) != FACET_OK)
    return fail("--threads", Error);
  std::unique_ptr<facet_executor, DestroyExecutor> Executor(RawExecutor);
  facet_session_options Options = {};
  Options.context = O.Context;
  Options.max_outputs = 1;
  Options.executor = RawExecutor;
  if (Collects)
    Options = collectingOptions(Options);
  exitWhenShrunk(O.Model);
  if (int Code = planMemory(O, Options))
    return Code;

  facet_model *RawModel = nullptr;
  facet_open_options Open = {O.Verify, 0, nullptr, nullptr};
  if (facet_model_open(O.Model.c_str(), &Open, &RawModel, &Error) != FACET_OK)
    return fail(O.Model, Error);
  std::unique_ptr<facet_model, CloseModel> Model(RawModel);
  TextResult<TextModel> Text = TextModel::open(RawModel);
  if (!Text)
    return fail(O.Model, Text.error());

  if (Collects) {
    TextResult<TextSession> Session = TextSession::create(*Text, Options);
    if (!Session)
      return fail(O.Model, Session.error());
    std::string Problem = collectImportance(O, *Text, *Session);
    return Problem.empty() ? Ok : fail(BadInput, Problem);
  }
  TextResult<std::vector<int32_t>> Ids = TextError{};
  if (O.Raw) {
    Ids = Text->encodeRaw(O.Prompt);
  } else {
    TextResult<Rendered> Prompt = Text->render(makeQuestion(O.Prompt, O.System, O.Think));
    if (!Prompt)
      return fail(O.Model, Prompt.error());
    Ids = Text->encode(*Prompt);
  }
  if (!Ids)
    return fail(O.Model, Ids.error());

  TextResult<TextSession> Session = TextSession::create(*Text, Options);
  if (!Session)
    return fail(O.Model, Session.error());
  return generate(O, *Session, *Text, *Ids);
}

} // namespace

int main(int Count, char **Values) {
  try {
    RunOptions Options;
    const Command Table = runCommand(Options);
    if (std::optional<int> Status = parse(Table, Count, Values))
      return *Status;
    if (std::string Problem = contradictionIn(Options); !Problem.empty())
      return usageError(Table, Problem);
    return run(std::move(Options));
  } catch (const std::bad_alloc &) {
    return fail(Internal, "out of memory");
  }
}
