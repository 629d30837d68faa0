// 'format' % values.
#include "runtime/text/template/Format.h"
#include "runtime/text/template/Operators.h"
#include "runtime/text/template/Unicode.h"

#include <charconv>
#include <cmath>

using namespace facet;

namespace {
struct Directive {
  bool Left = false, Zero = false, Plus = false;
  size_t Width = 0;
  int Precision = -1;
  char Type = 0;
};

bool isDigit(char C) { return C >= '0' && C <= '9'; }

/// Reads what follows '%' at At. False at the end of the text or a number that is absurd.
bool readDirective(const std::string &Text, size_t &At, Directive &D) {
  for (; At < Text.size(); ++At) {
    if (Text[At] == '-')
      D.Left = true;
    else if (Text[At] == '0')
      D.Zero = true;
    else if (Text[At] == '+')
      D.Plus = true;
    else if (Text[At] != ' ' && Text[At] != '#')
      break;
  }
  for (; At < Text.size() && isDigit(Text[At]); ++At)
    if ((D.Width = D.Width * 10 + (Text[At] - '0')) > 10000)
      return false;
  if (At < Text.size() && Text[At] == '.') {
    D.Precision = 0;
    for (++At; At < Text.size() && isDigit(Text[At]); ++At)
      if ((D.Precision = D.Precision * 10 + (Text[At] - '0')) > 1000)
        return false;
  }
  if (At >= Text.size())
    return false;
  D.Type = Text[At++];
  return true;
}

/// One value's text, before padding.
SourcedText convert(RenderState &R, const Directive &D, const TemplateValue &Value) {
  SourcedText Out;
  if (D.Type == 's' || D.Type == 'r') {
    if (D.Type == 's')
      appendText(R, Out, Value);
    else
      appendRepr(R, Out, Value);
    if (D.Precision < 0)
      return Out;
    size_t End = 0;
    for (int I = 0; I < D.Precision && End < Out.size(); ++I)
      End = characterAt(Out.bytes(), End).End;
    return Out.substr(0, End);
  }
  if (!Value.isNumber() || Value.is(ValueKind::BigInt)) {
    R.fail(std::string("'%") + D.Type + "' expects a number, found " + describe(Value));
    return Out;
  }
  std::string Text;
  if (D.Type == 'f') {
    Text = formatFixed(Value.asDouble(), D.Precision < 0 ? 6 : D.Precision);
  } else {
    double Number = Value.asDouble();
    if (Value.is(ValueKind::Float) && !(std::abs(Number) < 9.2e18)) {
      R.fail("this number does not fit into 64 bits");
      return Out;
    }
    int64_t Whole = Value.is(ValueKind::Float) ? static_cast<int64_t>(Number) : Value.asInt();
    char Buffer[72];
    auto End = std::to_chars(Buffer, Buffer + sizeof Buffer, Whole, D.Type == 'x' ? 16 : 10).ptr;
    Text.assign(Buffer, End);
  }
  if (D.Plus && Text[0] != '-')
    Text.insert(0, "+");
  size_t Sign = Text[0] == '-' || Text[0] == '+';
  if (D.Zero && !D.Left && Text.size() < D.Width)
    Text.insert(Sign, D.Width - Text.size(), '0');
  Out.append(Text, Value.origin());
  return Out;
}
} // namespace

TemplateValue facet::formatPercent(RenderState &R, const SourcedText &Format,
                                   const std::vector<TemplateValue> &Values) {
  const std::string &Text = Format.bytes();
  SourcedText Out;
  size_t Next = 0;
  for (size_t At = 0; At < Text.size() && !R.failed();) {
    size_t Percent = std::min(Text.find('%', At), Text.size());
    Out.append(Format, At, Percent);
    if (Percent == Text.size())
      break;
    At = Percent + 1;
    Directive D;
    if (!readDirective(Text, At, D) || std::string_view("srdifx%").find(D.Type) == std::string_view::npos)
      return R.fail("this format is not supported: expected %s, %r, %d, %i, %f, %x or %%");
    if (D.Type == '%') {
      Out.append("%", Format.originOf(Percent, At));
      continue;
    }
    if (Next >= Values.size())
      return R.fail("the format has more directives than there are values");
    SourcedText One = convert(R, D, Values[Next++]);
    size_t Count = countCharacters(One.bytes());
    std::string Padding(Count < D.Width ? D.Width - Count : 0, ' ');
    if (!R.room(One.size() + Padding.size()) || (Out.size() > R.Limits.OutputBytes && !R.room(Out.size())))
      break;
    if (!D.Left)
      Out.append(Padding, Format.originOf(Percent, At));
    Out.append(One);
    if (D.Left)
      Out.append(Padding, Format.originOf(Percent, At));
  }
  if (Next < Values.size() && !(Values.size() == 1 && Values[0].is(ValueKind::Dict)))
    return R.fail("there are more values than the format has directives");
  return R.text(std::move(Out));
}
