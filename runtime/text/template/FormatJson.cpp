// json.dumps: Python's layout and escapes. Punctuation has the origin of its container.
#include "runtime/text/template/Format.h"
#include "runtime/text/template/Unicode.h"

#include <algorithm>

using namespace facet;

namespace {
class JsonWriter {
public:
  JsonWriter(RenderState &R, const JsonStyle &Style) : R(R), Style(Style) {}
  void value(const TemplateValue &Value);
  SourcedText Out;

private:
  void string(const SourcedText &Text);
  void key(const TemplateValue &Key);
  void dict(const TemplateValue &Value);
  void list(const TemplateValue &Value);
  void newline(Origin From);
  void separator(const SourcedText &Text, Origin From) {
    Out.append(Text.bytes(), both(From, Text.origin()));
  }

  RenderState &R;
  const JsonStyle &Style;
  unsigned Depth = 0;
};

void appendUnit(std::string &Out, unsigned Unit) {
  static const char Hex[] = "0123456789abcdef";
  Out += "\\u";
  for (int Shift = 12; Shift >= 0; Shift -= 4)
    Out += Hex[Unit >> Shift & 15];
}

std::string escaped(char32_t Code) {
  static constexpr std::string_view Special = "\"\\\n\r\t\f\b", Letters = "\"\\nrtfb";
  std::string Out;
  if (Code < 0x80 && Special.find(static_cast<char>(Code)) != Special.npos) {
    Out = '\\';
    Out += Letters[Special.find(static_cast<char>(Code))];
  } else if (Code < 0x10000) {
    appendUnit(Out, Code);
  } else {
    appendUnit(Out, 0xD800 + ((Code - 0x10000) >> 10));
    appendUnit(Out, 0xDC00 + ((Code - 0x10000) & 0x3FF));
  }
  return Out;
}

void JsonWriter::string(const SourcedText &Text) {
  const std::string &Bytes = Text.bytes();
  if (!R.scan(Bytes.size()) || !R.work(Text.footprint()))
    return;
  Out.append("\"", Text.origin());
  size_t Plain = 0;
  for (size_t At = 0; At < Bytes.size();) {
    Character C = characterAt(Bytes, At);
    if (C.Code < 0x20 || C.Code == '"' || C.Code == '\\' || (Style.EnsureAscii && C.Code >= 0x7F)) {
      Out.append(Text, Plain, At);
      Out.append(escaped(C.Code), Text.originOf(At, C.End));
      Plain = C.End;
    }
    At = C.End;
  }
  Out.append(Text, Plain, Bytes.size());
  Out.append("\"", Text.origin());
}

void JsonWriter::newline(Origin From) {
  if (!Style.HasIndent)
    return;
  Out.append("\n", From);
  if (R.room(Style.Indent.size() * Depth))
    for (unsigned I = 0; I < Depth; ++I)
      Out.append(Style.Indent, From);
}

void JsonWriter::key(const TemplateValue &Key) {
  if (Key.is(ValueKind::String))
    return string(Key.asText());
  Out.append("\"", Key.origin());
  value(Key);
  Out.append("\"", Key.origin());
}

void JsonWriter::dict(const TemplateValue &Value) {
  Origin From = Value.origin();
  std::vector<const std::pair<TemplateValue, TemplateValue> *> Entries;
  for (const auto &Entry : Value.asDict().Entries)
    Entries.push_back(&Entry);
  bool AllStrings =
      std::all_of(Entries.begin(), Entries.end(), [](auto *E) { return E->first.is(ValueKind::String); });
  if (Style.SortKeys && !AllStrings) {
    R.fail("sort_keys expects keys that are strings");
    return;
  }
  if (Style.SortKeys)
    std::sort(Entries.begin(), Entries.end(),
              [](auto *A, auto *B) { return A->first.asText().bytes() < B->first.asText().bytes(); });
  Out.append("{", From);
  ++Depth;
  for (size_t I = 0; I < Entries.size() && !R.failed(); ++I) {
    if (I)
      separator(Style.ItemSeparator, From);
    newline(From);
    key(Entries[I]->first);
    separator(Style.KeySeparator, From);
    value(Entries[I]->second);
  }
  --Depth;
  if (!Entries.empty())
    newline(From);
  Out.append("}", From);
}

void JsonWriter::list(const TemplateValue &Value) {
  Origin From = Value.origin();
  const auto &Items = Value.asList().Items;
  Out.append("[", From);
  ++Depth;
  for (size_t I = 0; I < Items.size() && !R.failed(); ++I) {
    if (I)
      separator(Style.ItemSeparator, From);
    newline(From);
    value(Items[I]);
  }
  --Depth;
  if (!Items.empty())
    newline(From);
  Out.append("]", From);
}

void JsonWriter::value(const TemplateValue &Value) {
  if (!R.step() || !R.work(16))
    return;
  if (Out.size() > R.Limits.OutputBytes && !R.room(Out.size()))
    return;
  Origin From = Value.origin();
  switch (Value.kind()) {
  case ValueKind::None:
    return Out.append("null", From);
  case ValueKind::Bool:
    return Out.append(Value.asBool() ? "true" : "false", From);
  case ValueKind::Float: {
    std::string Text = formatDouble(Value.asDouble());
    return Out.append(Text == "nan"    ? "NaN"
                      : Text == "inf"  ? "Infinity"
                      : Text == "-inf" ? "-Infinity"
                                       : Text,
                      From);
  }
  case ValueKind::Int:
  case ValueKind::BigInt:
    return appendRepr(R, Out, Value);
  case ValueKind::String:
    return string(Value.asText());
  case ValueKind::Dict:
    return dict(Value);
  case ValueKind::List:
    if (Value.asList().Flavor <= ListFlavor::Tuple)
      return list(Value);
    [[fallthrough]];
  default:
    R.fail("tojson cannot write " + describe(Value));
  }
}
} // namespace

SourcedText facet::toJson(RenderState &R, const TemplateValue &Value, const JsonStyle &Style) {
  JsonWriter Writer(R, Style);
  Writer.value(Value);
  return std::move(Writer.Out);
}
