// Compares renderings with recorded ones.
#include "tools/render_cases.h"

#include "runtime/text/Json.h"
#include "tools/template_source.h"

#include <algorithm>
#include <cstdio>
#include <map>

using namespace facet;

namespace {
/// A template that several cases share, or why it cannot be used.
struct Loaded {
  std::optional<Template> Parsed;
  SpecialTokens Tokens;
  std::string Error;
};

Loaded load(const std::string &Path) {
  Loaded Out;
  TemplateSource Source = loadTemplate(Path);
  Out.Error = Source.Error;
  if (!Out.Error.empty())
    return Out;
  TemplateResult<Template> Parsed = Template::parse(Source.Text);
  if (Parsed)
    Out.Parsed = *Parsed;
  else
    Out.Error = Source.Path + ": " + Parsed.error().describe();
  Out.Tokens = std::move(Source.Tokens);
  return Out;
}

std::string near(const std::string &Text, size_t At) {
  size_t Begin = At < 30 ? 0 : At - 30;
  return quoteJson(std::string_view(Text).substr(Begin, 60));
}

const std::string *textOf(const DictObject &Case, const char *Key) {
  const TemplateValue *Value = Case.find(Key);
  return Value && Value->is(ValueKind::String) ? &Value->asText().bytes() : nullptr;
}

/// Empty if the case agrees, otherwise the difference.
std::string difference(const DictObject &Case, const Loaded &Model) {
  if (!Model.Parsed)
    return Model.Error;
  std::vector<std::pair<std::string, TemplateValue>> Entries;
  for (const char *Key : {"messages", "tools", "options"})
    if (const TemplateValue *Value = Case.find(Key))
      Entries.emplace_back(Key, *Value);
  TemplateResult<TemplateValue> Context = makeContext(TemplateValue::dict(std::move(Entries)), Model.Tokens);
  if (!Context)
    return Context.error().describe();
  TemplateResult<Rendered> Result = Model.Parsed->render(*Context);
  const std::string *Text = textOf(Case, "text"), *Raises = textOf(Case, "raises"),
                    *Fails = textOf(Case, "fails");
  if (!Text)
    Text = textOf(Case, "prompt");
  if (!Result) {
    const TemplateError &Error = Result.error();
    bool Agrees = Raises ? Error.What == TemplateError::Raised && Error.Message == *Raises
                         : Fails && Error.What == TemplateError::Failed;
    return Agrees ? ""
                  : "expected " +
                        std::string(Text     ? "a text"
                                    : Raises ? *Raises
                                             : "another failure") +
                        ", found " + Error.describe();
  }
  if (!Text)
    return Raises || Fails ? "expected a failure, found a text"
                           : "the case says not what is expected: add \"text\"";
  if (Result->text == *Text)
    return "";
  auto Both = std::mismatch(Text->begin(), Text->end(), Result->text.begin(), Result->text.end());
  size_t At = static_cast<size_t>(Both.first - Text->begin());
  return "byte " + std::to_string(At) + ": expected " + near(*Text, At) + ", found " + near(Result->text, At);
}
} // namespace

bool facet::checkCases(const std::string &Model, const std::string &CasesPath) {
  std::string Bytes, Error;
  if (!readWholeFile(CasesPath, size_t(1) << 30, Bytes, Error)) {
    std::fprintf(stderr, "facet render: %s\n", Error.c_str());
    return false;
  }
  JsonLimits Limits;
  Limits.Bytes = size_t(1) << 30;
  TemplateResult<TemplateValue> Cases = parseJson(Bytes, Origin::Data, Limits);
  if (!Cases || !Cases->is(ValueKind::List)) {
    std::fprintf(stderr, "facet render: %s: %s\n", CasesPath.c_str(),
                 Cases ? "expected a list of cases" : Cases.error().describe().c_str());
    return false;
  }
  std::map<std::string, Loaded> Templates;
  size_t Passed = 0, Failed = 0, Index = 0;
  for (const TemplateValue &Case : Cases->asList().Items) {
    std::string Problem = "expected an object";
    if (Case.is(ValueKind::Dict)) {
      const std::string *Name = textOf(Case.asDict(), "template");
      std::string Path = Name ? Model + "/" + *Name : Model;
      auto It = Templates.find(Path);
      if (It == Templates.end())
        It = Templates.emplace(Path, load(Path)).first;
      Problem = difference(Case.asDict(), It->second);
    }
    if (Problem.empty())
      ++Passed;
    else
      ++Failed, std::fprintf(stderr, "facet render: case %zu: %s\n", Index, Problem.c_str());
    ++Index;
  }
  std::fprintf(stderr, "%zu passed, %zu failed\n", Passed, Failed);
  return Failed == 0;
}
