// facet chat: a conversation at a terminal. Lines that begin with / are commands.
#include "tools/chat_session.h"
#include "tools/command/suggestion.h"
#include "tools/interrupts.h"
#include "tools/line_editor.h"
#include "tools/open_text.h"
#include "tools/terminal.h"

#include "runtime/text/template/Unicode.h"

#include <cstdio>
#include <exception>

namespace {

using namespace facet;
using namespace facet::command;

/// How far back a question may change what the sequence holds without reading all of it again, such as the
/// thoughts of the answer before it, which templates leave out.
constexpr int32_t Rollback = 1024;

const char Help[] = "  /system TEXT   the system message from now on; without TEXT shows it, - removes it\n"
                    "  /think         thinking on or off\n"
                    "  /save FILE     the conversation and the state of the session\n"
                    "  /load FILE     what /save wrote, to go on exactly from there\n"
                    "  /reset         a new conversation\n"
                    "  /exit          or Ctrl-D: the end\n"
                    "Ctrl-C stops an answer. A line that ends in \\ goes on in the next.\n";
const std::vector<std::string> Commands = {"/help", "/system", "/think", "/save", "/load", "/reset", "/exit"};

/// Writes pieces as they come: thoughts dimmed and apart, or between lines where there is no style.
class AnswerPrinter {
public:
  void print(TextPart Part, std::string_view Piece) {
    enter(Part == TextPart::Thought);
    std::fputs(printable(Piece).c_str(), stdout);
    std::fflush(stdout);
    LineOpen = !Piece.ends_with('\n');
  }
  void finish() {
    enter(false);
    if (LineOpen)
      std::fputs("\n", stdout);
    std::fflush(stdout);
  }

private:
  void enter(bool Thoughts) {
    if (Thoughts == Thinking)
      return;
    Thinking = Thoughts;
    if (Thoughts) {
      std::fputs(Styled ? "\033[2m" : "(thoughts)\n", stdout);
      return;
    }
    std::fputs(LineOpen ? "\n" : "", stdout);
    std::fputs(Styled ? "\033[0m\n" : "(answer)\n", stdout);
    LineOpen = false;
  }
  const bool Styled = hasStyle(stdout);
  bool Thinking = false, LineOpen = false;
};

class Chat {
public:
  Chat(ChatSession Session, const GenerationOptions &O, const facet_sampler_options &Sampling)
      : Session(std::move(Session)) {
    Options.MaxTokens = O.MaxTokens;
    Options.Sampling = Sampling;
    this->Session.System = O.System;
    this->Session.Think = O.Think;
  }

  void run() {
    LineEditor Editor("> ");
    std::string Line;
    for (;;) {
      LineEditor::Result R = Editor.read(Line);
      if (R == LineEditor::Result::End)
        break;
      if (R == LineEditor::Result::Interrupted || Line.find_first_not_of(" \t\n") == std::string::npos)
        continue;
      if (Line[0] != '/')
        answer(Line);
      else if (!obey(Line))
        break;
    }
  }

private:
  void answer(const std::string &Question) {
    if (!isValidUtf8(Question))
      return say("expected UTF-8, found other bytes");
    AnswerPrinter Printer;
    Progress Reading("reading", "tokens");
    Options.Sink = [&](TextPart Part, std::string_view Piece) {
      Reading.finish();
      Printer.print(Part, Piece);
      return !interrupted();
    };
    Options.OnPrompt = [&](size_t Read, size_t All) {
      Reading.update(Read, All);
      return !interrupted();
    };
    TextResult<GeneratedText> Result = Session.ask(Question, Options);
    Reading.finish();
    Printer.finish();
    if (!Result)
      say(Result.error().Message + (Result.error().Code == FACET_OUT_OF_CONTEXT ? "; or /reset" : ""));
    else if (interrupted())
      say("stopped");
    else if (Result->Finish == TextFinish::Context)
      say("the context is full; /reset begins a new conversation, --context makes room for longer ones");
  }

  /// False: the end.
  bool obey(const std::string &Line) {
    const size_t Space = std::min(Line.find_first_of(" \t"), Line.size()),
                 Begin = std::min(Line.find_first_not_of(" \t", Space), Line.size());
    const std::string Name = Line.substr(0, Space), Rest = Line.substr(Begin);
    if (Name == "/exit" || Name == "/quit")
      return false;
    if (Name == "/help")
      std::fputs(Help, stdout);
    else if (Name == "/system")
      setSystem(Rest);
    else if (Name == "/think")
      say((Session.Think = !Session.Think) ? "thinking is on" : "thinking is off");
    else if (Name == "/reset")
      Session.reset(), say("a new conversation");
    else if (Name == "/save" || Name == "/load")
      move(Name == "/save", Rest);
    else
      refuse(Name);
    return true;
  }

  void setSystem(const std::string &Text) {
    if (Text.empty())
      return say(Session.System.empty() ? "no system message" : Session.System);
    if (!isValidUtf8(Text))
      return say("expected UTF-8, found other bytes");
    Session.System = Text == "-" ? "" : Text;
    say(Session.System.empty() ? "no system message" : "the system message is set");
  }

  void move(bool Saves, const std::string &Path) {
    if (Path.empty())
      return say(Saves ? "expected /save FILE" : "expected /load FILE");
    const std::string Problem = Saves ? Session.save(Path) : Session.load(Path);
    const std::string Count = std::to_string(Session.messages().size()) + " messages";
    say(!Problem.empty() ? Problem : Saves ? "saved " + Count : "loaded " + Count);
  }

  void refuse(const std::string &Name) {
    const std::string Meant = closest(Name, Commands);
    say("no command '" + printable(Name) + "'" + (Meant.empty() ? "" : " (did you mean '" + Meant + "'?)") +
        "; /help lists them");
  }

  static void say(const std::string &Text) { std::printf("[%s]\n", printable(Text).c_str()); }

  ChatSession Session;
  TextOptions Options;
};

int fail(const Failure &Why) {
  std::fprintf(stderr, "facet chat: %s\n", Why.Message.c_str());
  return Why.Status;
}

Command chatCommand(GenerationOptions &O) {
  Command C = {
      .Verb = "chat",
      .Description =
          "A conversation with a model. Answers come as they are generated; thoughts are shown apart. "
          "Lines that begin with / are commands:\n" +
          std::string(Help),
      .Arguments = {modelArgument(O)},
      .Surplus = "questions are typed in the conversation; facet run takes one as an argument",
      .Examples = {{"facet chat model.facet --system \"Answer in one sentence.\"", "until /exit or Ctrl-D"}},
      .Notes = std::string(
                   "On a terminal, thoughts are dimmed unless the environment variable NO_COLOR is set; with "
                   "CLICOLOR_FORCE=1 they are everywhere. Questions are kept in "
                   "$XDG_STATE_HOME/facet/chat_history, or ~/.local/state/facet/chat_history.\n") +
               MemoryNote,
  };
  addGenerationOptions(O, C.Options);
  return C;
}

int run(const GenerationOptions &O) {
  if (!isValidUtf8(O.System))
    return fail({BadInput, "--system: expected UTF-8, found other bytes"});
  facet_session_options Options = {};
  Options.context = O.Context;
  Options.max_outputs = 1;
  Options.rollback = Rollback;
  OpenedText Opened;
  if (Failure Why = openText(O, Options, false, Opened))
    return fail(Why);
  TextResult<TextSession> Session = TextSession::create(*Opened.Text, Options);
  if (!Session)
    return fail(failureOf(O.Model, Session.error()));
  if (!Opened.Text->hasTemplate())
    return fail({BadInput, O.Model + ": it has no chat template; facet run --raw continues a text"});
  Chat(ChatSession(std::move(*Session), *Opened.Text), O, samplingOf(Opened.Model.get(), O)).run();
  return Ok;
}

} // namespace

int main(int Count, char **Values) {
  try {
    GenerationOptions O;
    const Command Table = chatCommand(O);
    if (std::optional<int> Status = parse(Table, Count, Values))
      return *Status;
    return finishOutput("chat", run(O));
  } catch (const std::exception &Error) {
    return fail({Internal, Error.what()});
  }
}
