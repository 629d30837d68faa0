// Hostile templates and conversations end with an error, without exhausting the stack or memory.
#include "test/runtime/text/template/Render.h"

#include <pthread.h>

using namespace facet;
using namespace facet::testing;

namespace {
std::string repeat(const std::string &Part, size_t Count) {
  std::string Out;
  for (size_t I = 0; I < Count; ++I)
    Out += Part;
  return Out;
}

/// Runs Body on a thread with a stack of 1 MiB: what an embedder's worker may have.
template <typename Function> void onSmallStack(Function Body) {
  pthread_attr_t Attributes;
  pthread_attr_init(&Attributes);
  pthread_attr_setstacksize(&Attributes, size_t(FACET_TEST_STACK_MIB) << 20);
  pthread_t Thread;
  auto Start = [](void *Data) -> void * {
    (*static_cast<Function *>(Data))();
    return nullptr;
  };
  ASSERT_EQ(pthread_create(&Thread, &Attributes, Start, &Body), 0);
  pthread_join(Thread, nullptr);
  pthread_attr_destroy(&Attributes);
}

void expectLimit(const std::string &Source, const std::string &Context = "{}") {
  onSmallStack([&] {
    TemplateResult<Rendered> Result = render(Source, Context);
    ASSERT_FALSE(Result) << Source.substr(0, 200);
    EXPECT_TRUE(Result.error().What == TemplateError::Limit || Result.error().What == TemplateError::Syntax)
        << Source.substr(0, 200) << ": " << Result.error().describe();
  });
}
} // namespace

TEST(Limits, Loops) {
  expectLimit("{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}");
  expectLimit("{% for a in range(100000) %}{% for b in range(100000) %}x{% endfor %}{% endfor %}");
  expectLimit("{% for a in range(100000) %}{% set x = range(100000) | list %}{% endfor %}");
  expectLimit("{% for a in range(100000) %}{% set x = range(100000) | sort | unique | list %}{% endfor %}");
  expectLimit("{{ range(10000000) }}");
  // A macro defined in a loop keeps its scope.
  expectLimit("{% for a in range(100000) %}{% for b in range(100000) %}{% macro m() %}{% endmacro %}{% "
              "endfor %}{% endfor %}");
}

TEST(Limits, Recursion) {
  expectLimit("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}");
  expectLimit("{% macro m(x) %}{% if x %}{% for i in [1] %}{% set q %}{{ m(m(x) | trim) ~ '' }}{% endset "
              "%}{{ q }}{% endfor "
              "%}{% endif %}{% endmacro %}{{ m(1) }}");
  expectLimit(
      "{% macro m() %}{% call m() %}x{% endcall %}{{ caller() }}{% endmacro %}{% call m() %}x{% endcall %}");
  expectLimit("{% macro m(a=m()) %}{% endmacro %}{{ m() }}");
  expectLimit("{% set n = namespace() %}{% set n.n = n %}{{ n }}");
  expectLimit("{% set n = namespace() %}{% set n.n = [n] %}{{ n | string }}");
}

TEST(Limits, Nesting) {
  const size_t Deep = 100000;
  expectLimit("{{ " + repeat("(", Deep) + "1" + repeat(")", Deep) + " }}");
  expectLimit("{{ " + repeat("[", Deep) + repeat("]", Deep) + " }}");
  expectLimit("{{ " + repeat("{1:", Deep) + "1" + repeat("}", Deep) + " }}");
  expectLimit("{{ " + repeat("not ", Deep) + "1 }}");
  expectLimit("{{ " + repeat("-", Deep) + "1 }}");
  expectLimit("{{ 1" + repeat("+1", Deep) + " }}");
  expectLimit("{{ a" + repeat(".b", Deep) + " }}");
  expectLimit("{{ a" + repeat("[0]", Deep) + " }}");
  expectLimit("{{ a" + repeat("()", Deep) + " }}");
  expectLimit("{{ a" + repeat("|trim", Deep) + " }}");
  expectLimit("{{ a" + repeat("(b", Deep) + repeat(")", Deep) + " }}");
  expectLimit("{{ 1" + repeat(" if 1 else 1", Deep) + " }}");
  expectLimit("{{ 1" + repeat(" if 1", Deep) + " }}");
  expectLimit("{{ 1" + repeat(" and 1", Deep) + " }}");
  expectLimit(repeat("{% if 1 %}", Deep / 4) + repeat("{% endif %}", Deep / 4));
  expectLimit(repeat("{% for a in [1] %}", Deep / 4) + repeat("{% endfor %}", Deep / 4));
  expectLimit("{% for " + repeat("(", Deep) + "a" + repeat(")", Deep) + " in x %}{% endfor %}");
  // Deep values made by a shallow template: printing or freeing them must not recurse without end.
  expectLimit("{% set n = namespace(x=[]) %}{% for i in range(100000) %}{% set n.x = [n.x] %}{% endfor %}");
  expectLimit(
      "{% set n = namespace(x=[]) %}{% for i in range(100000) %}{% set n.x = {'a': n.x} %}{% endfor %}");
  expectLimit("{% set n = namespace(x=0) %}{% for i in range(100000) %}{% for y in [n.x] %}{% set n.x = loop "
              "%}{% endfor %}{% "
              "endfor %}");
}

TEST(Limits, Bytes) {
  expectLimit("{% set n = namespace(s='x') %}{% for i in range(100) %}{% set n.s = n.s + n.s %}{% endfor %}");
  expectLimit("{% set n = namespace(s='x') %}{% for i in range(100) %}{% set n.s = n.s ~ n.s %}{% endfor %}");
  expectLimit("{% set n = namespace(s='xy') %}{% for i in range(100) %}{% set n.s = n.s.replace('x', n.s) "
              "%}{% endfor %}");
  expectLimit("{% set n = namespace(s='xy') %}{% for i in range(100) %}{% set n.s = n.s.replace('', n.s) "
              "%}{% endfor %}");
  expectLimit("{% set n = namespace(s='xy') %}{% for i in range(100) %}{% set n.s = [n.s, n.s] | join(n.s) "
              "%}{% endfor %}");
  expectLimit("{{ 'x' * 10000000000 }}");
  expectLimit("{{ [1] * 10000000000 }}");
  expectLimit("{{ 'x' | indent(10000000000, true) }}");
  expectLimit("{{ 'x' * 60000000 }}{{ 'x' * 60000000 }}");
  expectLimit("{% for i in range(100000) %}{{ s }}{% endfor %}",
              "{\"s\": \"" + std::string(100000, 'x') + "\"}");
  expectLimit("{{ [1] | tojson(indent=1000000000) }}");
  expectLimit("{{ [1] | batch(1000000000, 0) | list }}");
  // A list that holds itself twice, 60 levels deep, is small; written out it is not.
  std::string Doubled =
      "{% set n = namespace(x=[1]) %}{% for i in range(60) %}{% set n.x = [n.x, n.x] %}{% endfor %}";
  expectLimit(Doubled + "{{ n.x }}");
  expectLimit(Doubled + "{{ n.x | tojson }}");
  expectLimit(Doubled + "{% set m = namespace(x=[1]) %}{% for i in range(60) %}{% set m.x = [m.x, m.x] %}{% "
                        "endfor %}{{ n.x == m.x }}");
}

TEST(Limits, SlowSearches) {
  std::string Long =
      "{\"a\": \"" + std::string(2000000, 'a') + "\", \"b\": \"" + std::string(1000000, 'a') + "b\"}";
  expectLimit("{% for i in range(100000) %}{{ b in a }}{% endfor %}", Long);
  expectLimit("{% for i in range(100000) %}{{ a.find('aaaaaaaaaaaaaaab') }}{% endfor %}", Long);
  expectLimit("{% for i in range(100000) %}{% set x = a[i] %}{% endfor %}", Long);
  expectLimit("{% for i in range(100000) %}{% set x = a.upper() == b %}{% endfor %}", Long);
  expectLimit("{% for i in range(100000) %}{% set x = a | length %}{% endfor %}", Long);
  expectLimit("{% for i in range(100000) %}{% set x = a.split('a') %}{% endfor %}", Long);
  expectLimit("{% for i in range(100000) %}{% set x = a.strip('a') %}{% endfor %}", Long);
  expectLimit("{% for i in range(100000) %}{% set x = a.rsplit(b, 5) %}{% endfor %}", Long);
}

// What a busy but honest conversation needs is allowed: 500 turns, a megabyte of text.
TEST(Limits, LeaveRoom) {
  std::string Turns;
  for (int I = 0; I < 500; ++I)
    Turns += std::string(I ? "," : "") + "{\"role\": \"" + (I % 2 ? "assistant" : "user") +
             "\", \"content\": \"" + std::string(2000, 'x') + "<|channel>a<channel|>\"}";
  std::string Source = readFile(FACET_SOURCE_DIR "/test/models/gemma4-nano-e/chat_template.jinja");
  TemplateResult<TemplateValue> Context = makeContext(json("[" + Turns + "]"), {{"bos_token", "<bos>"}});
  ASSERT_TRUE(Context);
  TemplateResult<Rendered> Result = render(Source, *Context);
  ASSERT_TRUE(Result) << Result.error().describe();
  EXPECT_GT(Result->text.size(), 1000000u);
}

// A conversation as deep as JSON may be goes through a recursive macro.
TEST(Limits, DeepArguments) {
  onSmallStack([] {
    std::string Deep = repeat("[", 90) + repeat("]", 90);
    std::string Source = readFile(FACET_SOURCE_DIR "/test/models/gemma4-nano-e/chat_template.jinja");
    TemplateResult<TemplateValue> Context =
        makeContext(json("[{\"role\": \"assistant\", \"tool_calls\": [{\"function\": {\"name\": \"f\", "
                         "\"arguments\": {\"a\": " +
                         Deep + "}}}]}]"),
                    {});
    ASSERT_TRUE(Context);
    EXPECT_NE(outcome(render(Source, *Context)).find(repeat("[", 90)), std::string::npos);
  });
}
