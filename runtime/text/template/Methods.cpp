// Methods of strings, dicts, lists and loops. Those that change their object do not exist, as in Jinja2's
// sandbox.
#include "runtime/text/template/Access.h"
#include "runtime/text/template/Builtins.h"
#include "runtime/text/template/Operators.h"
#include "runtime/text/template/TextOperations.h"
#include "runtime/text/template/Unicode.h"

#include <algorithm>
#include <iterator>

using namespace facet;

namespace {
using Given = const Arguments &;

/// A null argument list element of type none counts as left out, as in split(None).
const SourcedText *optionalString(Bound &Args, size_t I) {
  return Args[I] && !Args[I]->is(ValueKind::None) ? Args.string(I) : nullptr;
}

template <bool Left, bool Right> TemplateValue stripText(RenderState &R, const TemplateValue &Self, Given G) {
  Bound Args(R, "strip", 0, {"chars"}, G);
  const SourcedText *Characters = optionalString(Args, 0);
  return R.failed() ? TemplateValue() : R.text(strip(R, Self.asText(), Characters, Left, Right));
}

template <bool FromRight> TemplateValue splitText(RenderState &R, const TemplateValue &Self, Given G) {
  Bound Args(R, "split", 0, {"sep", "maxsplit"}, G);
  const SourcedText *Separator = optionalString(Args, 0);
  int64_t Limit = Args.integer(1, -1);
  return R.failed() ? TemplateValue() : split(R, Self.asText(), Separator, Limit, FromRight);
}

TemplateValue splitTextLines(RenderState &R, const TemplateValue &Self, Given G) {
  Bound Args(R, "splitlines", 0, {"keepends"}, G);
  return R.failed() ? TemplateValue() : splitLines(R, Self.asText(), Args.truth(0));
}

template <SourcedText Change(const SourcedText &)>
TemplateValue changeCase(RenderState &R, const TemplateValue &Self, Given G) {
  Bound Args(R, "this method", 0, {}, G);
  return R.failed() || !R.step(1 + Self.asText().size() / 4) ? TemplateValue()
                                                             : R.text(Change(Self.asText()));
}

/// Text[Start:Stop] as byte offsets. False where Start is past the end, so that not even "" is found.
bool window(Bound &Args, const std::string &Bytes, size_t &Begin, size_t &End) {
  Begin = 0;
  End = Bytes.size();
  int64_t Start = Args.integer(1, 0), Stop = Args.integer(2, INT64_MAX);
  if (Start == 0 && Stop == INT64_MAX)
    return true;
  int64_t Count = static_cast<int64_t>(countCharacters(Bytes));
  auto Clamped = [&](int64_t I) { return std::clamp<int64_t>(I < 0 ? I + Count : I, 0, Count); };
  bool Past = Start > Count;
  Start = Clamped(std::max(Start, -Count));
  Stop = Clamped(std::max(Stop, -Count));
  auto Offset = [&](int64_t I) {
    size_t At = 0;
    while (I-- > 0)
      At = characterAt(Bytes, At).End;
    return At;
  };
  Begin = Offset(Start);
  End = Offset(Stop);
  return !Past && Begin <= End;
}

template <bool AtEnd> TemplateValue beginsOrEnds(RenderState &R, const TemplateValue &Self, Given G) {
  Bound Args(R, AtEnd ? "endswith" : "startswith", 1, {"prefix", "start", "end"}, G);
  const std::string &Bytes = Self.asText().bytes();
  size_t Begin, End;
  if (R.failed())
    return {};
  bool Inside = window(Args, Bytes, Begin, End), Found = false;
  std::vector<TemplateValue> Choices{*Args[0]};
  if (Args[0]->is(ValueKind::List) && Args[0]->asList().Flavor == ListFlavor::Tuple)
    Choices = Args[0]->asList().Items;
  for (const TemplateValue &Choice : Choices) {
    if (!requireDefined(R, Choice))
      return {};
    if (!Choice.is(ValueKind::String))
      return R.fail(std::string(AtEnd ? "endswith" : "startswith") + " expects a string, found " +
                    describe(Choice));
    const std::string &Part = Choice.asText().bytes();
    R.scan(Part.size());
    Found |= Inside && Part.size() <= End - Begin &&
             Bytes.compare(AtEnd ? End - Part.size() : Begin, Part.size(), Part) == 0;
  }
  return TemplateValue::boolean(Found, Origin::Template);
}

enum class Search { Find, Index, FindLast, Count };

template <Search What> TemplateValue search(RenderState &R, const TemplateValue &Self, Given G) {
  Bound Args(R, "find", 1, {"sub", "start", "end"}, G);
  const SourcedText *Part = Args.string(0);
  const std::string &Bytes = Self.asText().bytes();
  size_t Begin, End;
  if (R.failed() || !R.scan(Bytes.size()))
    return {};
  bool Inside = window(Args, Bytes, Begin, End);
  std::string_view Text = std::string_view(Bytes).substr(0, std::max(Begin, End));
  int64_t Count = 0;
  size_t Found = Text.npos;
  for (size_t At = Begin; Inside && R.step();) {
    size_t Next = findText(R, Text, Part->bytes(), At);
    if (Next == Text.npos)
      break;
    Found = Next;
    ++Count;
    if (What == Search::Find || What == Search::Index)
      break;
    bool Whole = What == Search::Count && !Part->empty(); // count: without overlap
    At = Whole ? Next + Part->size() : Next < Text.size() ? characterAt(Text, Next).End : Text.size() + 1;
    if (At > Text.size())
      break;
  }
  if (What != Search::Count)
    Count = Found == Text.npos ? -1 : static_cast<int64_t>(countCharacters(Text.substr(0, Found)));
  if (What == Search::Index && Count < 0)
    return R.fail("index: the string does not hold what was looked for");
  return TemplateValue::integer(Count, Self.origin());
}

TemplateValue replaceText(RenderState &R, const TemplateValue &Self, Given G) {
  Bound Args(R, "replace", 2, {"old", "new", "count"}, G);
  const SourcedText *Old = Args.string(0), *New = Args.string(1);
  int64_t Limit = Args.integer(2, -1);
  return R.failed() ? TemplateValue() : replace(R, Self.asText(), *Old, *New, Limit);
}

TemplateValue joinText(RenderState &R, const TemplateValue &Self, Given G) {
  Bound Args(R, "join", 1, {"iterable"}, G);
  TemplateValue List = R.failed() ? TemplateValue() : iterate(R, *Args[0]);
  if (R.failed())
    return {};
  for (const TemplateValue &Item : List.asList().Items)
    if (!Item.is(ValueKind::String))
      return R.fail("join expects strings, found " + describe(Item));
  return join(R, List.asList().Items, Self.asText());
}

template <bool AtEnd> TemplateValue remove(RenderState &R, const TemplateValue &Self, Given G) {
  Bound Args(R, AtEnd ? "removesuffix" : "removeprefix", 1, {"part"}, G);
  const SourcedText *Part = Args.string(0);
  if (R.failed() || !R.scan(Part->size()))
    return {};
  const SourcedText &Text = Self.asText();
  if (Part->size() > Text.size() ||
      Text.bytes().compare(AtEnd ? Text.size() - Part->size() : 0, Part->size(), Part->bytes()) != 0)
    return Self;
  return R.text(AtEnd ? Text.substr(0, Text.size() - Part->size()) : Text.substr(Part->size(), Text.size()));
}

template <bool FromRight> TemplateValue partition(RenderState &R, const TemplateValue &Self, Given G) {
  Bound Args(R, "partition", 1, {"sep"}, G);
  const SourcedText *Mark = Args.string(0);
  if (R.failed())
    return {};
  TemplateValue Parts = split(R, Self.asText(), Mark, 1, FromRight);
  if (R.failed())
    return {};
  std::vector<TemplateValue> Three = Parts.asList().Items;
  TemplateValue Empty = R.text(Self.asText().substr(0, 0));
  size_t At = Three[0].asText().size();
  if (Three.size() == 2) // the separator as it stands in the text, whose origin may not be the argument's
    Three.insert(Three.begin() + 1, R.text(Self.asText().substr(At, At + Mark->size())));
  else
    Three.insert(FromRight ? Three.begin() : Three.end(), {Empty, Empty});
  return R.list(std::move(Three), ListFlavor::Tuple, Self.origin());
}

template <bool Holds(char32_t), bool EmptyToo = false>
TemplateValue all(RenderState &R, const TemplateValue &Self, Given G) {
  Bound Args(R, "this method", 0, {}, G);
  const std::string &Bytes = Self.asText().bytes();
  bool All = EmptyToo || !Bytes.empty();
  for (size_t At = 0; At < Bytes.size() && All && R.step();) {
    Character C = characterAt(Bytes, At);
    All = Holds(C.Code);
    At = C.End;
  }
  return TemplateValue::boolean(All, Origin::Template);
}
bool isDigitCharacter(char32_t Code) { return Code >= '0' && Code <= '9'; }
bool isAsciiCharacter(char32_t Code) { return Code < 0x80; }

template <bool Upper> TemplateValue isCase(RenderState &R, const TemplateValue &Self, Given G) {
  Bound Args(R, "this method", 0, {}, G);
  Arguments Subject{{Self}, {}};
  bool Holds =
      !R.failed() && applyTest(R, static_cast<unsigned>(findTest(Upper ? "upper" : "lower")), Subject);
  return TemplateValue::boolean(Holds, Origin::Template);
}

TemplateValue get(RenderState &R, const TemplateValue &Self, Given G) {
  Bound Args(R, "get", 1, {"key", "default"}, G);
  if (R.failed())
    return {};
  if (const TemplateValue *Found = Self.asDict().find(*Args[0]))
    return *Found;
  return Args[1] ? *Args[1] : TemplateValue::none(Origin::Template);
}

template <ListFlavor View> TemplateValue view(RenderState &R, const TemplateValue &Self, Given G) {
  Bound Args(R, "this method", 0, {}, G);
  std::vector<TemplateValue> Out;
  for (const auto &[Key, Value] : Self.asDict().Entries) {
    if (!R.step())
      return {};
    Out.push_back(View == ListFlavor::Keys     ? Key
                  : View == ListFlavor::Values ? Value
                                               : R.list({Key, Value}, ListFlavor::Tuple, Self.origin()));
  }
  return R.list(std::move(Out), View, Self.origin());
}

TemplateValue copy(RenderState &R, const TemplateValue &Self, Given G) {
  Bound Args(R, "copy", 0, {}, G);
  return Self; // nothing can change it
}

template <bool CountAll> TemplateValue findItem(RenderState &R, const TemplateValue &Self, Given G) {
  Bound Args(R, CountAll ? "count" : "index", 1, {"value"}, G);
  const auto &Items = Self.asList().Items;
  int64_t Count = 0;
  for (size_t I = 0; I < Items.size() && !R.failed(); ++I) {
    if (!isEqual(R, Items[I], *Args[0]))
      continue;
    if (!CountAll)
      return TemplateValue::integer(static_cast<int64_t>(I), Self.origin());
    ++Count;
  }
  return CountAll ? TemplateValue::integer(Count, Self.origin())
                  : R.fail("index: the list does not hold this value");
}

TemplateValue cycle(RenderState &R, const TemplateValue &Self, Given G) {
  if (G.Values.empty())
    return R.fail("loop.cycle needs values to go through");
  return G.Values[Self.asLoop().Index % G.Values.size()];
}

TemplateValue changed(RenderState &R, const TemplateValue &Self, Given G) {
  LoopObject &Loop = Self.asLoop();
  TemplateValue Now = R.list(G.Values, ListFlavor::Tuple, Origin::Template);
  if (R.failed() || (Loop.HasChanged && isEqual(R, Loop.LastChanged, Now)))
    return TemplateValue::boolean(false, Origin::Template);
  Loop.HasChanged = true;
  Loop.LastChanged = Now;
  return TemplateValue::boolean(true, Origin::Template);
}

enum class Owner { String, Dict, List, Loop };

struct Row {
  Owner Of;
  std::string_view Name;
  TemplateValue (*Call)(RenderState &R, const TemplateValue &Self,
                        Given G); ///< null: exists in Python, not here
};
constexpr Row Rows[] = {
    {Owner::String, "strip", stripText<true, true>},
    {Owner::String, "lstrip", stripText<true, false>},
    {Owner::String, "rstrip", stripText<false, true>},
    {Owner::String, "split", splitText<false>},
    {Owner::String, "rsplit", splitText<true>},
    {Owner::String, "splitlines", splitTextLines},
    {Owner::String, "upper", changeCase<toUpper>},
    {Owner::String, "lower", changeCase<toLower>},
    {Owner::String, "title", changeCase<toTitle>},
    {Owner::String, "capitalize", changeCase<toCapitalized>},
    {Owner::String, "startswith", beginsOrEnds<false>},
    {Owner::String, "endswith", beginsOrEnds<true>},
    {Owner::String, "find", search<Search::Find>},
    {Owner::String, "index", search<Search::Index>},
    {Owner::String, "rfind", search<Search::FindLast>},
    {Owner::String, "count", search<Search::Count>},
    {Owner::String, "replace", replaceText},
    {Owner::String, "join", joinText},
    {Owner::String, "removeprefix", remove<false>},
    {Owner::String, "removesuffix", remove<true>},
    {Owner::String, "partition", partition<false>},
    {Owner::String, "rpartition", partition<true>},
    {Owner::String, "isspace", all<isSpace>},
    {Owner::String, "isdigit", all<isDigitCharacter>},
    {Owner::String, "isascii", all<isAsciiCharacter, true>},
    {Owner::String, "isprintable", all<isPrintable, true>},
    {Owner::String, "isupper", isCase<true>},
    {Owner::String, "islower", isCase<false>},
    {Owner::String, "casefold", nullptr},
    {Owner::String, "center", nullptr},
    {Owner::String, "encode", nullptr},
    {Owner::String, "expandtabs", nullptr},
    {Owner::String, "format", nullptr},
    {Owner::String, "format_map", nullptr},
    {Owner::String, "isalnum", nullptr},
    {Owner::String, "isalpha", nullptr},
    {Owner::String, "isdecimal", nullptr},
    {Owner::String, "isidentifier", nullptr},
    {Owner::String, "isnumeric", nullptr},
    {Owner::String, "istitle", nullptr},
    {Owner::String, "ljust", nullptr},
    {Owner::String, "maketrans", nullptr},
    {Owner::String, "rindex", nullptr},
    {Owner::String, "rjust", nullptr},
    {Owner::String, "swapcase", nullptr},
    {Owner::String, "translate", nullptr},
    {Owner::String, "zfill", nullptr},
    {Owner::Dict, "get", get},
    {Owner::Dict, "items", view<ListFlavor::Items>},
    {Owner::Dict, "keys", view<ListFlavor::Keys>},
    {Owner::Dict, "values", view<ListFlavor::Values>},
    {Owner::Dict, "copy", copy},
    {Owner::Dict, "fromkeys", nullptr},
    {Owner::List, "index", findItem<false>},
    {Owner::List, "count", findItem<true>},
    {Owner::Loop, "cycle", cycle},
    {Owner::Loop, "changed", changed},
};
} // namespace

int facet::findMethod(const TemplateValue &Object, std::string_view Name) {
  Owner Of;
  if (Object.is(ValueKind::String))
    Of = Owner::String;
  else if (Object.is(ValueKind::Dict))
    Of = Owner::Dict;
  else if (Object.is(ValueKind::List) && Object.asList().Flavor <= ListFlavor::Tuple)
    Of = Owner::List;
  else if (Object.is(ValueKind::Loop))
    Of = Owner::Loop;
  else
    return -1;
  for (size_t I = 0; I < std::size(Rows); ++I)
    if (Rows[I].Of == Of && Rows[I].Name == Name)
      return static_cast<int>(I);
  return -1;
}

TemplateValue facet::callMethod(RenderState &R, const TemplateValue &Self, unsigned Id,
                                const Arguments &Args) {
  if (!Rows[Id].Call)
    return R.fail("the method '" + std::string(Rows[Id].Name) + "' is not supported here");
  return R.step() ? Rows[Id].Call(R, Self, Args) : TemplateValue();
}
