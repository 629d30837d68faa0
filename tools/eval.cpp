// facet eval: checks an artifact against a folder of goldens and prints one table.
#include "runtime/artifact_format.h"
#include "tools/artifact_section.h"
#include "tools/command/model_path.h"
#include "tools/command/values.h"
#include "tools/eval_checks.h"
#include "tools/eval_divergence.h"

#include <algorithm>
#include <cstdio>
#include <exception>

namespace {

using namespace facet;
using namespace facet::command;

int fail(int Code, const std::string &Message) {
  std::fflush(stdout);
  std::fprintf(stderr, "facet eval: %s\n", Message.c_str());
  return Code;
}

int fail(const std::string &Where, const char *Message, facet_code Code) {
  std::string Text = Message;
  return fail(Code == FACET_INTERNAL ? Internal : BadInput,
              Text.starts_with(Where) ? Text : Where + ": " + Text);
}

struct CloseModel {
  void operator()(facet_model *Model) const { facet_model_close(Model); }
};
struct DestroyExecutor {
  void operator()(facet_executor *Executor) const { facet_executor_destroy(Executor); }
};

struct EvalOptions {
  std::string Model, Golden, Reference;
  int Threads = 0, Context = 0;
  bool Json = false;
};

/// Whether the checkpoint says that its weights are bf16, so that storing them so rounds nothing.
bool isBf16Checkpoint(const facet_model *Model) {
  size_t Size = 0;
  const char *Bytes =
      static_cast<const char *>(facet_model_section_data(Model, FACET_SECTION_METADATA, &Size));
  const std::string_view Metadata(Bytes ? Bytes : "", Bytes ? Size : 0);
  if (!isShallowJson(Metadata))
    return false;
  const auto Parsed = nlohmann::ordered_json::parse(Metadata, nullptr, false);
  const auto &Config = member(Parsed, "config");
  for (const auto *Level : {&Config, &member(Config, "text_config")})
    for (const char *Key : {"dtype", "torch_dtype"})
      if (member(*Level, Key) == "bfloat16")
        return true;
  return false;
}

/// Whether the artifact rounds nothing, so that the limits of f32 hold for it.
bool isExact(const facet_model *Model, const facet_model_details &Details) {
  const std::string_view Format = Details.weight_format;
  if (Format != "f32" && !(Format == "bf16" && isBf16Checkpoint(Model)))
    return false;
  for (int32_t I = 0; I < Details.kv_count; ++I) {
    facet_kv_details Kv;
    if (facet_model_kv(Model, I, &Kv) && std::string_view(Kv.format) != "f32")
      return false;
  }
  return true;
}

/// "" or why the cases do not fit. Sets the context that they need where none was asked for.
std::string setContext(const EvalOptions &O, const GoldenFolder &Folder, int32_t Limit, int32_t &Context) {
  const size_t Needed = longestSequence(Folder);
  if (Needed > static_cast<size_t>(std::max(Limit, 1)))
    return O.Golden + ": expected cases of at most " + std::to_string(Limit) +
           " positions, the model's limit, found one of " + std::to_string(Needed);
  if (O.Context && static_cast<size_t>(O.Context) < Needed)
    return "--context: expected at least the " + std::to_string(Needed) +
           " positions of the longest case, found " + std::to_string(O.Context);
  Context = O.Context ? O.Context : static_cast<int32_t>(Needed);
  return "";
}

/// How far the session strays from another artifact, which is opened here.
int diverge(const EvalOptions &O, const GoldenFolder &Folder, const TextModel &Text, TextSession &Session,
            const facet_session_options &Settings) {
  facet_error Error = {};
  facet_model *RawModel = nullptr;
  if (facet_model_open(O.Reference.c_str(), nullptr, &RawModel, &Error) != FACET_OK)
    return fail(O.Reference, Error.message, Error.code);
  std::unique_ptr<facet_model, CloseModel> Model(RawModel);
  TextResult<TextModel> Other = TextModel::open(RawModel);
  if (!Other)
    return fail(O.Reference, Other.error().Message.c_str(), Other.error().Code);
  const int32_t Vocab = Text.details().vocab_size;
  if (Other->details().vocab_size != Vocab)
    return fail(BadInput, O.Reference + ": expected a vocabulary of " + std::to_string(Vocab) +
                              " tokens, as the model has, found " +
                              std::to_string(Other->details().vocab_size));
  TextResult<TextSession> Reference = TextSession::create(*Other, Settings);
  if (!Reference)
    return fail(O.Reference, Reference.error().Message.c_str(), Reference.error().Code);
  Divergence Result;
  std::string Problem = measureDivergence(Folder, Vocab, *Reference, Session, Result);
  if (!Problem.empty())
    return fail(BadInput, Problem);
  std::fputs(printDivergence(Result, O.Json).c_str(), stdout);
  return Ok;
}

int run(const EvalOptions &O) {
  for (const std::string &Path : {O.Model, O.Reference})
    if (std::string Why = Path.empty() ? "" : whyNotAnArtifact(Path); !Why.empty())
      return fail(BadInput, Why);
  GoldenFolder Folder;
  std::string Problem = readGoldenFolder(O.Golden, Folder);
  if (!Problem.empty())
    return fail(BadInput, Problem);
  facet_error Error = {};
  facet_model *RawModel = nullptr;
  exitWhenShrunk(O.Model);
  if (facet_model_open(O.Model.c_str(), nullptr, &RawModel, &Error) != FACET_OK)
    return fail(O.Model, Error.message, Error.code);
  std::unique_ptr<facet_model, CloseModel> Model(RawModel);
  TextResult<TextModel> Text = TextModel::open(RawModel);
  if (!Text)
    return fail(O.Model, Text.error().Message.c_str(), Text.error().Code);
  facet_executor *RawExecutor = nullptr;
  if (facet_executor_create(O.Threads, nullptr, &RawExecutor, &Error) != FACET_OK)
    return fail("--threads", Error.message, Error.code);
  std::unique_ptr<facet_executor, DestroyExecutor> Executor(RawExecutor);
  facet_session_options Settings = {};
  Problem = setContext(O, Folder, Text->details().max_positions, Settings.context);
  if (!Problem.empty())
    return fail(BadInput, Problem);
  Settings.executor = RawExecutor;
  TextResult<TextSession> Session = TextSession::create(*Text, Settings);
  if (!Session)
    return fail(O.Model, Session.error().Message.c_str(), Session.error().Code);
  if (!O.Reference.empty())
    return diverge(O, Folder, *Text, *Session, Settings);
  EvalReport Report(O.Json);
  const bool Exact = isExact(RawModel, Text->details());
  Evaluation Evaluate(*Text, *Session, Folder, Report, Exact);
  Problem = Evaluate.run();
  if (!Problem.empty())
    return fail(BadInput, Problem);
  const bool Holds = Report.finish();
  if (Report.ranNothing())
    return fail(BadInput, O.Golden + ": nothing was checked: " +
                              (Exact ? "it has no case that this artifact can run"
                                     : "this artifact rounds weights or K/V, and no bf16.json says how far "
                                       "it may stray; compile with the checkpoint's own weights (--weights "
                                       "bf16 or f32) and --kv f32"));
  return Holds ? Ok : BadInput;
}

Command evalCommand(EvalOptions &O) {
  return {
      .Verb = "eval",
      .Description =
          "Checks an artifact against a folder that is laid out as test/models/*/golden, with what it has "
          "of\n"
          "  cases.json            prompts, ids, greedy continuations, logits of the last position\n"
          "  tensors.safetensors   logits and hidden states of the cases\n"
          "  tokenizer_cases.json  texts and their ids\n"
          "  perplexity.json       conversations and the mean negative log likelihood of their answers\n"
          "  bf16.json             how far the reference strays in bfloat16: the limits of artifacts that "
          "round\n"
          "                        weights or K/V\n"
          "Cases that need senses which the artifact lacks are listed as skipped.",
      .Arguments = {{file(O.Model, "MODEL.facet")}, {directory(O.Golden, "GOLDEN_DIR")}},
      .Options =
          {{"--reference", file(O.Reference, "REFERENCE.facet"),
            "checks nothing; prints how far the model's predictions of the answers in perplexity.json stray "
            "from those of another artifact of the same checkpoint, such as one in f32"},
           {"--threads", number(O.Threads, 1, 256, "T"), "default: the CPUs there are", {"-t", "-j"}},
           {"--context",
            number(O.Context, 1, INT32_MAX),
            "at least what the longest case needs, which is the default",
            {"-c"}},
           {"--json", flag(O.Json), "one object a line, as docs/json.md says"}},
      .Examples = {{"facet eval model.facet test/models/gemma4-nano-dense/golden",
                    "a nano model of the source tree against its goldens"}},
      .ExitStatus =
          "0 all that ran holds, 1 bad input or a check failed, 2 bad usage, 70 an error in this program",
  };
}

} // namespace

int main(int Count, char **Values) {
  try {
    EvalOptions O;
    const Command Table = evalCommand(O);
    if (std::optional<int> Status = parse(Table, Count, Values))
      return *Status;
    return finishOutput("eval", run(O));
  } catch (const std::exception &Error) {
    return fail(Internal, Error.what());
  }
}
