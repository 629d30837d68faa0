// Making values, and finding keys in dicts.
#include "runtime/text/template/Value.h"

#include <algorithm>

using namespace facet;

namespace {
unsigned deepest(const std::vector<TemplateValue> &Items) {
  unsigned Depth = 0;
  for (const TemplateValue &Item : Items)
    Depth = std::max(Depth, Item.depth());
  return Depth;
}

/// Python's equality of two scalars as keys: 1, 1.0 and True are one key.
bool sameKey(const TemplateValue &A, const TemplateValue &B) {
  if (A.is(ValueKind::String) || B.is(ValueKind::String))
    return A.kind() == B.kind() && A.asText().bytes() == B.asText().bytes();
  if (A.is(ValueKind::BigInt) || B.is(ValueKind::BigInt))
    return A.kind() == B.kind() && A.asDigits() == B.asDigits();
  if (A.isNumber() && B.isNumber()) {
    if (A.is(ValueKind::Float) || B.is(ValueKind::Float))
      return A.asDouble() == B.asDouble();
    return A.asInt() == B.asInt();
  }
  return A.is(ValueKind::None) && B.is(ValueKind::None);
}

/// A dict of fewer entries is searched in order: cheaper than hashing.
constexpr size_t IndexFrom = 9;

void insert(DictObject &Dict, TemplateValue Key, TemplateValue Value) {
  Dict.Depth = std::max(Dict.Depth, Value.depth() + 1);
  if (const TemplateValue *Old = Dict.find(Key)) {
    *const_cast<TemplateValue *>(Old) = std::move(Value);
    return;
  }
  size_t At = Dict.Entries.size();
  Dict.Entries.emplace_back(std::move(Key), std::move(Value));
  auto Index = [&](size_t I) {
    const TemplateValue &K = Dict.Entries[I].first;
    if (K.is(ValueKind::String)) // the bytes are behind a shared pointer and stay where they are
      Dict.Index.emplace(K.asText().bytes(), I);
  };
  if (At + 1 == IndexFrom)
    for (size_t I = 0; I <= At; ++I)
      Index(I);
  else if (At >= IndexFrom)
    Index(At);
}
} // namespace

const TemplateValue *DictObject::find(std::string_view Key) const {
  if (Entries.size() >= IndexFrom) {
    auto It = Index.find(Key);
    return It == Index.end() ? nullptr : &Entries[It->second].second;
  }
  for (const auto &[K, V] : Entries)
    if (K.is(ValueKind::String) && K.asText().bytes() == Key)
      return &V;
  return nullptr;
}

const TemplateValue *DictObject::find(const TemplateValue &Key) const {
  if (Key.is(ValueKind::String))
    return find(Key.asText().bytes());
  for (const auto &[K, V] : Entries)
    if (sameKey(K, Key))
      return &V;
  return nullptr;
}

TemplateValue TemplateValue::none(Origin From) { return {ValueKind::None, From}; }

TemplateValue TemplateValue::boolean(bool Value, Origin From) {
  TemplateValue V(ValueKind::Bool, From);
  V.Scalar.Integer = Value;
  return V;
}

TemplateValue TemplateValue::integer(int64_t Value, Origin From) {
  TemplateValue V(ValueKind::Int, From);
  V.Scalar.Integer = Value;
  return V;
}

TemplateValue TemplateValue::bigInteger(std::string Digits, Origin From) {
  TemplateValue V(ValueKind::BigInt, From);
  V.Object = std::make_shared<const SourcedText>(std::move(Digits), From);
  return V;
}

TemplateValue TemplateValue::real(double Value, Origin From) {
  TemplateValue V(ValueKind::Float, From);
  V.Scalar.Real = Value;
  return V;
}

TemplateValue TemplateValue::string(std::string Utf8, Origin From) {
  return text(SourcedText(std::move(Utf8), From));
}

TemplateValue TemplateValue::text(SourcedText Text) {
  TemplateValue V(ValueKind::String, Text.origin());
  V.Object = std::make_shared<const SourcedText>(std::move(Text));
  return V;
}

TemplateValue TemplateValue::list(std::vector<TemplateValue> Items, Origin From) {
  return sequence(std::move(Items), ListFlavor::List, From);
}

TemplateValue TemplateValue::sequence(std::vector<TemplateValue> Items, ListFlavor Flavor, Origin From) {
  TemplateValue V(ValueKind::List, From);
  unsigned Depth = deepest(Items) + 1;
  V.Object = std::make_shared<const ListObject>(ListObject{std::move(Items), Flavor, Depth});
  return V;
}

TemplateValue TemplateValue::dict(std::vector<std::pair<std::string, TemplateValue>> Entries, Origin From) {
  auto Dict = std::make_shared<DictObject>();
  Dict->Depth = 1;
  for (auto &[Key, Value] : Entries)
    insert(*Dict, string(std::move(Key), From), std::move(Value));
  TemplateValue V(ValueKind::Dict, From);
  V.Object = std::move(Dict);
  return V;
}

TemplateValue TemplateValue::mapping(std::vector<std::pair<TemplateValue, TemplateValue>> Entries,
                                     Origin From) {
  auto Dict = std::make_shared<DictObject>();
  Dict->Depth = 1;
  for (auto &[Key, Value] : Entries)
    insert(*Dict, std::move(Key), std::move(Value));
  TemplateValue V(ValueKind::Dict, From);
  V.Object = std::move(Dict);
  return V;
}

TemplateValue TemplateValue::range(std::shared_ptr<const RangeObject> Range, Origin From) {
  TemplateValue V(ValueKind::Range, From);
  V.Object = std::move(Range);
  return V;
}

TemplateValue TemplateValue::function(unsigned Id) {
  TemplateValue V(ValueKind::Function, Origin::Template);
  V.Scalar.Integer = Id;
  return V;
}

TemplateValue TemplateValue::method(TemplateValue Self, unsigned Id) {
  TemplateValue V(ValueKind::Method, Self.origin());
  V.Object = std::make_shared<const MethodObject>(MethodObject{std::move(Self), Id});
  return V;
}

TemplateValue TemplateValue::loop(std::shared_ptr<LoopObject> Loop) {
  TemplateValue V(ValueKind::Loop, Loop->Items.origin());
  V.Object = std::move(Loop);
  return V;
}

TemplateValue TemplateValue::nameSpace(NamespaceObject *Namespace) {
  TemplateValue V(ValueKind::Namespace, Origin::Template);
  V.Scalar.Pointer = Namespace;
  return V;
}

TemplateValue TemplateValue::macro(MacroObject *Macro) {
  TemplateValue V(ValueKind::Macro, Origin::Template);
  V.Scalar.Pointer = Macro;
  return V;
}

TemplateValue TemplateValue::undefined(std::string Name) {
  TemplateValue V;
  V.Object = std::make_shared<const SourcedText>(std::move(Name), Origin::Template);
  return V;
}

TemplateValue TemplateValue::withOrigin(Origin NewFrom) const {
  TemplateValue V = *this;
  if (Kind != ValueKind::String)
    V.From = NewFrom;
  return V;
}

double TemplateValue::asDouble() const {
  if (Kind == ValueKind::Float)
    return Scalar.Real;
  if (Kind != ValueKind::BigInt)
    return static_cast<double>(Scalar.Integer);
  // Only its magnitude is needed: digits beyond the 19th cannot be told apart by a double anyway, nearly.
  const std::string &Digits = asDigits();
  double Sum = 0;
  for (char C : Digits)
    if (C != '-')
      Sum = Sum * 10 + (C - '0');
  return Digits[0] == '-' ? -Sum : Sum;
}

LoopObject &TemplateValue::asLoop() const {
  return *static_cast<LoopObject *>(const_cast<void *>(Object.get())); // stored from a non-const pointer
}

std::string TemplateValue::undefinedName() const { return Object ? asText().bytes() : std::string(); }

unsigned TemplateValue::depth() const {
  switch (Kind) {
  case ValueKind::List:
    return asList().Depth;
  case ValueKind::Dict:
    return asDict().Depth;
  case ValueKind::Method:
    return asMethod().Self.depth() + 1;
  case ValueKind::Loop:
    return asLoop().Items.depth() + 1;
  default:
    return 0;
  }
}
