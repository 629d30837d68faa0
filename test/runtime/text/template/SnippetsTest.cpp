// Small templates give what jinja2 gives: snippets.json, which snippets.py wrote.
#include "test/runtime/text/template/Render.h"

using namespace facet;
using namespace facet::testing;

TEST(Snippets, AgreeWithJinja2) {
  std::string Bytes = readFile(FACET_SOURCE_DIR "/test/runtime/text/template/snippets.json");
  ASSERT_FALSE(Bytes.empty());
  TemplateValue File = json(Bytes);
  const TemplateValue &Context = *File.asDict().find("context");
  for (const TemplateValue &Snippet : File.asDict().find("snippets")->asList().Items) {
    auto Field = [&](const char *Name) {
      const TemplateValue *Value = Snippet.asDict().find(Name);
      return Value ? Value->asText().bytes() : std::string();
    };
    const std::string Source = Field("source"), Fails = Field("fails"), Raises = Field("raises");
    TemplateResult<Rendered> Result = render(Source, Context);
    if (!Fails.empty() || !Raises.empty()) {
      EXPECT_FALSE(Result) << Source << "\nexpected " << Fails << Raises << ", found " << Result->text;
      if (!Result && !Raises.empty()) {
        EXPECT_EQ(Result.error().Message, Raises) << Source;
        EXPECT_EQ(Result.error().What, TemplateError::Raised) << Source;
      }
      continue;
    }
    EXPECT_EQ(outcome(Result), Field("text")) << Source;
  }
}
