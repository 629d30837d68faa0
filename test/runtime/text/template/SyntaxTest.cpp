// What is said about templates and conversations that cannot be rendered: the line, what was expected and
// found.
#include "test/runtime/text/template/Render.h"

using namespace facet;
using namespace facet::testing;

TEST(Syntax, ErrorsNameLineAndExpectation) {
  const std::pair<const char *, const char *> Cases[] = {
      {"a\n{{ 1 + }}", "line 2: expected an expression, found '}}'"},
      {"{{ (1 }}", "line 1: unexpected '}', expected ')'"},
      {"{% if a %}\n\nx",
       "line 3: expected '{% elif %}' or '{% else %}' or '{% endif %}' for the block of line 1, found "
       "the end of the template"},
      {"{% for x of y %}", "line 1: expected 'in' after the variables of a loop, found 'of'"},
      {"\n\n{% frob %}", "line 3: there is no statement 'frob': expected if, for, set, macro or the like"},
      {"{% if a %}{% endfor %}",
       "line 1: there is no statement 'endfor': expected if, for, set, macro or the like, or "
       "'elif' to end the open block, or 'else' to end the open block, or 'endif' to end the "
       "open block"},
      {"{{ 'x }}", "line 1: this string is not closed: expected '"},
      {"{# x", "line 1: this comment is not closed: expected '#}' before the end of the template"},
      {"{{ x | frob }}", "line 1: there is no filter named 'frob' here"},
      {"{{ x is frob }}", "line 1: there is no test named 'frob' here"},
      {"{% include 'x' %}", "line 1: '{% include %}' is not supported in chat templates"},
      {"{{ 99999999999999999999 }}", "line 1: expected an integer of at most 64 bits"},
      {"{{ x", "line 1: expected '}}', found the end of the template"},
      {"\xff", "expected UTF-8, found bytes that are not"},
  };
  for (const auto &[Source, Message] : Cases)
    EXPECT_EQ(outcome(render(Source)), std::string("error: ") + Message) << Source;
}

TEST(Failures, NameLineAndValues) {
  const std::pair<const char *, const char *> Cases[] = {
      {"\n{{ nope.x }}", "line 2: 'nope' is undefined"},
      {"{{ none + 1 }}", "line 1: '+' cannot take none and an integer"},
      {"{{ [1].append(2) }}",
       "line 1: expected a macro, a function or a method to call, found 'append', which is undefined"},
      {"{{ 9223372036854775807 + 1 }}", "line 1: the result of '+' does not fit into 64 bits"},
      {"{{ 'a'.zfill(3) }}", "line 1: the method 'zfill' is not supported here"},
      {"{{ strftime_now('%Y') }}", "line 1: strftime_now is not available: the host gave no time"},
      {"{% macro m(a) %}{% endmacro %}\n{{ m(b=1) }}", "line 2: the macro 'm' has no parameter 'b'"},
      {"{{ 'a' | replace('b') }}", "line 1: the filter replace needs the argument 'new'"},
      {"{{ 'a'.split(1) }}", "line 1: split expects a string as 'sep', found an integer"},
  };
  for (const auto &[Source, Message] : Cases)
    EXPECT_EQ(outcome(render(Source)), std::string("error: ") + Message) << Source;
}

// A model's own block for training marks nothing here; dates come from the host.
TEST(Syntax, HuggingFaceExtensions) {
  EXPECT_EQ(outcome(render("{% generation %}x{% endgeneration %}")), "x");
  EXPECT_EQ(outcome(render("{{ strftime_now('%d %b') }}", "{\"strftime_now\": \"26 Jul\"}")), "26 Jul");
}

TEST(Json, RefusesWhatIsHostile) {
  auto Message = [](const std::string &Text) {
    TemplateResult<TemplateValue> Value = parseJson(Text);
    return Value ? std::string() : Value.error().describe();
  };
  EXPECT_EQ(Message(std::string(100000, '[')), "lists and objects are nested deeper than 100 levels");
  EXPECT_NE(Message("{\"a\":}"), "");
  EXPECT_NE(Message("\"\xff\""), "");
  EXPECT_NE(Message("[1] 2"), "");
  EXPECT_NE(Message(""), "");
  EXPECT_EQ(Message("[1e5, -0.0, 123456789012345678901234567890, {\"a\": 1, \"a\": 2}]"), "");
  EXPECT_EQ(outcome(render("{{ x }}",
                           "{\"x\": [1, 123456789012345678901234567890, {\"a\": 1, \"b\": 0, \"a\": 2}]}")),
            "[1, 123456789012345678901234567890, {'a': 2, 'b': 0}]");
}
