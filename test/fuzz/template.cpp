// libFuzzer program: hostile templates over hostile conversations. The input's first line is the context as
// JSON (or not); the rest is the template. Whatever is rendered must have spans that cover it, and bytes of
// the context outside ASCII must be in none of the template's.
#include "runtime/text/Json.h"
#include "runtime/text/template/Conversation.h"

#include <algorithm>
#include <cstdlib>

using namespace facet;

static void require(bool Holds) {
  if (!Holds)
    std::abort();
}

static void check(const Rendered &Prompt, bool TemplateIsAscii) {
  size_t At = 0;
  for (const Span &S : Prompt.spans) {
    require(S.begin == At && S.end > At && S.end <= Prompt.text.size());
    for (size_t I = S.begin; I < S.end && TemplateIsAscii && S.fromTemplate; ++I)
      require(!(Prompt.text[I] & 0x80));
    At = S.end;
  }
  require(At == Prompt.text.size());
}

extern "C" int LLVMFuzzerTestOneInput(const unsigned char *Data, size_t Size) {
  std::string_view Input(reinterpret_cast<const char *>(Data), Size);
  size_t Line = std::min(Input.find('\n'), Input.size());
  std::string_view Source = Input.substr(std::min(Line + 1, Input.size()));
  TemplateResult<TemplateValue> Json = parseJson(Input.substr(0, Line));
  TemplateValue Given = Json ? *Json : TemplateValue::list({});
  if (TemplateResult<TemplateValue> Context = makeContext(Given, {{"bos_token", "<bos>"}}))
    Given = *Context;
  if (!Given.is(ValueKind::Dict))
    Given = TemplateValue::dict({{"x", Given}, {"messages", Given}});

  TemplateResult<Template> Parsed = Template::parse(Source);
  if (!Parsed) {
    require(!Parsed.error().Message.empty());
    return 0;
  }
  TemplateLimits Limits;
  Limits.Steps = 20000; // so that a run is short
  Limits.OutputBytes = 1 << 20;
  Limits.WorkBytes = 4 << 20;
  TemplateResult<Rendered> Prompt = Parsed->render(Given, Limits);
  if (Prompt) // a backslash in the template can write any character
    check(*Prompt, Source.find_first_of("\\") == Source.npos &&
                       std::none_of(Source.begin(), Source.end(), [](char C) { return C & 0x80; }));
  return 0;
}
