// facet run: a prompt in, the model's answer out as it comes.
#include "tools/run_options.h"

#include "runtime/text/Json.h"
#include "runtime/text/template/Unicode.h"
#include "tools/open_text.h"
#include "tools/run_importance.h"
#include "tools/template_source.h"
#include "tools/terminal.h"

#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <new>
#include <unistd.h>

namespace {

using namespace facet;
using namespace facet::command;

int fail(int Code, const std::string &Message) {
  std::fprintf(stderr, "facet run: %s\n", Message.c_str());
  return Code;
}

int fail(const Failure &Why) { return fail(Why.Status, Why.Message); }

bool write(std::FILE *Stream, std::string_view Text) {
  return std::fwrite(Text.data(), 1, Text.size(), Stream) == Text.size() && std::fflush(Stream) == 0;
}

/// What a model says must not command a terminal; a file or a pipe gets it as it is.
bool say(std::FILE *Stream, std::string_view Piece) {
  return isatty(fileno(Stream)) ? write(Stream, printable(Piece)) : write(Stream, Piece);
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
  Options.Sampling = samplingOf(Text.model(), O);
  Options.Stops = O.Stops;
  Progress Reading("reading", "tokens");
  Options.OnPrompt = [&](size_t Read, size_t All) {
    Reading.update(Read, All);
    return true;
  };
  bool Broken = false, Newline = false, ThoughtOpen = false;
  if (!O.Json)
    Options.Sink = [&](TextPart Part, std::string_view Piece) {
      Reading.finish();
      if (Part == TextPart::Thought) {
        if (O.Think) {
          say(stderr, Piece);
          ThoughtOpen = !Piece.ends_with('\n');
        }
        return true;
      }
      if (ThoughtOpen)
        write(stderr, "\n");
      ThoughtOpen = false;
      Newline = Piece.ends_with('\n');
      Broken = !say(stdout, Piece);
      return !Broken;
    };
  TextResult<GeneratedText> Result = Session.generateIds(Ids, Options);
  Reading.finish();
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
    return fail(failureOf(O.Model, Result.error()));
  if (Broken)
    return fail(BadInput, std::string("standard output: ") + std::strerror(errno));
  if (O.Verbose)
    std::fprintf(stderr, "%" PRId32 " prompt tokens in %.3f s, %zu tokens at %.1f a second, finish: %s\n",
                 Result->PromptTokens, Result->PromptSeconds, Result->Ids.size(), Result->tokensPerSecond(),
                 finishName(Result->Finish));
  return Ok;
}

/// The prompt where it is not an argument. Returns "" or an error.
std::string readPrompt(RunOptions &O) {
  constexpr size_t Most = size_t(64) << 20;
  std::string Error, Path = O.PromptFile.empty() ? "-" : O.PromptFile;
  if (O.PromptFile.empty() && (O.Prompt != "-" || !O.Importance.empty()))
    return "";
  O.Prompt.clear();
  readWholeFile(Path, Most, O.Prompt, Error);
  return Error.empty() || Path == "-" ? Error
                                      : "--prompt-file: expected a file that holds the prompt: " + Error;
}

TextResult<std::vector<int32_t>> idsOf(const RunOptions &O, const TextModel &Text) {
  if (O.Raw)
    return Text.encodeRaw(O.Prompt);
  TextResult<Rendered> Prompt = Text.render(makeQuestion(O.Prompt, O.System, O.Think));
  if (!Prompt)
    return Prompt.error();
  return Text.encode(*Prompt);
}

int run(RunOptions O) {
  const bool Collects = !O.Importance.empty();
  if (std::string Problem = readPrompt(O); !Problem.empty())
    return fail(BadInput, Problem);
  for (const std::string *Text : {&O.Prompt, &O.System})
    if (!isValidUtf8(*Text))
      return fail(BadInput, "prompt: expected UTF-8, found other bytes");
  facet_session_options Options = {};
  Options.context = O.Context;
  Options.max_outputs = 1;
  if (Collects) {
    O.Threads = 1;
    Options = collectingOptions(Options);
  }
  OpenedText Opened;
  if (Failure Why = openText(O, Options, O.Verbose, Opened))
    return fail(Why);
  const TextModel &Text = *Opened.Text;
  // The prompt is refused before K/V is allocated.
  TextResult<std::vector<int32_t>> Ids = Collects ? std::vector<int32_t>{} : idsOf(O, Text);
  if (!Ids)
    return fail(failureOf(O.Model, Ids.error()));
  TextResult<TextSession> Session = TextSession::create(Text, Options);
  if (!Session)
    return fail(failureOf(O.Model, Session.error()));
  if (!Collects)
    return generate(O, *Session, Text, *Ids);
  std::string Problem = collectImportance(O, Text, *Session);
  return Problem.empty() ? Ok : fail(BadInput, Problem);
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
