// facet render: a conversation in JSON on standard input becomes the prompt that the model is given.
#include "runtime/text/Json.h"
#include "tools/command/model_path.h"
#include "tools/command/values.h"
#include "tools/render_cases.h"
#include "tools/template_source.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>
#include <string>

namespace {

using namespace facet;
using namespace facet::command;

int fail(Exit Code, const std::string &Message) {
  std::fprintf(stderr, "facet render: %s\n", Message.c_str());
  return Code;
}

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

int renderConversation(std::string Model, bool Spans) {
  if (std::string Problem = findModel(Model); !Problem.empty())
    return fail(BadInput, Problem);
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
  if (Input.empty())
    return fail(BadInput, "standard input: expected a conversation, such as "
                          R"([{"role": "user", "content": "Hello"}], found nothing)");
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

struct RenderOptions {
  std::string Model, Cases;
  bool Spans = false;
};

Command renderCommand(RenderOptions &O) {
  return {
      .Verb = "render",
      .Description =
          "Writes the prompt that the model's chat template makes of a conversation, byte for byte, with no "
          "newline "
          "after it. The conversation is JSON: a list of messages, or\n"
          "  {\"messages\": [...], \"tools\": [...], \"add_generation_prompt\": true, \"enable_thinking\": "
          "false, "
          "...}\n"
          "where every other key, and every key of an \"options\" object, is a variable of the template.",
      .Arguments = {{file(O.Model, "MODEL"), "a .facet file, a checkpoint's directory (chat_template.jinja, "
                                             "tokenizer_config.json), a .jinja file or a Hugging Face id"}},
      .Options =
          {{"--spans", flag(O.Spans),
            "write {\"text\": ..., \"spans\": [[begin, end, \"template\" or \"data\"], ...]} instead: which "
            "bytes the template's author wrote and which came from the conversation"},
           {"--cases", file(O.Cases),
            "render each case of a JSON list and compare: {\"messages\", \"tools\", \"options\", and "
            "\"text\", "
            "\"raises\" or \"fails\"}; \"template\" names a file in the folder MODEL"}},
      .Input = "CONVERSATION",
      .Surplus = "the conversation is read from standard input",
      .Examples = {{R"(echo '[{"role": "user", "content": "Hello"}]' | facet render model.facet)",
                    "the prompt of one question"}},
      .ExitStatus = "0 done, 1 bad input or a case that differs, 2 bad usage, 70 an error in this program",
  };
}

} // namespace

int main(int Count, char **Values) {
  RenderOptions O;
  const Command Table = renderCommand(O);
  if (std::optional<int> Status = parse(Table, Count, Values))
    return *Status;
  if (!O.Cases.empty() && O.Spans)
    return usageError(Table, "--cases and --spans do not go together");
  try {
    if (!O.Cases.empty())
      return checkCases(O.Model, O.Cases) ? Ok : BadInput;
    return renderConversation(O.Model, O.Spans);
  } catch (const std::bad_alloc &) {
    return fail(Internal, "out of memory");
  }
}
