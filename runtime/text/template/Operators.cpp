// Truth, equality, order and membership.
#include "runtime/text/template/Operators.h"

#include <cmath>
#include <string>

using namespace facet;

bool facet::isTrue(const TemplateValue &V) {
  switch (V.kind()) {
  case ValueKind::Undefined:
  case ValueKind::None:
    return false;
  case ValueKind::Bool:
  case ValueKind::Int:
    return V.asInt() != 0;
  case ValueKind::Float:
    return V.asDouble() != 0;
  case ValueKind::String:
    return !V.asText().empty();
  case ValueKind::List:
    return V.asList().Flavor == ListFlavor::Generator || !V.asList().Items.empty();
  case ValueKind::Dict:
    return !V.asDict().Entries.empty();
  case ValueKind::Range:
    return V.asRange().Count != 0;
  default:
    return true;
  }
}

bool facet::requireDefined(RenderState &R, const TemplateValue &V) {
  if (!V.is(ValueKind::Undefined))
    return !R.failed();
  std::string Name = V.undefinedName();
  R.fail(Name.empty() ? "an undefined value is used" : "'" + Name + "' is undefined");
  return false;
}

namespace {
enum Order { Before, Same, After, None };

Order orderOf(int Difference) { return Difference < 0 ? Before : Difference > 0 ? After : Same; }

Order compareDigits(const std::string &A, const std::string &B) {
  bool NegativeA = A[0] == '-', NegativeB = B[0] == '-';
  if (NegativeA != NegativeB)
    return NegativeA ? Before : After;
  int Difference = A.size() != B.size() ? (A.size() < B.size() ? -1 : 1) : A.compare(B);
  return orderOf(NegativeA ? -Difference : Difference);
}

std::string digits(const TemplateValue &V) {
  return V.is(ValueKind::BigInt) ? V.asDigits() : std::to_string(V.asInt());
}

/// Exact, also between integers and floats beyond 2^53.
Order compareNumbers(const TemplateValue &A, const TemplateValue &B) {
  bool FloatA = A.is(ValueKind::Float), FloatB = B.is(ValueKind::Float);
  if (!FloatA && !FloatB) {
    if (A.is(ValueKind::BigInt) || B.is(ValueKind::BigInt))
      return compareDigits(digits(A), digits(B));
    return A.asInt() < B.asInt() ? Before : A.asInt() > B.asInt() ? After : Same;
  }
  double X = A.asDouble(), Y = B.asDouble();
  if (std::isnan(X) || std::isnan(Y))
    return None;
  if (X != Y || FloatA == FloatB)
    return X < Y ? Before : X > Y ? After : Same;
  // An integer that rounds to the float: compare with the float's own integer.
  const TemplateValue &Whole = FloatA ? B : A;
  if (Whole.is(ValueKind::BigInt) || std::abs(X) >= 9223372036854775808.0)
    return Same;
  int64_t FromFloat = static_cast<int64_t>(X);
  Order O = Whole.asInt() < FromFloat ? Before : Whole.asInt() > FromFloat ? After : Same;
  return FloatA ? (O == Before ? After : O == After ? Before : Same) : O;
}

bool sameFlavor(const ListObject &A, const ListObject &B) { return A.Flavor == B.Flavor; }
} // namespace

bool facet::isEqual(RenderState &R, const TemplateValue &A, const TemplateValue &B) {
  if (!R.step())
    return false;
  if (A.isNumber() && B.isNumber())
    return compareNumbers(A, B) == Same;
  if (A.kind() != B.kind())
    return false;
  switch (A.kind()) {
  case ValueKind::Undefined:
  case ValueKind::None:
    return true;
  case ValueKind::String:
    return R.scan(A.asText().size()) && A.asText().bytes() == B.asText().bytes();
  case ValueKind::List: {
    const ListObject &X = A.asList(), &Y = B.asList();
    if (&X == &Y)
      return true;
    if (!sameFlavor(X, Y) || X.Flavor == ListFlavor::Generator || X.Flavor == ListFlavor::Values ||
        X.Items.size() != Y.Items.size())
      return false;
    for (size_t I = 0; I < X.Items.size(); ++I)
      if (!isEqual(R, X.Items[I], Y.Items[I]))
        return false;
    return true;
  }
  case ValueKind::Dict: {
    const DictObject &X = A.asDict(), &Y = B.asDict();
    if (X.Entries.size() != Y.Entries.size())
      return false;
    for (const auto &[Key, Value] : X.Entries) {
      const TemplateValue *Other = Y.find(Key);
      if (!Other || !isEqual(R, Value, *Other))
        return false;
    }
    return true;
  }
  case ValueKind::Range: {
    const RangeObject &X = A.asRange(), &Y = B.asRange();
    return X.Count == Y.Count && (X.Count == 0 || (X.Start == Y.Start && (X.Count == 1 || X.Step == Y.Step)));
  }
  case ValueKind::Namespace:
    return &A.asNamespace() == &B.asNamespace();
  case ValueKind::Macro:
    return &A.asMacro() == &B.asMacro();
  case ValueKind::Function:
    return A.asFunction() == B.asFunction();
  case ValueKind::Loop:
    return &A.asLoop() == &B.asLoop();
  default:
    return false;
  }
}

static Order order(RenderState &R, const TemplateValue &A, const TemplateValue &B) {
  if (!R.step() || !requireDefined(R, A) || !requireDefined(R, B))
    return None;
  if (A.isNumber() && B.isNumber())
    return compareNumbers(A, B);
  if (A.is(ValueKind::String) && B.is(ValueKind::String)) { // UTF-8 sorts as its code points do
    R.scan(std::min(A.asText().size(), B.asText().size()));
    return orderOf(A.asText().bytes().compare(B.asText().bytes()));
  }
  if (A.is(ValueKind::List) && B.is(ValueKind::List) && sameFlavor(A.asList(), B.asList()) &&
      A.asList().Flavor <= ListFlavor::Tuple) {
    const auto &X = A.asList().Items, &Y = B.asList().Items;
    for (size_t I = 0; I < X.size() && I < Y.size(); ++I)
      if (!isEqual(R, X[I], Y[I]))
        return order(R, X[I], Y[I]);
    return X.size() < Y.size() ? Before : X.size() > Y.size() ? After : Same;
  }
  R.fail("there is no order between " + describe(A) + " and " + describe(B));
  return None;
}

bool facet::isLess(RenderState &R, const TemplateValue &A, const TemplateValue &B) {
  return order(R, A, B) == Before;
}

bool facet::compare(RenderState &R, CompareOp Op, const TemplateValue &A, const TemplateValue &B) {
  switch (Op) {
  case CompareOp::Equal:
    return isEqual(R, A, B);
  case CompareOp::NotEqual:
    return !isEqual(R, A, B);
  case CompareOp::In:
    return contains(R, A, B);
  case CompareOp::NotIn:
    return !contains(R, A, B);
  default:
    break;
  }
  Order O = order(R, A, B);
  switch (Op) {
  case CompareOp::Less:
    return O == Before;
  case CompareOp::LessEqual:
    return O == Before || O == Same;
  case CompareOp::Greater:
    return O == After;
  default:
    return O == After || O == Same;
  }
}

size_t facet::findText(RenderState &R, std::string_view Text, std::string_view Needle, size_t At) {
  if (At > Text.size())
    return Text.npos;
  // A short needle: the library's search looks at each byte at most that often. A failed search pays for all
  // of the text, a successful one only for what it passed.
  if (Needle.size() <= 16) {
    size_t Found = Text.find(Needle, At);
    R.scan((Found == Text.npos ? Text.size() : Found) - At);
    return Found;
  }
  if (Text.size() - At < Needle.size() || !R.work(Needle.size() * sizeof(size_t)))
    return Text.npos;
  // Knuth, Morris, Pratt: Back[I] is the longest proper border of the needle's first I bytes.
  std::vector<size_t> Back(Needle.size() + 1, 0);
  for (size_t I = 1, Border = 0; I < Needle.size(); Back[++I] = Border) {
    while (Border && Needle[I] != Needle[Border])
      Border = Back[Border];
    Border += Needle[I] == Needle[Border];
  }
  size_t Matched = 0, I = At;
  for (; I < Text.size() && Matched < Needle.size(); ++I) {
    while (Matched && Text[I] != Needle[Matched])
      Matched = Back[Matched];
    Matched += Text[I] == Needle[Matched];
  }
  R.scan(I - At + Needle.size());
  return Matched == Needle.size() ? I - Needle.size() : Text.npos;
}

bool facet::contains(RenderState &R, const TemplateValue &Needle, const TemplateValue &Haystack) {
  switch (Haystack.kind()) {
  case ValueKind::Undefined:
    return false; // it iterates as nothing
  case ValueKind::String:
    if (!Needle.is(ValueKind::String)) {
      if (requireDefined(R, Needle))
        R.fail("'in' a string expects a string, found " + describe(Needle));
      return false;
    }
    return findText(R, Haystack.asText().bytes(), Needle.asText().bytes()) != std::string_view::npos;
  case ValueKind::List:
    for (const TemplateValue &Item : Haystack.asList().Items)
      if (isEqual(R, Item, Needle) || R.failed())
        return !R.failed();
    return false;
  case ValueKind::Dict:
    if (Needle.is(ValueKind::List) && Needle.asList().Flavor == ListFlavor::List)
      R.fail("a list cannot be a key of a dict");
    return Haystack.asDict().find(Needle) != nullptr;
  case ValueKind::Range: {
    const RangeObject &Range = Haystack.asRange();
    if (!Needle.isNumber() || Needle.is(ValueKind::BigInt))
      return false;
    double Value = Needle.asDouble();
    for (int64_t I = 0; I < Range.Count && R.step(); ++I)
      if (static_cast<double>(Range.at(I)) == Value)
        return true;
    return false;
  }
  default:
    R.fail("'in' expects a string, a list or a dict, found " + describe(Haystack));
    return false;
  }
}
