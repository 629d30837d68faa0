// Filters of one value.
#include "runtime/text/template/Filters.h"
#include "runtime/text/template/Format.h"
#include "runtime/text/template/Operators.h"
#include "runtime/text/template/TextOperations.h"
#include "runtime/text/template/Unicode.h"

#include <charconv>
#include <cmath>

using namespace facet;

namespace {
/// Most text filters take any value, as its str.
SourcedText input(RenderState &R, const Bound &Args) {
  return R.failed() ? SourcedText() : toText(R, *Args[0]);
}

TemplateValue changeCase(RenderState &R, const char *What, const Arguments &Given,
                         SourcedText Change(const SourcedText &)) {
  Bound Args(R, What, 1, {"value"}, Given);
  SourcedText Text = input(R, Args);
  return R.step(1 + Text.size() / 4) ? R.text(Change(Text)) : TemplateValue();
}

/// Python's int(text): digits with single '_' between them. False if it is no integer; R fails beyond 64
/// bits.
bool readInteger(RenderState &R, std::string_view Text, int Base, int64_t &Out) {
  bool Negative = !Text.empty() && Text[0] == '-';
  if (!Text.empty() && (Text[0] == '-' || Text[0] == '+'))
    Text.remove_prefix(1);
  char Letter = Text.size() > 2 && Text[0] == '0' ? static_cast<char>(Text[1] | 0x20) : ' ';
  if ((Letter == 'x' && Base == 16) || (Letter == 'o' && Base == 8) || (Letter == 'b' && Base == 2))
    Text.remove_prefix(2);
  std::string Digits = Negative ? "-" : "";
  char Before = '_';
  for (char C : Text) {
    if (C == '_' && Before == '_')
      return false;
    if (C != '_')
      Digits += C;
    Before = C;
  }
  if (Before == '_' || Text.empty() || Text[0] == '-')
    return false;
  auto [End, Problem] = std::from_chars(Digits.data(), Digits.data() + Digits.size(), Out, Base);
  if (End != Digits.data() + Digits.size())
    return false;
  if (Problem != std::errc())
    R.fail("the filter int takes integers of at most 64 bits");
  return Problem == std::errc();
}

bool readDouble(std::string_view Text, double &Out) {
  if (!Text.empty() && Text[0] == '+')
    Text.remove_prefix(1);
  if (Text.empty() || (Text.size() > 1 && Text[0] == '-' && (Text[1] == '-' || Text[1] == '+')))
    return false;
  auto [End, Problem] = std::from_chars(Text.data(), Text.data() + Text.size(), Out);
  return Problem == std::errc() && End == Text.data() + Text.size();
}
} // namespace

TemplateValue filters::trim(RenderState &R, const Arguments &Given) {
  Bound Args(R, "the filter trim", 1, {"value", "chars"}, Given);
  const SourcedText *Chars = Args[1] && !Args[1]->is(ValueKind::None) ? Args.string(1) : nullptr;
  SourcedText Text = input(R, Args);
  return R.failed() ? TemplateValue() : R.text(strip(R, Text, Chars, true, true));
}

TemplateValue filters::upper(RenderState &R, const Arguments &Given) {
  return changeCase(R, "the filter upper", Given, toUpper);
}
TemplateValue filters::lower(RenderState &R, const Arguments &Given) {
  return changeCase(R, "the filter lower", Given, toLower);
}
TemplateValue filters::capitalize(RenderState &R, const Arguments &Given) {
  return changeCase(R, "the filter capitalize", Given, toCapitalized);
}

/// Unlike str.title, only white space, '-' and brackets start a word.
TemplateValue filters::title(RenderState &R, const Arguments &Given) {
  Bound Args(R, "the filter title", 1, {"value"}, Given);
  SourcedText Text = input(R, Args);
  if (!R.step(1 + Text.size() / 4))
    return {};
  SourcedText Out;
  auto Capitalize = [&](size_t Begin, size_t End) {
    if (Begin == End)
      return;
    size_t Second = characterAt(Text.bytes(), Begin).End;
    Out.append(toUpper(Text.substr(Begin, Second)));
    Out.append(toLower(Text.substr(Second, End)));
  };
  size_t Begin = 0;
  for (size_t At = 0; At < Text.size();) {
    Character C = characterAt(Text.bytes(), At);
    if (C.Code == '-' || C.Code == '(' || C.Code == '{' || C.Code == '[' || C.Code == '<' ||
        isSpace(C.Code)) {
      Capitalize(Begin, At);
      Out.append(Text, At, C.End);
      Begin = C.End;
    }
    At = C.End;
  }
  Capitalize(Begin, Text.size());
  return R.text(std::move(Out));
}

TemplateValue filters::replace(RenderState &R, const Arguments &Given) {
  Bound Args(R, "the filter replace", 3, {"value", "old", "new", "count"}, Given);
  if (R.failed())
    return {};
  int64_t Limit = Args[3] && !Args[3]->is(ValueKind::None) ? Args.integer(3, -1) : -1;
  SourcedText Text = toText(R, *Args[0]), Old = toText(R, *Args[1]), New = toText(R, *Args[2]);
  return R.failed() ? TemplateValue() : facet::replace(R, Text, Old, New, Limit);
}

TemplateValue filters::indent(RenderState &R, const Arguments &Given) {
  Bound Args(R, "the filter indent", 1, {"value", "width", "first", "blank"}, Given);
  SourcedText Text = input(R, Args), Indent;
  if (Args[1] && Args[1]->is(ValueKind::String))
    Indent = Args[1]->asText();
  else if (int64_t Width = Args.integer(1, 4); Width > 0 && R.room(static_cast<size_t>(Width)))
    Indent.append(std::string(static_cast<size_t>(Width), ' '), Origin::Template);
  if (R.failed())
    return {};
  Text.append("\n", Origin::Template);
  TemplateValue Lines = splitLines(R, Text, false);
  if (R.failed())
    return {};
  SourcedText Out;
  bool First = true;
  for (const TemplateValue &Line : Lines.asList().Items) {
    if (!First)
      Out.append("\n", Origin::Template);
    if (First ? Args.truth(2) : Args.truth(3) || !Line.asText().empty())
      Out.append(Indent);
    Out.append(Line.asText());
    First = false;
    if (Out.size() > R.Limits.OutputBytes)
      break;
  }
  return R.text(std::move(Out));
}

TemplateValue filters::string(RenderState &R, const Arguments &Given) {
  Bound Args(R, "the filter string", 1, {"value"}, Given);
  return R.text(input(R, Args));
}

TemplateValue filters::escape(RenderState &R, const Arguments &Given) {
  Bound Args(R, "the filter escape", 1, {"value"}, Given);
  SourcedText Text = input(R, Args), Out;
  if (!R.scan(Text.size()))
    return {};
  static constexpr std::string_view Special = "&<>'\"";
  static constexpr std::string_view Becomes[] = {"&amp;", "&lt;", "&gt;", "&#39;", "&#34;"};
  size_t Plain = 0;
  for (size_t At = 0; (At = Text.bytes().find_first_of(Special, At)) != std::string::npos; Plain = ++At) {
    Out.append(Text, Plain, At);
    Out.append(Becomes[Special.find(Text.bytes()[At])], Text.originOf(At, At + 1));
  }
  Out.append(Text, Plain, Text.size());
  return R.text(std::move(Out));
}

TemplateValue filters::format(RenderState &R, const Arguments &Given) {
  if (!Given.Named.empty() || Given.Values.empty())
    return R.fail("the filter format expects its values without names");
  SourcedText Format = toText(R, Given.Values[0]);
  return formatPercent(R, Format, {Given.Values.begin() + 1, Given.Values.end()});
}

TemplateValue filters::tojson(RenderState &R, const Arguments &Given) {
  Bound Args(R, "the filter tojson", 1, {"value", "ensure_ascii", "indent", "separators", "sort_keys"},
             Given);
  if (R.failed())
    return {};
  JsonStyle Style;
  Style.EnsureAscii = Args.truth(1);
  Style.SortKeys = Args.truth(4);
  if (Args[2] && !Args[2]->is(ValueKind::None)) {
    Style.HasIndent = true;
    Style.ItemSeparator = SourcedText(",", Origin::Template);
    if (Args[2]->is(ValueKind::String))
      Style.Indent = Args[2]->asText().bytes();
    else if (int64_t Width = Args.integer(2, 0); Width > 0 && R.room(static_cast<size_t>(Width)))
      Style.Indent.assign(static_cast<size_t>(Width), ' ');
  }
  if (Args[3] && !Args[3]->is(ValueKind::None)) {
    const TemplateValue &Two = *Args[3];
    if (!Two.is(ValueKind::List) || Two.asList().Items.size() != 2 ||
        !Two.asList().Items[0].is(ValueKind::String) || !Two.asList().Items[1].is(ValueKind::String))
      return R.fail("the filter tojson expects two strings as 'separators'");
    Style.ItemSeparator = Two.asList().Items[0].asText();
    Style.KeySeparator = Two.asList().Items[1].asText();
  }
  return R.failed() ? TemplateValue() : R.text(toJson(R, *Args[0], Style));
}

TemplateValue filters::wordcount(RenderState &R, const Arguments &Given) {
  Bound Args(R, "the filter wordcount", 1, {"value"}, Given);
  SourcedText Text = input(R, Args);
  if (!R.scan(Text.size() * 8))
    return {};
  int64_t Count = 0; // of runs of \w, roughly: anything but ASCII punctuation and space
  bool Inside = false;
  for (size_t At = 0; At < Text.size();) {
    Character C = characterAt(Text.bytes(), At);
    bool Word = C.Code >= 0x80 ? !isSpace(C.Code)
                               : (C.Code >= '0' && C.Code <= '9') || isCased(C.Code) || C.Code == '_';
    Count += Word && !Inside;
    Inside = Word;
    At = C.End;
  }
  return TemplateValue::integer(Count, Text.origin());
}

TemplateValue filters::toInt(RenderState &R, const Arguments &Given) {
  Bound Args(R, "the filter int", 1, {"value", "default", "base"}, Given);
  int64_t Base = Args.integer(2, 10), Out = 0;
  if (R.failed() || Args[0]->is(ValueKind::Int) || Args[0]->is(ValueKind::BigInt))
    return R.failed() ? TemplateValue() : *Args[0];
  if (Base < 2 || Base > 36)
    return R.fail("the filter int expects a base from 2 to 36");
  const TemplateValue &Value = *Args[0];
  double Number = NAN;
  if (Value.is(ValueKind::String)) {
    SourcedText Text = strip(R, Value.asText(), nullptr, true, true);
    if (readInteger(R, Text.bytes(), static_cast<int>(Base), Out) || R.failed())
      return TemplateValue::integer(Out, Value.origin());
    if (!readDouble(Text.bytes(), Number))
      Number = NAN;
  } else if (Value.isNumber()) {
    Number = Value.asDouble();
  } else if (!requireDefined(R, Value)) {
    return {};
  }
  if (std::isfinite(Number)) {
    if (std::abs(Number) >= 9223372036854775807.0)
      return R.fail("the filter int takes integers of at most 64 bits");
    return TemplateValue::integer(static_cast<int64_t>(Number), Value.origin());
  }
  return Args[1] ? *Args[1] : TemplateValue::integer(0, Origin::Template);
}

TemplateValue filters::toFloat(RenderState &R, const Arguments &Given) {
  Bound Args(R, "the filter float", 1, {"value", "default"}, Given);
  if (R.failed() || !requireDefined(R, *Args[0]))
    return {};
  double Out = 0;
  if (Args[0]->isNumber())
    return TemplateValue::real(Args[0]->asDouble(), Args[0]->origin());
  if (Args[0]->is(ValueKind::String) &&
      readDouble(strip(R, Args[0]->asText(), nullptr, true, true).bytes(), Out))
    return TemplateValue::real(Out, Args[0]->origin());
  return Args[1] ? *Args[1] : TemplateValue::real(0, Origin::Template);
}

TemplateValue filters::abs(RenderState &R, const Arguments &Given) {
  Bound Args(R, "the filter abs", 1, {"value"}, Given);
  if (R.failed() || !requireDefined(R, *Args[0]))
    return {};
  const TemplateValue &Value = *Args[0];
  if (Value.is(ValueKind::Float))
    return TemplateValue::real(std::fabs(Value.asDouble()), Value.origin());
  if (!Value.is(ValueKind::Int) && !Value.is(ValueKind::Bool))
    return R.fail("the filter abs expects a number, found " + describe(Value));
  return Value.asInt() < 0 ? negate(R, Value) : TemplateValue::integer(Value.asInt(), Value.origin());
}

TemplateValue filters::round(RenderState &R, const Arguments &Given) {
  Bound Args(R, "the filter round", 1, {"value", "precision", "method"}, Given);
  int64_t Digits = Args.integer(1, 0);
  const SourcedText *Method = Args.string(2);
  if (R.failed() || !requireDefined(R, *Args[0]))
    return {};
  const TemplateValue &Value = *Args[0];
  if (!Value.isNumber() || Digits < -300 || Digits > 300)
    return R.fail("the filter round expects a number, and a precision from -300 to 300");
  double Number = Value.asDouble(), Scale = std::pow(10.0, static_cast<double>(Digits));
  if (Method && Method->bytes() != "common") {
    bool Up = Method->bytes() == "ceil";
    if (!Up && Method->bytes() != "floor")
      return R.fail("the filter round knows the methods common, ceil and floor");
    Number = (Up ? std::ceil(Number * Scale) : std::floor(Number * Scale)) / Scale;
  } else if (!Value.is(ValueKind::Float) && Digits >= 0) {
    return Value.is(ValueKind::Bool) ? TemplateValue::integer(Value.asInt(), Value.origin()) : Value;
  } else if (Digits < 0) {
    Number = std::nearbyint(Number * Scale) / Scale;
  } else if (std::isfinite(Number)) {
    std::string Text =
        formatFixed(Number, static_cast<int>(Digits)); // rounds the exact value, as Python does
    readDouble(Text, Number);
  }
  return TemplateValue::real(Number, Value.origin());
}

TemplateValue filters::defaultTo(RenderState &R, const Arguments &Given) {
  Bound Args(R, "the filter default", 1, {"value", "default_value", "boolean"}, Given);
  if (R.failed())
    return {};
  if (!Args[0]->is(ValueKind::Undefined) && !(Args.truth(2) && !isTrue(*Args[0])))
    return *Args[0];
  return Args[1] ? *Args[1] : TemplateValue::string("", Origin::Template);
}
