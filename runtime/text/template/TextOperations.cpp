// strip, split, replace, join.
#include "runtime/text/template/TextOperations.h"
#include "runtime/text/template/Format.h"
#include "runtime/text/template/Operators.h"
#include "runtime/text/template/Unicode.h"

#include <algorithm>

using namespace facet;

SourcedText facet::strip(RenderState &R, const SourcedText &Text, const SourcedText *Characters, bool Left,
                         bool Right) {
  const std::string &Bytes = Text.bytes();
  std::u32string Set;
  if (Characters)
    for (size_t At = 0; At < Characters->size() && Set.size() < 1000;) {
      Character C = characterAt(Characters->bytes(), At);
      Set += C.Code;
      At = C.End;
    }
  auto Goes = [&](char32_t Code) { return Characters ? Set.find(Code) != Set.npos : isSpace(Code); };
  size_t Begin = 0, End = Bytes.size();
  while (Left && Begin < End && R.step()) {
    Character C = characterAt(Bytes, Begin);
    if (!Goes(C.Code))
      break;
    Begin = C.End;
  }
  while (Right && Begin < End && R.step()) {
    size_t Before = characterBefore(Bytes, End);
    if (!Goes(characterAt(Bytes, Before).Code))
      break;
    End = Before;
  }
  if (Begin == 0 && End == Bytes.size())
    return Text;
  return Text.substr(Begin, End);
}

namespace {
/// Pieces of a text that are collected in either direction.
struct Pieces {
  RenderState &R;
  const SourcedText &Text;
  std::vector<TemplateValue> Items;
  void add(size_t Begin, size_t End) {
    if (R.step())
      Items.push_back(R.text(Text.substr(Begin, End)));
  }
  TemplateValue finish(bool Reversed) {
    if (Reversed)
      std::reverse(Items.begin(), Items.end());
    return R.list(std::move(Items), ListFlavor::List, Text.origin());
  }
};

TemplateValue splitSpaces(RenderState &R, const SourcedText &Text, int64_t Limit) {
  Pieces Out{R, Text, {}};
  const std::string &Bytes = Text.bytes();
  size_t At = 0;
  while (R.scan(0)) {
    while (At < Bytes.size() && isSpace(characterAt(Bytes, At).Code))
      At = characterAt(Bytes, At).End;
    if (At >= Bytes.size())
      break;
    if (Limit == 0) { // the rest, with the white space at its end
      Out.add(At, Bytes.size());
      break;
    }
    size_t Begin = At;
    while (At < Bytes.size() && !isSpace(characterAt(Bytes, At).Code))
      At = characterAt(Bytes, At).End;
    Out.add(Begin, At);
    --Limit;
  }
  return Out.finish(false);
}

TemplateValue splitSpacesFromRight(RenderState &R, const SourcedText &Text, int64_t Limit) {
  Pieces Out{R, Text, {}};
  const std::string &Bytes = Text.bytes();
  size_t End = Bytes.size();
  auto SpaceBefore = [&](size_t At) { return isSpace(characterAt(Bytes, characterBefore(Bytes, At)).Code); };
  while (R.scan(0)) {
    while (End > 0 && SpaceBefore(End))
      End = characterBefore(Bytes, End);
    if (End == 0)
      break;
    size_t Begin = End;
    while (Begin > 0 && !SpaceBefore(Begin))
      Begin = characterBefore(Bytes, Begin);
    if (Limit == 0)
      Begin = 0;
    Out.add(Begin, End);
    if (Limit-- == 0)
      break;
    End = Begin;
  }
  return Out.finish(true);
}
} // namespace

TemplateValue facet::split(RenderState &R, const SourcedText &Text, const SourcedText *Separator,
                           int64_t Limit, bool FromRight) {
  if (!R.scan(Text.size()))
    return {};
  if (!Separator)
    return FromRight ? splitSpacesFromRight(R, Text, Limit) : splitSpaces(R, Text, Limit);
  const std::string &Mark = Separator->bytes();
  if (Mark.empty())
    return R.fail("split expects a separator that is not empty");
  Pieces Out{R, Text, {}};
  if (FromRight && Limit >= 0) { // searched from the right: forwards, in both turned around
    if (!R.work(Text.size() + Mark.size()))
      return {};
    std::string Turned(Text.bytes().rbegin(), Text.bytes().rend()), TurnedMark(Mark.rbegin(), Mark.rend());
    size_t End = Text.size();
    while (Limit-- > 0 && R.step()) {
      size_t Found = findText(R, Turned, TurnedMark, Text.size() - End);
      if (Found == std::string::npos)
        break;
      Out.add(Text.size() - Found, End);
      End = Text.size() - Found - Mark.size();
    }
    Out.add(0, End);
    return Out.finish(true);
  }
  size_t Begin = 0;
  while (Limit-- != 0 && R.step()) {
    size_t Found = findText(R, Text.bytes(), Mark, Begin);
    if (Found == std::string::npos)
      break;
    Out.add(Begin, Found);
    Begin = Found + Mark.size();
  }
  Out.add(Begin, Text.size());
  return Out.finish(false);
}

TemplateValue facet::splitLines(RenderState &R, const SourcedText &Text, bool KeepEnds) {
  Pieces Out{R, Text, {}};
  const std::string &Bytes = Text.bytes();
  size_t Begin = 0;
  for (size_t At = 0; At < Bytes.size() && R.step();) {
    Character C = characterAt(Bytes, At);
    bool Ends = (C.Code >= '\n' && C.Code <= '\r') || (C.Code >= 0x1C && C.Code <= 0x1E) || C.Code == 0x85 ||
                C.Code == 0x2028 || C.Code == 0x2029;
    size_t Next = C.Code == '\r' && C.End < Bytes.size() && Bytes[C.End] == '\n' ? C.End + 1 : C.End;
    if (Ends) {
      Out.add(Begin, KeepEnds ? Next : At);
      Begin = Next;
    }
    At = Next;
  }
  if (Begin < Bytes.size())
    Out.add(Begin, Bytes.size());
  return Out.finish(false);
}

TemplateValue facet::replace(RenderState &R, const SourcedText &Text, const SourcedText &Old,
                             const SourcedText &New, int64_t Limit) {
  const std::string &Bytes = Text.bytes();
  SourcedText Out;
  size_t Begin = 0;
  auto Fits = [&] { return R.step() && (Out.size() <= R.Limits.OutputBytes || R.room(Out.size())); };
  if (Old.empty()) { // between all characters, and at both ends
    while (Limit-- != 0 && Fits()) {
      Out.append(New);
      if (Begin >= Bytes.size())
        return R.text(std::move(Out));
      size_t End = characterAt(Bytes, Begin).End;
      Out.append(Text, Begin, End);
      Begin = End;
    }
  }
  while (!Old.empty() && Limit-- != 0 && Fits()) {
    size_t Found = findText(R, Bytes, Old.bytes(), Begin);
    if (Found == Bytes.npos)
      break;
    Out.append(Text, Begin, Found);
    Out.append(New);
    Begin = Found + Old.size();
  }
  Out.append(Text, Begin, Bytes.size());
  return R.text(std::move(Out));
}

TemplateValue facet::join(RenderState &R, const std::vector<TemplateValue> &Items,
                          const SourcedText &Separator) {
  SourcedText Out;
  for (size_t I = 0; I < Items.size() && R.step(); ++I) {
    if (I && R.work(Separator.footprint()))
      Out.append(Separator);
    appendText(R, Out, Items[I]);
  }
  return R.text(std::move(Out));
}
