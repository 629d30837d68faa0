// Parsing and rendering, from the outside.
#include "runtime/text/template/Template.h"
#include "runtime/text/template/Evaluator.h"
#include "runtime/text/template/Parser.h"
#include "runtime/text/template/Unicode.h"

using namespace facet;

std::string TemplateError::describe() const {
  return Line ? "line " + std::to_string(Line) + ": " + Message : Message;
}

TemplateResult<Template> Template::parse(std::string_view Source) {
  if (Source.size() > MaxSourceBytes)
    return TemplateError{TemplateError::Limit, 0,
                         "a template has at most " + std::to_string(MaxSourceBytes) + " bytes, found " +
                             std::to_string(Source.size())};
  if (!isValidUtf8(Source))
    return TemplateError{TemplateError::Syntax, 0, "expected UTF-8, found bytes that are not"};
  auto Parsed = std::make_shared<ParsedTemplate>();
  Parser P(Source, *Parsed);
  if (const TemplateError *Error = P.parse())
    return *Error;
  return Template(std::move(Parsed));
}

TemplateResult<Rendered> Template::render(const TemplateValue &Context, const TemplateLimits &Limits) const {
  SourcedText Text;
  {
    Evaluator E(*Parsed, Context, Limits);
    if (const TemplateError *Error = E.run(Text))
      return *Error;
  }
  Rendered Out;
  Out.text = Text.bytes();
  Origin From = Text.firstOrigin();
  size_t Begin = 0;
  auto Add = [&](size_t End) {
    Out.spans.push_back({Begin, End, From == Origin::Template});
    Begin = End;
    From = flip(From);
  };
  for (size_t Switch : Text.switches())
    Add(Switch);
  if (Begin < Out.text.size())
    Add(Out.text.size());
  return Out;
}
