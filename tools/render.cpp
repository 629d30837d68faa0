// facet render: a conversation in JSON on standard input becomes the prompt that the model is given.
#include "runtime/text/Json.h"
#include "tools/render_cases.h"
#include "tools/template_source.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>
#include <string>
#include <vector>

namespace {

using namespace facet;

enum Exit { Ok = 0, BadInput = 1, BadUsage = 2, Internal = 70 };

const char kHelp[] =
    "usage: facet render MODEL [--spans] < CONVERSATION\n"
    "       facet render MODEL --cases FILE\n"
    "\n"
    "Writes the prompt that the model's chat template makes of a conversation, byte for byte, with no "
    "newline\n"
    "after it. MODEL is a .facet file, a checkpoint's directory (chat_template.jinja, tokenizer_config.json) "
    "or a\n"
    ".jinja file. The conversation is JSON: a list of messages, or\n"
    "  {\"messages\": [...], \"tools\": [...], \"add_generation_prompt\": true, \"enable_thinking\": false, "
    "...}\n"
    "where every other key, and every key of an \"options\" object, is a variable of the template.\n"
    "\n"
    "  --spans       write {\"text\": ..., \"spans\": [[begin, end, \"template\" or \"data\"], ...]} "
    "instead: which bytes the\n"
    "                template's author wrote and which came from the conversation\n"
    "  --cases FILE  render each case of a JSON list and compare: {\"messages\", \"tools\", \"options\", and "
    "\"text\",\n"
    "                \"raises\" or \"fails\"}; \"template\" names a file in the folder MODEL\n"
    "  --help        this text\n"
    "\n"
    "exit status: 0 done, 1 bad input or a case that differs, 2 bad usage, 70 an error in this program\n";

int fail(Exit Code, const std::string &Message) {
  std::fprintf(stderr, "facet-render: %s\n", Message.c_str());
  return Code;
}

int usage(const std::string &Message) { return fail(BadUsage, Message + "; see facet render --help"); }

std::string spansAsJson(const Rendered &Prompt) {
  std::string Json = "{\"text\": " + quoteJson(Prompt.text) + ", \"spans\": [";
  for (const Span &S : Prompt.spans) {
    if (S.begin)
      Json += ", ";
    Json += "[" + std::to_string(S.begin) + ", " + std::to_string(S.end) + ", " +
            (S.fromTemplate ? "\"template\"]" : "\"data\"]");
  }
  return Json + "]}\n";
}

int renderConversation(const std::string &Model, bool Spans) {
  TemplateSource Source = loadTemplate(Model);
  if (!Source.Error.empty())
    return fail(BadInput, Source.Error);
  TemplateResult<Template> Parsed = Template::parse(Source.Text);
  if (!Parsed)
    return fail(BadInput, Source.Path + ": " + Parsed.error().describe());
  std::string Input, Error;
  JsonLimits Limits;
  if (!readWholeFile("-", Limits.Bytes, Input, Error))
    return fail(BadInput, Error);
  TemplateResult<TemplateValue> Conversation = parseJson(Input, Origin::Data, Limits);
  if (!Conversation)
    return fail(BadInput, "standard input: " + Conversation.error().describe());
  TemplateResult<TemplateValue> Context = makeContext(*Conversation, Source.Tokens);
  if (!Context)
    return fail(BadInput, "standard input: " + Context.error().describe());
  TemplateResult<Rendered> Prompt = Parsed->render(*Context);
  if (!Prompt)
    return fail(BadInput, Source.Path + ": " + Prompt.error().describe());
  const std::string Output = Spans ? spansAsJson(*Prompt) : std::move(Prompt->text);
  if (std::fwrite(Output.data(), 1, Output.size(), stdout) != Output.size() || std::fflush(stdout) != 0)
    return fail(BadInput, std::string("standard output: ") + std::strerror(errno));
  return Ok;
}

int run(const std::vector<std::string> &Arguments) {
  std::string Model, Cases;
  bool Spans = false;
  for (size_t I = 0; I < Arguments.size(); ++I) {
    const std::string &Argument = Arguments[I];
    if (Argument == "--help" || Argument == "-h") {
      std::fputs(kHelp, stdout);
      return Ok;
    }
    if (Argument == "--spans") {
      Spans = true;
    } else if (Argument == "--cases" || Argument.starts_with("--cases=")) {
      bool Inline = Argument.size() > 7;
      if (!Inline && I + 1 == Arguments.size())
        return usage("--cases: expected a file after it");
      Cases = Inline ? Argument.substr(8) : Arguments[++I];
    } else if (Argument.size() > 1 && Argument[0] == '-') {
      return usage("unknown option '" + Argument + "'");
    } else if (Model.empty()) {
      Model = Argument;
    } else {
      return usage("expected one MODEL, found '" + Model + "' and '" + Argument + "'");
    }
  }
  if (Model.empty())
    return usage("expected a MODEL: a .facet file, a checkpoint's directory or a .jinja file");
  if (!Cases.empty())
    return Spans ? usage("--cases and --spans do not go together") : checkCases(Model, Cases) ? Ok : BadInput;
  return renderConversation(Model, Spans);
}

} // namespace

int main(int Count, char **Values) {
  try {
    return run({Values + 1, Values + Count});
  } catch (const std::bad_alloc &) {
    return fail(Internal, "out of memory");
  }
}
