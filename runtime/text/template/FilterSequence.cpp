// Filters of lists and dicts.
#include "runtime/text/template/Access.h"
#include "runtime/text/template/Filters.h"
#include "runtime/text/template/Format.h"
#include "runtime/text/template/Operators.h"
#include "runtime/text/template/TextOperations.h"
#include "runtime/text/template/Unicode.h"

#include <algorithm>
#include <unordered_set>

using namespace facet;

TemplateValue facet::foldCase(RenderState &R, const TemplateValue &Value) {
  if (!Value.is(ValueKind::String) || !R.step(1 + Value.asText().size() / 4))
    return Value;
  return R.text(toLower(Value.asText()));
}

TemplateValue facet::attributeAt(RenderState &R, const TemplateValue &Value, const TemplateValue &Path) {
  if (Path.is(ValueKind::Int))
    return getItem(R, Value, Path);
  if (!Path.is(ValueKind::String))
    return R.fail("expected the name of an attribute, found " + describe(Path));
  TemplateValue At = Value;
  std::string_view Rest = Path.asText().bytes();
  while (!R.failed()) {
    std::string_view Part = Rest.substr(0, Rest.find('.'));
    bool Number = !Part.empty() && Part.size() < 10 && Part.find_first_not_of("0123456789") == Part.npos;
    At = getItem(R, At,
                 Number ? TemplateValue::integer(std::stoi(std::string(Part)), Origin::Template)
                        : TemplateValue::string(std::string(Part), Origin::Template));
    if (Part.size() == Rest.size())
      break;
    Rest.remove_prefix(Part.size() + 1);
  }
  return At;
}

namespace {
/// An element and what it is sorted by.
struct Keyed {
  std::vector<TemplateValue> Keys;
  const TemplateValue *Item;
};

/// A merge sort of our own: std::sort may run off its array where the order is not strict, and an order of
/// hostile values (NaN among numbers) is not.
void sortKeyed(RenderState &R, std::vector<Keyed> &Items, bool Reverse) {
  auto Less = [&](const Keyed &A, const Keyed &B) {
    for (size_t I = 0; I < A.Keys.size(); ++I)
      if (!isEqual(R, A.Keys[I], B.Keys[I]))
        return isLess(R, A.Keys[I], B.Keys[I]);
    return false;
  };
  std::vector<Keyed> Other(Items.size());
  for (size_t Width = 1; Width < Items.size() && !R.failed(); Width *= 2) {
    for (size_t Begin = 0; Begin < Items.size(); Begin += 2 * Width) {
      size_t Middle = std::min(Begin + Width, Items.size()), End = std::min(Begin + 2 * Width, Items.size());
      for (size_t L = Begin, N = Middle, Out = Begin; Out < End; ++Out) {
        bool TakeRight =
            L == Middle || (N < End && (Reverse ? Less(Items[L], Items[N]) : Less(Items[N], Items[L])));
        Other[Out] = std::move(Items[TakeRight ? N++ : L++]);
      }
    }
    Items.swap(Other);
  }
}

Keyed keyed(RenderState &R, const TemplateValue &Item, TemplateValue Key, bool CaseSensitive) {
  R.work(sizeof(Keyed) + sizeof(TemplateValue));
  Keyed Out{{}, &Item};
  Out.Keys.push_back(CaseSensitive ? std::move(Key) : foldCase(R, Key));
  return Out;
}

TemplateValue collect(RenderState &R, const std::vector<Keyed> &Sorted, Origin From) {
  std::vector<TemplateValue> Out;
  if (R.failed())
    return {};
  Out.reserve(Sorted.size());
  for (const Keyed &K : Sorted)
    Out.push_back(*K.Item);
  return R.list(std::move(Out), ListFlavor::List, From);
}

TemplateValue pair(RenderState &R, const TemplateValue &A, const TemplateValue &B, Origin From) {
  std::vector<TemplateValue> Two{A, B};
  return R.list(std::move(Two), ListFlavor::Tuple, From);
}

TemplateValue extreme(RenderState &R, const char *What, const Arguments &Given, bool Largest) {
  Bound Args(R, What, 1, {"value", "case_sensitive", "attribute"}, Given);
  TemplateValue List = R.failed() ? TemplateValue() : iterate(R, *Args[0]);
  const TemplateValue *Best = nullptr;
  TemplateValue BestKey;
  if (R.failed())
    return {};
  for (const TemplateValue &Item : List.asList().Items) {
    TemplateValue Key = Args[2] ? attributeAt(R, Item, *Args[2]) : Item;
    if (!Args.truth(1))
      Key = foldCase(R, Key);
    if (!Best || (Largest ? isLess(R, BestKey, Key) : isLess(R, Key, BestKey))) {
      Best = &Item;
      BestKey = Key;
    }
    if (R.failed())
      return {};
  }
  return Best ? *Best : TemplateValue::undefined("the extreme of an empty list");
}

/// A scalar's text for a hash set: equal values have equal ones.
bool hashKey(RenderState &R, const TemplateValue &Key, std::string &Out) {
  if (Key.is(ValueKind::String)) {
    Out = "s" + Key.asText().bytes();
  } else if (Key.isNumber() && !Key.is(ValueKind::BigInt)) {
    double Number = Key.asDouble();
    bool Whole = !Key.is(ValueKind::Float) ||
                 (Number >= -9e18 && Number <= 9e18 && Number == static_cast<int64_t>(Number));
    Out = Whole ? "n" + std::to_string(Key.is(ValueKind::Float) ? static_cast<int64_t>(Number) : Key.asInt())
                : "f" + formatDouble(Number);
  } else if (Key.is(ValueKind::List) || Key.is(ValueKind::Dict)) {
    R.fail("the filter unique expects strings, numbers and the like, found " + describe(Key));
  } else {
    SourcedText Text;
    appendRepr(R, Text, Key);
    Out = "o" + Text.bytes();
  }
  return R.work(2 * Out.size() + 64);
}
} // namespace

TemplateValue filters::length(RenderState &R, const Arguments &Given) {
  Bound Args(R, "the filter length", 1, {"value"}, Given);
  return R.failed() ? TemplateValue() : lengthOf(R, *Args[0]);
}

TemplateValue filters::first(RenderState &R, const Arguments &Given) {
  Bound Args(R, "the filter first", 1, {"seq"}, Given);
  if (R.failed())
    return {};
  if (Args[0]->is(ValueKind::String) && !Args[0]->asText().empty())
    return R.text(Args[0]->asText().substr(0, characterAt(Args[0]->asText().bytes(), 0).End));
  TemplateValue List = iterate(R, *Args[0]);
  if (R.failed())
    return {};
  const auto &Items = List.asList().Items;
  return Items.empty() ? TemplateValue::undefined("the first item of an empty list") : Items.front();
}

TemplateValue filters::last(RenderState &R, const Arguments &Given) {
  Bound Args(R, "the filter last", 1, {"seq"}, Given);
  if (R.failed())
    return {};
  TemplateValue List = iterate(R, *Args[0]);
  if (R.failed())
    return {};
  const auto &Items = List.asList().Items;
  return Items.empty() ? TemplateValue::undefined("the last item of an empty list") : Items.back();
}

TemplateValue filters::list(RenderState &R, const Arguments &Given) {
  Bound Args(R, "the filter list", 1, {"value"}, Given);
  if (R.failed())
    return {};
  TemplateValue List = iterate(R, *Args[0]);
  if (R.failed() || List.asList().Flavor == ListFlavor::List)
    return List;
  std::vector<TemplateValue> Items = List.asList().Items;
  return R.list(std::move(Items), ListFlavor::List, List.origin());
}

TemplateValue filters::join(RenderState &R, const Arguments &Given) {
  Bound Args(R, "the filter join", 1, {"value", "d", "attribute"}, Given);
  TemplateValue List = R.failed() ? TemplateValue() : iterate(R, *Args[0]);
  if (R.failed())
    return {};
  SourcedText Separator = Args[1] ? toText(R, *Args[1]) : SourcedText();
  if (!Args[2] || Args[2]->is(ValueKind::None))
    return facet::join(R, List.asList().Items, Separator);
  std::vector<TemplateValue> Items;
  for (const TemplateValue &Item : List.asList().Items) {
    Items.push_back(attributeAt(R, Item, *Args[2]));
    if (R.failed())
      return {};
  }
  return facet::join(R, Items, Separator);
}

TemplateValue filters::reverse(RenderState &R, const Arguments &Given) {
  Bound Args(R, "the filter reverse", 1, {"value"}, Given);
  TemplateValue List = R.failed() ? TemplateValue() : iterate(R, *Args[0]);
  if (R.failed())
    return {};
  std::vector<TemplateValue> Items(List.asList().Items.rbegin(), List.asList().Items.rend());
  if (Args[0]->is(ValueKind::String))
    return facet::join(R, Items, SourcedText());
  return R.list(std::move(Items), ListFlavor::Generator, List.origin());
}

TemplateValue filters::sum(RenderState &R, const Arguments &Given) {
  Bound Args(R, "the filter sum", 1, {"iterable", "attribute", "start"}, Given);
  TemplateValue List = R.failed() ? TemplateValue() : iterate(R, *Args[0]);
  if (R.failed())
    return {};
  TemplateValue Sum = Args[2] ? *Args[2] : TemplateValue::integer(0, Origin::Template);
  for (const TemplateValue &Item : List.asList().Items) {
    bool Path = Args[1] && !Args[1]->is(ValueKind::None);
    Sum = arithmetic(R, ExprKind::Add, Sum, Path ? attributeAt(R, Item, *Args[1]) : Item);
    if (!R.step())
      return {};
  }
  return Sum;
}

TemplateValue filters::min(RenderState &R, const Arguments &Given) {
  return extreme(R, "the filter min", Given, false);
}
TemplateValue filters::max(RenderState &R, const Arguments &Given) {
  return extreme(R, "the filter max", Given, true);
}

TemplateValue filters::items(RenderState &R, const Arguments &Given) {
  Bound Args(R, "the filter items", 1, {"value"}, Given);
  std::vector<TemplateValue> Out;
  if (R.failed())
    return {};
  if (Args[0]->is(ValueKind::Dict)) {
    for (const auto &[Key, Value] : Args[0]->asDict().Entries)
      Out.push_back(pair(R, Key, Value, Args[0]->origin()));
  } else if (!Args[0]->is(ValueKind::Undefined)) {
    return R.fail("the filter items expects a dict, found " + describe(*Args[0]));
  }
  return R.list(std::move(Out), ListFlavor::Generator, Args[0]->origin());
}

TemplateValue filters::dictsort(RenderState &R, const Arguments &Given) {
  Bound Args(R, "the filter dictsort", 1, {"value", "case_sensitive", "by", "reverse"}, Given);
  const SourcedText *By = Args.string(2);
  if (R.failed() || !requireDefined(R, *Args[0]))
    return {};
  if (!Args[0]->is(ValueKind::Dict))
    return R.fail("the filter dictsort expects a dict, found " + describe(*Args[0]));
  if (By && By->bytes() != "key" && By->bytes() != "value")
    return R.fail("the filter dictsort sorts by 'key' or 'value'");
  bool ByValue = By && By->bytes() == "value";
  std::vector<TemplateValue> Pairs;
  for (const auto &[Key, Value] : Args[0]->asDict().Entries)
    Pairs.push_back(pair(R, Key, Value, Args[0]->origin()));
  std::vector<Keyed> Keys;
  for (size_t I = 0; I < Pairs.size() && !R.failed(); ++I)
    Keys.push_back(keyed(R, Pairs[I], Pairs[I].asList().Items[ByValue], Args.truth(1)));
  sortKeyed(R, Keys, Args.truth(3));
  return collect(R, Keys, Args[0]->origin());
}

TemplateValue filters::sort(RenderState &R, const Arguments &Given) {
  Bound Args(R, "the filter sort", 1, {"value", "reverse", "case_sensitive", "attribute"}, Given);
  TemplateValue List = R.failed() ? TemplateValue() : iterate(R, *Args[0]);
  if (R.failed())
    return {};
  std::vector<TemplateValue> Paths; // "a,b" sorts by a, then b
  if (Args[3] && Args[3]->is(ValueKind::String)) {
    SourcedText Comma(",", Origin::Template);
    TemplateValue Names = split(R, Args[3]->asText(), &Comma, -1, false);
    if (!R.failed())
      Paths = Names.asList().Items;
  } else if (Args[3] && !Args[3]->is(ValueKind::None)) {
    Paths.push_back(*Args[3]);
  }
  std::vector<Keyed> Keys;
  for (const TemplateValue &Item : List.asList().Items) {
    Keyed K = keyed(R, Item, Paths.empty() ? Item : attributeAt(R, Item, Paths[0]), Args.truth(2));
    for (size_t P = 1; P < Paths.size() && !R.failed(); ++P) {
      TemplateValue Key = attributeAt(R, Item, Paths[P]);
      K.Keys.push_back(Args.truth(2) ? Key : foldCase(R, Key));
    }
    Keys.push_back(std::move(K));
    if (R.failed())
      return {};
  }
  sortKeyed(R, Keys, Args.truth(1));
  return collect(R, Keys, List.origin());
}

TemplateValue filters::unique(RenderState &R, const Arguments &Given) {
  Bound Args(R, "the filter unique", 1, {"value", "case_sensitive", "attribute"}, Given);
  TemplateValue List = R.failed() ? TemplateValue() : iterate(R, *Args[0]);
  std::vector<TemplateValue> Out;
  std::unordered_set<std::string> Seen;
  if (R.failed())
    return {};
  for (const TemplateValue &Item : List.asList().Items) {
    TemplateValue Key = Args[2] ? attributeAt(R, Item, *Args[2]) : Item;
    if (!Args.truth(1))
      Key = foldCase(R, Key);
    std::string Hash;
    if (R.failed() || !hashKey(R, Key, Hash))
      return {};
    if (Seen.insert(std::move(Hash)).second)
      Out.push_back(Item);
  }
  return R.list(std::move(Out), ListFlavor::Generator, List.origin());
}

TemplateValue filters::attr(RenderState &R, const Arguments &Given) {
  Bound Args(R, "the filter attr", 2, {"obj", "name"}, Given);
  const SourcedText *Name = Args.string(1);
  if (R.failed() || Args[0]->is(ValueKind::Dict)) // an attribute, never an entry
    return R.failed() ? TemplateValue() : TemplateValue::undefined(Name->bytes());
  return getAttribute(R, *Args[0], Name->bytes());
}

TemplateValue filters::groupby(RenderState &R, const Arguments &Given) {
  Bound Args(R, "the filter groupby", 2, {"value", "attribute", "default", "case_sensitive"}, Given);
  TemplateValue List = R.failed() ? TemplateValue() : iterate(R, *Args[0]);
  std::vector<Keyed> Keys;
  if (R.failed())
    return {};
  for (const TemplateValue &Item : List.asList().Items) {
    TemplateValue Key = attributeAt(R, Item, *Args[1]);
    if (Args[2] && Key.is(ValueKind::Undefined))
      Key = *Args[2];
    Keys.push_back(keyed(R, Item, Key, Args.truth(3)));
    if (R.failed())
      return {};
  }
  sortKeyed(R, Keys, false);
  std::vector<TemplateValue> Out;
  for (size_t Begin = 0, End; Begin < Keys.size() && !R.failed(); Begin = End) {
    std::vector<TemplateValue> Group;
    for (End = Begin;
         End < Keys.size() && (End == Begin || isEqual(R, Keys[Begin].Keys[0], Keys[End].Keys[0])); ++End)
      Group.push_back(*Keys[End].Item);
    TemplateValue Label = attributeAt(R, *Keys[Begin].Item, *Args[1]);
    if (Args[2] && Label.is(ValueKind::Undefined))
      Label = *Args[2];
    Out.push_back(pair(R, Label, R.list(std::move(Group), ListFlavor::List, List.origin()), List.origin()));
  }
  return R.list(std::move(Out), ListFlavor::List, List.origin());
}

TemplateValue filters::batch(RenderState &R, const Arguments &Given) {
  Bound Args(R, "the filter batch", 2, {"value", "linecount", "fill_with"}, Given);
  int64_t Size = Args.integer(1, 1);
  TemplateValue List = R.failed() ? TemplateValue() : iterate(R, *Args[0]);
  if (R.failed() || Size < 1)
    return R.failed() ? TemplateValue() : R.fail("the filter batch expects a 'linecount' of 1 or more");
  std::vector<TemplateValue> Out, Row;
  auto Finish = [&] { Out.push_back(R.list(std::exchange(Row, {}), ListFlavor::List, List.origin())); };
  for (const TemplateValue &Item : List.asList().Items) {
    if (Row.size() == static_cast<size_t>(Size))
      Finish();
    Row.push_back(Item);
  }
  if (!Row.empty()) {
    bool Fill = Args[2] && !Args[2]->is(ValueKind::None);
    while (Fill && Row.size() < static_cast<size_t>(Size) && R.step())
      Row.push_back(*Args[2]);
    Finish();
  }
  return R.list(std::move(Out), ListFlavor::Generator, List.origin());
}
