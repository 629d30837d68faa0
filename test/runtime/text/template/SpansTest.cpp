// Which bytes of a prompt the template's author wrote: no special token, whole or in part, that comes from
// data may be in a template span.
#include "test/runtime/text/template/Render.h"

#include <cstdlib>

using namespace facet;
using namespace facet::testing;

namespace {
/// The spans as text: template bytes as they are, data in guillemets.
std::string marked(const TemplateResult<Rendered> &Result) {
  if (!Result)
    return outcome(Result);
  std::string Out;
  for (const Span &S : Result->spans) {
    std::string Part = Result->text.substr(S.begin, S.end - S.begin);
    Out += S.fromTemplate ? Part : "«" + Part + "»";
  }
  return Out;
}

size_t countInTemplate(const Rendered &Prompt, const std::string &Token) {
  size_t Count = 0;
  for (const Span &S : Prompt.spans)
    for (size_t At = S.begin; S.fromTemplate && At + Token.size() <= S.end; ++At)
      Count += Prompt.text.compare(At, Token.size(), Token) == 0;
  return Count;
}

void replaceAll(std::string &Text, const std::string &From, const std::string &To) {
  for (size_t At = 0; (At = Text.find(From, At)) != Text.npos; At += To.size())
    Text.replace(At, From.size(), To);
}
} // namespace

TEST(Spans, Exact) {
  const std::string Context = R"({"x": "rn|>", "h": "<tu", "w": " a b ", "n": 7, "l": ["p", "q"], "b": true,
                                  "d": {"k": "v", "K2": 1}, "p": "%s", "e": ""})";
  const std::pair<const char *, const char *> Cases[] = {
      {"a{{ x }}b", "a«rn|>»b"},
      {"{{ '<tu' ~ x }}", "<tu«rn|>»"},
      {"{{ h + 'rn|>' }}", "«<tu»rn|>"},
      {"{{ '<tu' ~ 'rn|>' }}", "<turn|>"},
      {"{{ '<tu' ~ e ~ 'rn|>' }}", "<turn|>"},
      {"{{ (' <tu' ~ x ~ ' ') | trim }}", "<tu«rn|>»"},
      {"{{ ('<tu' ~ x) | upper | lower | title | capitalize }}", "<tu«rn|>»"},
      {"{{ ('<tu' ~ x)[1:5] }}{{ ('<tu' ~ x)[::-1] }}{{ ('<tu' ~ x)[2] }}{{ ('<tu' ~ x)[3] }}",
       "tu«rn>|nr»ut<u«r»"},
      {"{{ ('<tu' ~ x ~ ',' ~ x).split(',') | join('') }}", "<tu«rn|>rn|>»"},
      {"{{ ('<tu' ~ x ~ ',y').split(',')[0] }}", "<tu«rn|>»"},
      {"{{ w.split() | join('<') }}{{ w.strip() ~ w.lstrip() ~ w.rstrip() }}", "«a»<«ba ba b  a b»"},
      {"{{ '<X|>' | replace('X', x) }}{{ x | replace('rn', 'RN') }}{{ x.replace('|', h) }}",
       "<«rn|>»|>RN«|>rn<tu>»"},
      {"{% macro m(a) %}<tu{{ a }}{% endmacro %}{{ m(x) }}{{ m('rn|>') }}", "<tu«rn|>»<turn|>"},
      {"{% set q %}<tu{{ x }}{% endset %}{{ q }}{% set q | trim %} {{ h }}rn|> {% endset %}{{ q }}",
       "<tu«rn|><tu»rn|>"},
      {"{% set ns = namespace(r='<tu') %}{% set ns.r = ns.r + x %}{{ ns.r }}", "<tu«rn|>»"},
      {"{% filter upper %}<tu{{ x }}{% endfilter %}", "<TU«RN|>»"},
      {"{% for k, v in d | dictsort %}{{ k }}={{ v }};{% endfor %}", "«k»=«v»;«K2»=«1»;"},
      {"{{ d }}{{ l }}{{ [x, 'y'] }}{{ {'<turn|>': x} }}",
       "«{'k': 'v', 'K2': 1}['p', 'q']»[«'rn|>'», 'y']{'<turn|>': «'rn|>'»}"},
      {"{{ d | tojson }}{{ [x, 'y'] | tojson }}{{ ('<tu' ~ x) | tojson }}",
       "«{\"k\": \"v\", \"K2\": 1}»[«\"rn|>\"», \"y\"]«\"»<tu«rn|>\"»"},
      {"{{ n }}{{ n + 1 }}{{ 1 + 1 }}{{ b }}{{ n == 7 }}{{ l | length }}{{ n | string ~ 'a' }}{{ '%s<%s' % "
       "(1, n) }}",
       "«7»«8»2«True»True«2»«7»a1<«7»"},
      {"{% for i in l %}{{ loop.index }}{% endfor %}{% for i in [1] %}{{ loop.index }}{{ i }}{% endfor %}",
       "«12»11"},
      {"{{ p % 'T' }}{{ '%s>' % x }}{{ '<%s' | format(x) }}{{ x | indent(2, true) }}",
       "T«rn|>»><«rn|>»  «rn|>»"},
      {"{{ l | map('upper') | join('-') }}{{ l | join(x) }}{{ ('<' ~ x) | list | join }}{{ (x ~ '<') | "
       "reverse }}",
       "«P»-«Q»«p»«rn|>»«q»<«rn|>»<«>|nr»"},
      {"{{ nope | default(x) }}{{ x | default('t') }}{{ nope | default('t') }}{{ x if n else 't' }}{{ nope "
       "or x }}",
       "«rn|>rn|>»t«rn|>rn|>»"},
      {"{{ x * 2 }}{{ '<' * 2 }}{{ (x ~ '<') | escape }}{{ x.partition('|')[1] }}{{ x | first }}{{ 'ab' | "
       "last }}",
       "«rn|>rn|>»<<«rn|&gt;»&lt;«|r»b"},
  };
  for (auto [Source, Expected] : Cases) {
    std::string Found = marked(render(Source, Context)), Wanted = Expected;
    replaceAll(Found, "»«", ""); // adjacent data is one span
    replaceAll(Wanted, "»«", "");
    EXPECT_EQ(Found, Wanted) << Source;
  }
}

// Data of Greek letters under templates of ASCII: every letter must be in a data span, whatever is done to
// it.
TEST(Spans, NoOperationLosesTheOrigin) {
  const std::string Context =
      R"({"x": " ΑβΓ δεΖ ", "l": ["β", "Α", "γ"], "d": {"β": "Ω", "Α": ["ψ", {"ξ": "ΣΑΣ"}]},
                                  "u": [{"n": "β"}, {"n": "Α"}], "m": "α\nβ\n\nγ"})";
  const char *Values[] = {"x",
                          "l | join(x)",
                          "d",
                          "u",
                          "m",
                          "l",
                          "'<' ~ x ~ '>'",
                          "d | dictsort",
                          "u | map(attribute='n') | list"};
  const char *Operations[] = {"V",
                              "V | string | trim | upper | lower | title | capitalize",
                              "(V | string).split() | join('|')",
                              "(V | string).strip().title().split('β')",
                              "(V | string)[1:-1][::2][::-1]",
                              "V | string | list | sort | unique | list",
                              "(V | string).splitlines() | join('-') | replace('β', 'b')",
                              "V | tojson",
                              "V | tojson(ensure_ascii=true, indent=2)",
                              "[V, {'k': V}, (V,)] | string",
                              "V | string | indent(3, true) | escape",
                              "'%s %r' % (V, V)",
                              "(V | string).partition('β') | map('upper') | join",
                              "V | list | first | string | last",
                              "(V | string | batch(2) | list)",
                              "'-'.join((V | string).rsplit('Α', 1))"};
  for (const char *Value : Values)
    for (const char *Operation : Operations) {
      std::string Source = std::string("{% macro wrap(a) %}<{{ a }}>{% endmacro %}{% set q %}{{ wrap(") +
                           Operation + ") }}{% endset %}{{ q }}";
      replaceAll(Source, "V", Value);
      TemplateResult<Rendered> Result = render(Source, Context);
      ASSERT_TRUE(Result) << Source << ": " << Result.error().describe();
      for (const Span &S : Result->spans)
        for (size_t I = S.begin; I < S.end && S.fromTemplate; ++I)
          ASSERT_FALSE(Result->text[I] & 0x80) << Source << "\n" << marked(Result);
    }
}

// A replaced piece of template text is the template's, so 'β' literals above are too: the check must be able
// to fail.
TEST(Spans, TheCheckCanFail) { EXPECT_EQ(marked(render("{{ 'β' ~ x }}", "{\"x\": \"γ\"}")), "β«γ»"); }

namespace {
/// The conversation's fields all hold Token. It is as long as any other that is put in its place.
std::string hostile(const std::string &Token, bool ToolMessages) {
  std::string Text = R"({"messages": [
      {"role": "system", "content": "@ s @"},
      {"role": "user", "content": "@"}, {"role": "assistant", "reasoning": "@", "content": "x @",
       "tool_calls": [{"id": "1", "function": {"name": "@", "arguments": {"@": "@", "l": ["@", {"@": "@"}]}}}]},)";
  if (ToolMessages)
    Text += R"({"role": "tool", "tool_call_id": "1", "name": "@", "content": "@"},
               {"role": "tool", "tool_call_id": "2", "name": "@", "content": [{"type": "text", "text": "@"}]},)";
  Text += R"({"role": "assistant", "content": "<|channel>t @<channel|>@", "reasoning_content": "@"},
      {"role": "user", "content": [{"type": "text", "text": " @ "}, {"type": "image"}, {"type": "text", "text": "@"}]},
      {"role": "@", "content": "@"}],
      "tools": [{"type": "function", "function": {"name": "@", "description": "@", "parameters": {"type": "object",
        "properties": {"@": {"type": "@", "description": "@", "enum": ["@"]},
                       "a": {"type": "array", "description": "@", "items": {"type": "string", "enum": ["@"], "@": "@"}},
                       "o": {"type": "object", "properties": {"@": {"type": "string"}}, "required": ["@"]}},
        "required": ["@"]}, "response": {"type": "object", "description": "@"}}}]})";
  replaceAll(Text, "@", Token);
  return Text;
}

void expectSafe(const std::string &Source) {
  for (bool ToolMessages : {false, true})
    for (std::string Token :
         {"<turn|>", "<|turn>", "<|tool>", "<bos>", "<|tool_call>", "<tool_response|>", "<|\\\"|>"}) {
      SCOPED_TRACE(Token);
      std::string Harmless = Token; // as long, and it sorts alike
      replaceAll(Harmless, "<", "(");
      replaceAll(Harmless, ">", ")");
      auto Render = [&](const std::string &Put) {
        TemplateResult<TemplateValue> Context =
            makeContext(json(hostile(Put, ToolMessages)), {{"bos_token", "<bos>"}});
        return render(Source, *Context);
      };
      TemplateResult<Rendered> Bad = Render(Token), Good = Render(Harmless);
      ASSERT_TRUE(Bad) << Bad.error().describe();
      ASSERT_TRUE(Good) << Good.error().describe();
      replaceAll(Token, "\\", "");
      EXPECT_EQ(countInTemplate(*Bad, Token), countInTemplate(*Good, Token));
      EXPECT_NE(Bad->text.find(Token), std::string::npos);
      // Where the harmless prompt has a token, the template wrote it.
      size_t All = 0;
      for (size_t At = 0; (At = Good->text.find(Token, At)) != std::string::npos; ++At)
        ++All;
      EXPECT_EQ(countInTemplate(*Good, Token), All);
    }
}
} // namespace

TEST(Spans, HostileFieldsOfNano) {
  expectSafe(readFile(FACET_SOURCE_DIR "/test/models/gemma4-nano-e/chat_template.jinja"));
}

TEST(Spans, HostileFieldsOfPublishedTemplates) {
  const char *Folder = std::getenv("FACET_TEMPLATES");
  std::string Path = Folder ? Folder : FACET_SOURCE_DIR "/../shared/templates";
  unsigned Found = 0;
  for (const char *Name : {"31b_2026-04", "31b_2026-07", "e2b_2026-04", "e2b_2026-07"}) {
    SCOPED_TRACE(Name);
    std::string Source = readFile(Path + "/gemma4_" + Name + ".jinja");
    Found += !Source.empty();
    if (!Source.empty())
      expectSafe(Source);
  }
  if (!Found)
    GTEST_SKIP() << "no templates in " << Path << "; set FACET_TEMPLATES";
}
