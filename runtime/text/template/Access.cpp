// Attributes and items as Jinja2's sandbox finds them, Python's slices.
#include "runtime/text/template/Access.h"
#include "runtime/text/template/Builtins.h"
#include "runtime/text/template/Objects.h"
#include "runtime/text/template/Operators.h"
#include "runtime/text/template/Unicode.h"

#include <algorithm>

using namespace facet;

namespace {
TemplateValue loopAttribute(const TemplateValue &Value, std::string_view Name) {
  const LoopObject &Loop = Value.asLoop();
  Origin From = Value.origin();
  size_t Count = Loop.items().size(), I = Loop.Index;
  auto Number = [&](size_t N) { return TemplateValue::integer(static_cast<int64_t>(N), From); };
  if (Name == "index")
    return Number(I + 1);
  if (Name == "index0")
    return Number(I);
  if (Name == "revindex")
    return Number(Count - I);
  if (Name == "revindex0")
    return Number(Count - I - 1);
  if (Name == "length")
    return Number(Count);
  if (Name == "depth") // counts recursive loops, of which there are none
    return Number(1);
  if (Name == "depth0")
    return Number(0);
  if (Name == "first")
    return TemplateValue::boolean(I == 0, Origin::Template);
  if (Name == "last")
    return TemplateValue::boolean(I + 1 == Count, Origin::Template);
  if (Name == "previtem")
    return I == 0 ? TemplateValue::undefined("there is no previous item") : Loop.items()[I - 1];
  if (Name == "nextitem")
    return I + 1 >= Count ? TemplateValue::undefined("there is no next item") : Loop.items()[I + 1];
  return TemplateValue::undefined(std::string(Name));
}

/// Methods and attributes that are not entries; undefined where there is none.
TemplateValue ownAttribute(RenderState &R, const TemplateValue &Object, std::string_view Name) {
  if (Object.is(ValueKind::Namespace)) {
    const TemplateValue *Found = Object.asNamespace().find(Name);
    return Found ? *Found : TemplateValue::undefined(std::string(Name));
  }
  int Method = findMethod(Object, Name);
  if (Method >= 0 && R.work(sizeof(MethodObject)))
    return TemplateValue::method(Object, static_cast<unsigned>(Method));
  if (Object.is(ValueKind::Loop))
    return loopAttribute(Object, Name);
  return TemplateValue::undefined(std::string(Name));
}

/// Turns Python's index into one from 0; false where it is outside.
bool position(int64_t Index, size_t Size, size_t &Out) {
  int64_t Count = static_cast<int64_t>(Size);
  if (Index < -Count || Index >= Count)
    return false;
  Out = static_cast<size_t>(Index < 0 ? Index + Count : Index);
  return true;
}

TemplateValue characterOf(RenderState &R, const SourcedText &Text, int64_t Index) {
  if (!R.scan(Text.size()))
    return {};
  size_t At;
  if (!position(Index, countCharacters(Text.bytes()), At))
    return TemplateValue::undefined("the string's character " + std::to_string(Index));
  size_t Begin = 0;
  while (At-- > 0)
    Begin = characterAt(Text.bytes(), Begin).End;
  return R.text(Text.substr(Begin, characterAt(Text.bytes(), Begin).End));
}

/// What a slice takes: Count elements, from First on, Step apart.
struct Slice {
  int64_t First, Step, Count;
};

bool resolve(RenderState &R, const TemplateValue *const Bounds[3], int64_t Size, Slice &Out) {
  int64_t Given[3] = {0, 0, 1};
  bool Has[3] = {};
  for (int I = 0; I < 3; ++I) {
    if (!Bounds[I] || Bounds[I]->is(ValueKind::None))
      continue;
    if (!requireDefined(R, *Bounds[I]))
      return false;
    if (!Bounds[I]->is(ValueKind::Int) && !Bounds[I]->is(ValueKind::Bool)) {
      R.fail("a slice expects integers, found " + describe(*Bounds[I]));
      return false;
    }
    Given[I] = std::clamp<int64_t>(Bounds[I]->asInt(), -(int64_t(1) << 40), int64_t(1) << 40);
    Has[I] = true;
  }
  int64_t Step = Given[2];
  if (Step == 0) {
    R.fail("a slice's step cannot be zero");
    return false;
  }
  auto Clamped = [&](int64_t Bound) {
    if (Bound < 0)
      Bound += Size;
    return std::clamp<int64_t>(Bound, Step < 0 ? -1 : 0, Step < 0 ? Size - 1 : Size);
  };
  int64_t Start = Has[0] ? Clamped(Given[0]) : Step < 0 ? Size - 1 : 0;
  int64_t Stop = Has[1] ? Clamped(Given[1]) : Step < 0 ? -1 : Size;
  int64_t Distance = Step < 0 ? Start - Stop : Stop - Start;
  int64_t Stride = Step < 0 ? -Step : Step;
  Out = {Start, Step, Distance <= 0 ? 0 : (Distance + Stride - 1) / Stride};
  return true;
}

TemplateValue sliceText(RenderState &R, const SourcedText &Text, const Slice &S) {
  if (!R.scan(Text.size()))
    return {};
  const std::string &Bytes = Text.bytes();
  SourcedText Out;
  if (S.Step == 1) { // the usual case needs no table
    size_t Begin = 0, End;
    for (int64_t I = 0; I < S.First && S.Count; ++I)
      Begin = characterAt(Bytes, Begin).End;
    End = Begin;
    for (int64_t I = 0; I < S.Count; ++I)
      End = characterAt(Bytes, End).End;
    return R.text(Text.substr(Begin, End));
  }
  if (!R.work(Bytes.size() * sizeof(size_t)))
    return {};
  std::vector<size_t> Starts;
  for (size_t At = 0; At < Bytes.size(); At = characterAt(Bytes, At).End)
    Starts.push_back(At);
  Starts.push_back(Bytes.size());
  for (int64_t I = 0; I < S.Count; ++I) {
    size_t At = static_cast<size_t>(S.First + I * S.Step);
    Out.append(Text, Starts[At], Starts[At + 1]);
  }
  return R.text(std::move(Out));
}
} // namespace

TemplateValue facet::getAttribute(RenderState &R, const TemplateValue &Object, std::string_view Name) {
  if (!requireDefined(R, Object))
    return {};
  if (Object.is(ValueKind::Dict) && findMethod(Object, Name) < 0) {
    const TemplateValue *Found = Object.asDict().find(Name);
    return Found ? *Found : TemplateValue::undefined(std::string(Name));
  }
  return ownAttribute(R, Object, Name);
}

TemplateValue facet::getItem(RenderState &R, const TemplateValue &Object, const TemplateValue &Key) {
  if (!requireDefined(R, Object))
    return {};
  bool Whole = Key.is(ValueKind::Int) || Key.is(ValueKind::Bool);
  size_t At;
  if (Object.is(ValueKind::Dict)) {
    if (const TemplateValue *Found = Object.asDict().find(Key))
      return *Found;
  } else if (Whole && Object.is(ValueKind::List) && Object.asList().Flavor <= ListFlavor::Tuple) {
    const auto &Items = Object.asList().Items;
    if (position(Key.asInt(), Items.size(), At))
      return Items[At];
  } else if (Whole && Object.is(ValueKind::String)) {
    return characterOf(R, Object.asText(), Key.asInt());
  } else if (Whole && Object.is(ValueKind::Range)) {
    const RangeObject &Range = Object.asRange();
    if (position(Key.asInt(), static_cast<size_t>(Range.Count), At))
      return TemplateValue::integer(Range.at(static_cast<int64_t>(At)), Object.origin());
  }
  if (Key.is(ValueKind::String))
    return ownAttribute(R, Object, Key.asText().bytes());
  return TemplateValue::undefined(Whole ? "item " + std::to_string(Key.asInt()) : "an item");
}

TemplateValue facet::getSlice(RenderState &R, const TemplateValue &Object, const TemplateValue *Start,
                              const TemplateValue *Stop, const TemplateValue *Step) {
  if (!requireDefined(R, Object))
    return {};
  const TemplateValue *Bounds[3] = {Start, Stop, Step};
  Slice S;
  if (Object.is(ValueKind::String)) {
    int64_t Size =
        R.scan(Object.asText().size()) ? static_cast<int64_t>(countCharacters(Object.asText().bytes())) : 0;
    return resolve(R, Bounds, Size, S) ? sliceText(R, Object.asText(), S) : TemplateValue();
  }
  bool IsRange = Object.is(ValueKind::Range);
  if (!IsRange && !(Object.is(ValueKind::List) && Object.asList().Flavor <= ListFlavor::Tuple))
    return R.fail("expected a string or a list to slice, found " + describe(Object));
  TemplateValue List = iterate(R, Object);
  if (R.failed())
    return {};
  const auto &Items = List.asList().Items;
  if (!resolve(R, Bounds, static_cast<int64_t>(Items.size()), S) || !R.step(static_cast<size_t>(S.Count)))
    return {};
  std::vector<TemplateValue> Out;
  Out.reserve(static_cast<size_t>(S.Count));
  for (int64_t I = 0; I < S.Count; ++I)
    Out.push_back(Items[static_cast<size_t>(S.First + I * S.Step)]);
  return R.list(std::move(Out), List.asList().Flavor, Object.origin());
}

std::vector<TemplateValue> facet::characters(RenderState &R, const SourcedText &Text) {
  std::vector<TemplateValue> Out;
  for (size_t At = 0; At < Text.size() && R.step();) {
    size_t End = characterAt(Text.bytes(), At).End;
    Out.push_back(R.text(Text.substr(At, End)));
    At = End;
  }
  return Out;
}

TemplateValue facet::iterate(RenderState &R, const TemplateValue &Value) {
  std::vector<TemplateValue> Items;
  switch (Value.kind()) {
  case ValueKind::List:
    return Value;
  case ValueKind::Undefined:
    break;
  case ValueKind::String:
    Items = characters(R, Value.asText());
    break;
  case ValueKind::Dict:
    if (!R.step(Value.asDict().Entries.size()))
      return {};
    for (const auto &[Key, Entry] : Value.asDict().Entries)
      Items.push_back(Key);
    break;
  case ValueKind::Range:
    if (!R.step(static_cast<size_t>(Value.asRange().Count)))
      return {};
    for (int64_t I = 0; I < Value.asRange().Count; ++I)
      Items.push_back(TemplateValue::integer(Value.asRange().at(I), Value.origin()));
    break;
  default:
    return R.fail("expected something to go through, as a list or a dict, found " + describe(Value));
  }
  return R.list(std::move(Items), ListFlavor::List, Value.origin());
}

TemplateValue facet::lengthOf(RenderState &R, const TemplateValue &Value) {
  size_t Count = 0;
  switch (Value.kind()) {
  case ValueKind::Undefined:
    return TemplateValue::integer(0, Origin::Template);
  case ValueKind::String:
    if (R.scan(Value.asText().size()))
      Count = countCharacters(Value.asText().bytes());
    break;
  case ValueKind::List:
    if (Value.asList().Flavor == ListFlavor::Generator)
      return R.fail("a generator has no length: put '| list' before '| length'");
    Count = Value.asList().Items.size();
    break;
  case ValueKind::Dict:
    Count = Value.asDict().Entries.size();
    break;
  case ValueKind::Range:
    Count = static_cast<size_t>(Value.asRange().Count);
    break;
  default:
    return R.fail("expected something that has a length, found " + describe(Value));
  }
  // The number says something about its value's bytes, so it is no more trusted than they are.
  return TemplateValue::integer(static_cast<int64_t>(Count), Value.origin());
}
