// UTF-8 and the case tables. A changed character has the origin of the one that it was made of.
#include "runtime/text/template/Unicode.h"

#include <algorithm>
#include <iterator>

using namespace facet;

namespace {
struct Range {
  uint32_t First, Last;
};
/// Characters First, First + Step, ..., Last change by Delta.
struct Shift {
  uint32_t First, Last;
  int32_t Delta;
  uint32_t Step;
};
/// A character that becomes several.
struct Full {
  uint32_t Code;
  const char *Becomes;
};

#include "runtime/text/template/UnicodeTables.inc"

template <size_t N> bool contains(const Range (&Table)[N], char32_t Code) {
  auto It = std::upper_bound(std::begin(Table), std::end(Table), Code,
                             [](char32_t C, const Range &R) { return C < R.First; });
  return It != std::begin(Table) && Code <= std::prev(It)->Last;
}

template <size_t N> char32_t shifted(const Shift (&Table)[N], char32_t Code) {
  auto It = std::upper_bound(std::begin(Table), std::end(Table), Code,
                             [](char32_t C, const Shift &S) { return C < S.First; });
  if (It == std::begin(Table))
    return Code;
  --It;
  if (Code <= It->Last && (Code - It->First) % It->Step == 0)
    return Code + It->Delta;
  return Code;
}

template <size_t N> const char *expanded(const Full (&Table)[N], char32_t Code) {
  auto It = std::lower_bound(std::begin(Table), std::end(Table), Code,
                             [](const Full &F, char32_t C) { return F.Code < C; });
  return It != std::end(Table) && It->Code == Code ? It->Becomes : nullptr;
}

enum class Case { Upper, Lower, Title };

void appendAs(SourcedText &Out, Case To, char32_t Code, Origin From) {
  const char *Becomes = nullptr;
  if (Code >= 0x80) {
    if (To == Case::Title)
      Becomes = expanded(FullTitle, Code);
    if (!Becomes)
      Becomes = To == Case::Lower ? expanded(FullLower, Code) : expanded(FullUpper, Code);
  }
  if (Becomes)
    return Out.append(Becomes, From);
  std::string One;
  appendCharacter(One, To == Case::Lower ? shifted(Lower, Code) : shifted(Upper, Code));
  Out.append(One, From);
}

/// A capital sigma that ends a word becomes U+03C2: a cased character before it and none after, marks aside.
bool isFinalSigma(std::string_view Bytes, size_t Begin, size_t End) {
  bool Before = false;
  while (Begin > 0) {
    Begin = characterBefore(Bytes, Begin);
    char32_t Code = characterAt(Bytes, Begin).Code;
    if (contains(CaseIgnorable, Code))
      continue;
    Before = isCased(Code);
    break;
  }
  if (!Before)
    return false;
  while (End < Bytes.size()) {
    Character C = characterAt(Bytes, End);
    if (!contains(CaseIgnorable, C.Code))
      return !isCased(C.Code);
    End = C.End;
  }
  return true;
}

template <typename Choose> SourcedText changeCase(const SourcedText &Text, Choose CaseOf) {
  SourcedText Out;
  const std::string &Bytes = Text.bytes();
  for (size_t At = 0; At < Bytes.size();) {
    Character C = characterAt(Bytes, At);
    Case To = CaseOf(C.Code);
    Origin From = Text.originOf(At, C.End);
    if (To == Case::Lower && C.Code == 0x3A3)
      Out.append(isFinalSigma(Bytes, At, C.End) ? "\u03C2" : "\u03C3", From);
    else
      appendAs(Out, To, C.Code, From);
    At = C.End;
  }
  return Out;
}
} // namespace

Character facet::characterAt(std::string_view Bytes, size_t At) {
  auto Byte = [&](size_t I) { return I < Bytes.size() ? static_cast<unsigned char>(Bytes[I]) : 0u; };
  uint32_t Lead = Byte(At);
  if (Lead < 0x80)
    return {Lead, At + 1};
  unsigned Length = Lead >= 0xF0 && Lead < 0xF5   ? 4
                    : Lead >= 0xE0 && Lead < 0xF0 ? 3
                    : Lead >= 0xC2 && Lead < 0xE0 ? 2
                                                  : 0;
  char32_t Code = Length ? Lead & (0x7F >> Length) : 0;
  for (unsigned I = 1; I < Length; ++I) {
    if ((Byte(At + I) & 0xC0) != 0x80)
      return {0xFFFD, At + 1};
    Code = Code << 6 | (Byte(At + I) & 0x3F);
  }
  bool Bad = !Length || Code > 0x10FFFF || (Code >= 0xD800 && Code < 0xE000) ||
             (Length == 3 && Code < 0x800) || (Length == 4 && Code < 0x10000);
  return Bad ? Character{0xFFFD, At + 1} : Character{Code, At + Length};
}

size_t facet::characterBefore(std::string_view Bytes, size_t At) {
  size_t Begin = At - 1;
  while (Begin > 0 && At - Begin < 4 && (static_cast<unsigned char>(Bytes[Begin]) & 0xC0) == 0x80)
    --Begin;
  return characterAt(Bytes, Begin).End == At ? Begin : At - 1;
}

void facet::appendCharacter(std::string &Bytes, char32_t Code) {
  if (Code < 0x80) {
    Bytes += static_cast<char>(Code);
    return;
  }
  if (Code < 0x800) {
    Bytes += static_cast<char>(0xC0 | Code >> 6);
  } else {
    if (Code < 0x10000) {
      Bytes += static_cast<char>(0xE0 | Code >> 12);
    } else {
      Bytes += static_cast<char>(0xF0 | Code >> 18);
      Bytes += static_cast<char>(0x80 | (Code >> 12 & 0x3F));
    }
    Bytes += static_cast<char>(0x80 | (Code >> 6 & 0x3F));
  }
  Bytes += static_cast<char>(0x80 | (Code & 0x3F));
}

size_t facet::countCharacters(std::string_view Bytes) {
  size_t Count = 0;
  for (char C : Bytes)
    Count += (static_cast<unsigned char>(C) & 0xC0) != 0x80;
  return Count;
}

bool facet::isValidUtf8(std::string_view Bytes) {
  for (size_t At = 0; At < Bytes.size();) {
    Character C = characterAt(Bytes, At);
    if (C.Code == 0xFFFD && C.End == At + 1)
      return false;
    At = C.End;
  }
  return true;
}

bool facet::isSpace(char32_t Code) { return contains(Spaces, Code); }
bool facet::isPrintable(char32_t Code) { return !contains(Unprintable, Code); }
bool facet::isCased(char32_t Code) { return contains(Cased, Code); }

SourcedText facet::toUpper(const SourcedText &Text) {
  return changeCase(Text, [](char32_t) { return Case::Upper; });
}
SourcedText facet::toLower(const SourcedText &Text) {
  return changeCase(Text, [](char32_t) { return Case::Lower; });
}
SourcedText facet::toTitle(const SourcedText &Text) {
  bool AfterCased = false;
  return changeCase(Text, [&](char32_t Code) {
    Case To = AfterCased ? Case::Lower : Case::Title;
    AfterCased = isCased(Code);
    return To;
  });
}
SourcedText facet::toCapitalized(const SourcedText &Text) {
  bool First = true;
  return changeCase(Text, [&](char32_t) {
    Case To = First ? Case::Title : Case::Lower;
    First = false;
    return To;
  });
}
