// str and repr.
#include "runtime/text/template/Format.h"
#include "runtime/text/template/Objects.h"
#include "runtime/text/template/Operators.h"
#include "runtime/text/template/Unicode.h"

#include <charconv>
#include <cmath>

using namespace facet;

std::string facet::formatDouble(double Value) {
  if (std::isnan(Value))
    return "nan";
  if (std::isinf(Value))
    return Value < 0 ? "-inf" : "inf";
  char Buffer[40];
  auto Result = std::to_chars(Buffer, Buffer + sizeof Buffer, Value, std::chars_format::scientific);
  std::string_view Text(Buffer, Result.ptr - Buffer); // d.ddde+XX, without the point where one digit does
  std::string Out;
  if (Text[0] == '-') {
    Out = "-";
    Text.remove_prefix(1);
  }
  size_t E = Text.find('e');
  int Exponent = 0;
  size_t Sign = E + 1;
  std::from_chars(Text.data() + Sign + (Text[Sign] == '+'), Text.data() + Text.size(), Exponent);
  std::string Digits;
  for (char C : Text.substr(0, E))
    if (C != '.')
      Digits += C;
  if (Exponent < -4 || Exponent >= 16) {
    Out += Digits[0];
    if (Digits.size() > 1)
      Out.append(".").append(Digits, 1);
    Out += Exponent < 0 ? "e-" : "e+";
    std::string Number = std::to_string(std::abs(Exponent));
    return Out + (Number.size() < 2 ? "0" : "") + Number;
  }
  if (Exponent < 0)
    return Out + "0." + std::string(-Exponent - 1, '0') + Digits;
  size_t Whole = static_cast<size_t>(Exponent) + 1;
  if (Digits.size() <= Whole)
    return Out + Digits + std::string(Whole - Digits.size(), '0') + ".0";
  return Out + Digits.substr(0, Whole) + "." + Digits.substr(Whole);
}

std::string facet::formatFixed(double Value, int Digits) {
  if (!std::isfinite(Value))
    return formatDouble(Value);
  std::string Out(400 + Digits, '\0');
  auto Result = std::to_chars(Out.data(), Out.data() + Out.size(), Value, std::chars_format::fixed, Digits);
  Out.resize(Result.ptr - Out.data());
  return Out;
}

namespace {
/// What repr writes for a character that it does not write as it is.
std::string escaped(char32_t Code, char Quote) {
  static const char Hex[] = "0123456789abcdef";
  auto Numbered = [&](char Letter, int Digits) {
    std::string Out{'\\', Letter};
    while (Digits-- > 0)
      Out += Hex[Code >> (4 * Digits) & 15];
    return Out;
  };
  switch (Code) {
  case '\n':
    return "\\n";
  case '\r':
    return "\\r";
  case '\t':
    return "\\t";
  case '\\':
    return "\\\\";
  default:
    if (Code == static_cast<unsigned char>(Quote))
      return std::string{'\\', Quote};
    return Code < 0x100 ? Numbered('x', 2) : Code < 0x10000 ? Numbered('u', 4) : Numbered('U', 8);
  }
}

void reprText(RenderState &R, SourcedText &Out, const SourcedText &Text) {
  const std::string &Bytes = Text.bytes();
  if (!R.scan(Bytes.size()) || !R.work(Text.footprint()))
    return;
  char Quote = Bytes.find('\'') != Bytes.npos && Bytes.find('"') == Bytes.npos ? '"' : '\'';
  std::string_view Mark(&Quote, 1);
  Out.append(Mark, Text.origin());
  size_t Plain = 0; // bytes from here on are written as they are
  for (size_t At = 0; At < Bytes.size();) {
    Character C = characterAt(Bytes, At);
    if (C.Code == '\\' || C.Code == static_cast<unsigned char>(Quote) || !isPrintable(C.Code)) {
      Out.append(Text, Plain, At);
      Out.append(escaped(C.Code, Quote), Text.originOf(At, C.End));
      Plain = C.End;
    }
    At = C.End;
  }
  Out.append(Text, Plain, Bytes.size());
  Out.append(Mark, Text.origin());
}

void reprItems(RenderState &R, SourcedText &Out, const std::vector<TemplateValue> &Items, Origin From) {
  for (size_t I = 0; I < Items.size() && !R.failed(); ++I) {
    if (I)
      Out.append(", ", From);
    appendRepr(R, Out, Items[I]);
  }
}

void reprList(RenderState &R, SourcedText &Out, const TemplateValue &Value) {
  static const char *const Opening[] = {
      "[", "(", "<generator object>", "dict_keys([", "dict_values([", "dict_items(["};
  static const char *const Closing[] = {"]", ")", "", "])", "])", "])"};
  const ListObject &List = Value.asList();
  size_t Flavor = static_cast<size_t>(List.Flavor);
  Out.append(Opening[Flavor], Value.origin());
  if (List.Flavor != ListFlavor::Generator)
    reprItems(R, Out, List.Items, Value.origin());
  if (List.Flavor == ListFlavor::Tuple && List.Items.size() == 1)
    Out.append(",", Value.origin());
  Out.append(Closing[Flavor], Value.origin());
}

template <typename Entries>
void reprEntries(RenderState &R, SourcedText &Out, const Entries &All, Origin From) {
  bool First = true;
  Out.append("{", From);
  for (const auto &[Key, Value] : All) {
    if (!std::exchange(First, false))
      Out.append(", ", From);
    appendRepr(R, Out, Key);
    Out.append(": ", From);
    appendRepr(R, Out, Value);
    if (R.failed())
      return;
  }
  Out.append("}", From);
}

std::string describeLoop(const LoopObject &Loop) {
  return "<LoopContext " + std::to_string(Loop.Index + 1) + "/" + std::to_string(Loop.items().size()) + ">";
}
} // namespace

void facet::appendRepr(RenderState &R, SourcedText &Out, const TemplateValue &Value) {
  RenderState::Level Deeper(R, 2); // a namespace can hold itself
  if (!R.step() || !R.work(16))
    return;
  Origin From = Value.origin();
  switch (Value.kind()) {
  case ValueKind::Undefined:
    return Out.append("Undefined", From);
  case ValueKind::None:
    return Out.append("None", From);
  case ValueKind::Bool:
    return Out.append(Value.asBool() ? "True" : "False", From);
  case ValueKind::Int:
    return Out.append(std::to_string(Value.asInt()), From);
  case ValueKind::BigInt:
    if (R.work(Value.asDigits().size()))
      Out.append(Value.asDigits(), From);
    return;
  case ValueKind::Float:
    return Out.append(formatDouble(Value.asDouble()), From);
  case ValueKind::String:
    reprText(R, Out, Value.asText());
    break;
  case ValueKind::List:
    reprList(R, Out, Value);
    break;
  case ValueKind::Dict:
    reprEntries(R, Out, Value.asDict().Entries, From);
    break;
  case ValueKind::Range: {
    const RangeObject &Range = Value.asRange();
    std::string Step = Range.Step == 1 ? "" : ", " + std::to_string(Range.Step);
    return Out.append("range(" + std::to_string(Range.Start) + ", " + std::to_string(Range.Stop) + Step + ")",
                      From);
  }
  case ValueKind::Namespace: {
    Out.append("<Namespace ", From);
    std::vector<std::pair<TemplateValue, TemplateValue>> Entries;
    for (const auto &[Name, Attribute] : Value.asNamespace().Attributes)
      Entries.emplace_back(TemplateValue::string(Name, Origin::Template), Attribute);
    reprEntries(R, Out, Entries, From);
    return Out.append(">", From);
  }
  case ValueKind::Macro:
    return Out.append("<Macro '" + Value.asMacro().Node->Name + "'>", From);
  case ValueKind::Function:
  case ValueKind::Method:
    return Out.append("<function>", From);
  case ValueKind::Loop:
    return Out.append(describeLoop(Value.asLoop()), From);
  }
  if (Out.size() > R.Limits.OutputBytes)
    R.room(Out.size());
}

void facet::appendText(RenderState &R, SourcedText &Out, const TemplateValue &Value) {
  if (Value.is(ValueKind::String)) {
    if (R.room(Value.asText().footprint()))
      Out.append(Value.asText());
  } else if (!Value.is(ValueKind::Undefined)) {
    appendRepr(R, Out, Value);
  }
  if (Out.size() > R.Limits.OutputBytes)
    R.room(Out.size());
}

SourcedText facet::toText(RenderState &R, const TemplateValue &Value) {
  if (Value.is(ValueKind::String))
    return Value.asText();
  SourcedText Out;
  appendText(R, Out, Value);
  return Out;
}
