// Published chat templates and that of the nano checkpoints give the recorded prompts.
#include "test/runtime/text/template/Render.h"

#include <cstdlib>

using namespace facet;
using namespace facet::testing;

namespace {
const std::string *textOf(const TemplateValue &Case, const char *Key) {
  const TemplateValue *Value = Case.asDict().find(Key);
  return Value && Value->is(ValueKind::String) ? &Value->asText().bytes() : nullptr;
}

TemplateValue contextOf(const TemplateValue &Case, const SpecialTokens &Tokens) {
  std::vector<std::pair<std::string, TemplateValue>> Entries;
  for (const char *Key : {"messages", "tools", "options"})
    if (const TemplateValue *Value = Case.asDict().find(Key))
      Entries.emplace_back(Key, *Value);
  TemplateResult<TemplateValue> Context = makeContext(TemplateValue::dict(std::move(Entries)), Tokens);
  EXPECT_TRUE(Context) << Context.error().describe();
  return Context ? *Context : TemplateValue();
}

/// Spans cover the text, in order, and alternate.
void expectCover(const Rendered &Prompt) {
  size_t At = 0;
  for (size_t I = 0; I < Prompt.spans.size(); ++I) {
    EXPECT_EQ(Prompt.spans[I].begin, At);
    EXPECT_GT(Prompt.spans[I].end, At);
    EXPECT_TRUE(I == 0 || Prompt.spans[I].fromTemplate != Prompt.spans[I - 1].fromTemplate);
    At = Prompt.spans[I].end;
  }
  EXPECT_EQ(At, Prompt.text.size());
}
} // namespace

TEST(Golden, PublishedTemplates) {
  const char *Folder = std::getenv("FACET_TEMPLATES");
  std::string Path = Folder ? Folder : FACET_SOURCE_DIR "/../shared/templates";
  std::string Bytes = readFile(Path + "/cases.json");
  if (Bytes.empty())
    GTEST_SKIP() << "no cases.json in " << Path << "; set FACET_TEMPLATES to a folder of templates and cases";
  size_t Index = 0;
  TemplateValue Cases = json(Bytes);
  for (const TemplateValue &Case : Cases.asList().Items) {
    SCOPED_TRACE("case " + std::to_string(Index++));
    TemplateResult<Rendered> Result =
        render(readFile(Path + "/" + *textOf(Case, "template")),
               contextOf(Case, {{"bos_token", "<bos>"}, {"eos_token", "<eos>"}}));
    if (const std::string *Text = textOf(Case, "text")) {
      EXPECT_EQ(outcome(Result), *Text);
      if (Result)
        expectCover(*Result);
    } else {
      ASSERT_FALSE(Result) << Result->text;
      const std::string *Raises = textOf(Case, "raises");
      EXPECT_EQ(Result.error().What, Raises ? TemplateError::Raised : TemplateError::Failed);
      if (Raises)
        EXPECT_EQ(Result.error().Message, *Raises);
    }
  }
}

TEST(Golden, NanoCheckpoints) {
  for (const char *Name : {"dense", "e", "moe"}) {
    SCOPED_TRACE(Name);
    std::string Path = std::string(FACET_SOURCE_DIR "/test/models/gemma4-nano-") + Name;
    SpecialTokens Tokens = specialTokensOf(json(readFile(Path + "/tokenizer_config.json"), Origin::Template));
    EXPECT_GT(Tokens.size(), 10u);
    std::string Source = readFile(Path + "/chat_template.jinja");
    TemplateValue Cases = json(readFile(Path + "/golden/cases.json"));
    for (const TemplateValue &Case : Cases.asList().Items)
      EXPECT_EQ(outcome(render(Source, contextOf(Case, Tokens))), *textOf(Case, "prompt"));
  }
}

TEST(Conversation, RefusesWhatIsNone) {
  auto Message = [](const char *Json) {
    TemplateResult<TemplateValue> Context = makeContext(json(Json), {{"bos_token", "<bos>"}});
    return Context ? std::string() : Context.error().describe();
  };
  EXPECT_EQ(Message("3"), "expected a list of messages, or an object with \"messages\", found an integer");
  EXPECT_EQ(Message("{}"), "expected a list as \"messages\", found 'messages', which is undefined");
  EXPECT_EQ(Message("[1]"), "expected an object for each message, found an integer");
  EXPECT_EQ(Message("{\"messages\":[],\"tools\":{}}"), "expected a list as \"tools\", found a dict");
  // A user must not be able to put text of their own where the template writes <bos>.
  EXPECT_EQ(Message("{\"messages\":[],\"options\":{\"bos_token\":\"x\"}}"),
            "\"bos_token\" is a special token of the model and cannot be an option");
  EXPECT_EQ(Message("{\"messages\":[],\"tools\":null,\"options\":{\"a\":1}}"), "");
}
