// What may stand after 'is'.
#include "runtime/text/template/Builtins.h"
#include "runtime/text/template/Operators.h"
#include "runtime/text/template/Unicode.h"

#include <cmath>
#include <iterator>

using namespace facet;

namespace {
using Given = const Arguments &;

const TemplateValue &subject(Given Args) { return Args.Values[0]; }
bool isFlavor(const TemplateValue &V) {
  return V.is(ValueKind::List) && V.asList().Flavor <= ListFlavor::Tuple;
}

template <ValueKind Kind> bool ofKind(RenderState &, Given Args) { return subject(Args).is(Kind); }
bool isDefined(RenderState &, Given Args) { return !subject(Args).is(ValueKind::Undefined); }
bool isInteger(RenderState &, Given Args) {
  return subject(Args).is(ValueKind::Int) || subject(Args).is(ValueKind::BigInt);
}
bool isNumber(RenderState &, Given Args) { return subject(Args).isNumber(); }
bool isTrueValue(RenderState &, Given Args) {
  return subject(Args).is(ValueKind::Bool) && subject(Args).asBool();
}
bool isFalseValue(RenderState &, Given Args) {
  return subject(Args).is(ValueKind::Bool) && !subject(Args).asBool();
}
/// As in Jinja2: whatever has a length and can be indexed, texts, dicts and undefined values too.
bool isSequence(RenderState &, Given Args) {
  const TemplateValue &V = subject(Args);
  return isFlavor(V) || V.is(ValueKind::String) || V.is(ValueKind::Dict) || V.is(ValueKind::Range) ||
         V.is(ValueKind::Undefined);
}
bool isIterable(RenderState &, Given Args) {
  const TemplateValue &V = subject(Args);
  return V.is(ValueKind::List) || V.is(ValueKind::String) || V.is(ValueKind::Dict) ||
         V.is(ValueKind::Range) || V.is(ValueKind::Undefined) || V.is(ValueKind::Loop);
}
bool isCallable(RenderState &, Given Args) {
  ValueKind Kind = subject(Args).kind();
  return Kind == ValueKind::Macro || Kind == ValueKind::Function || Kind == ValueKind::Method;
}

template <CompareOp Op> bool compares(RenderState &R, Given Args) {
  if (Args.Values.size() != 2) {
    R.fail("this test needs one value to compare with");
    return false;
  }
  return compare(R, Op, Args.Values[0], Args.Values[1]);
}

bool isSame(RenderState &R, Given Args) {
  if (Args.Values.size() != 2) {
    R.fail("the test sameas needs one value to compare with");
    return false;
  }
  return Args.Values[0].kind() == Args.Values[1].kind() && isEqual(R, Args.Values[0], Args.Values[1]);
}

template <bool Upper> bool isCase(RenderState &R, Given Args) {
  if (!subject(Args).is(ValueKind::String))
    return false;
  const SourcedText &Text = subject(Args).asText();
  if (!R.step(1 + Text.size() / 4))
    return false;
  bool AnyCased = false;
  for (size_t At = 0; At < Text.size() && !AnyCased;) {
    Character C = characterAt(Text.bytes(), At);
    AnyCased = isCased(C.Code);
    At = C.End;
  }
  return AnyCased && (Upper ? toUpper(Text) : toLower(Text)).bytes() == Text.bytes();
}

template <int Rest> bool isDivisible(RenderState &R, Given Args) {
  TemplateValue By = Rest < 2                  ? TemplateValue::integer(2)
                     : Args.Values.size() == 2 ? Args.Values[1]
                                               : TemplateValue();
  TemplateValue Left = arithmetic(R, ExprKind::Mod, subject(Args), By);
  return !R.failed() && Left.isNumber() && Left.asDouble() == (Rest == 1 ? 1 : 0);
}

template <int Find(std::string_view)> bool isKnown(RenderState &, Given Args) {
  return subject(Args).is(ValueKind::String) && Find(subject(Args).asText().bytes()) >= 0;
}

struct Row {
  std::string_view Name;
  bool (*Holds)(RenderState &R, Given Args);
};
constexpr Row Rows[] = {
    {"defined", isDefined},
    {"undefined", ofKind<ValueKind::Undefined>},
    {"none", ofKind<ValueKind::None>},
    {"boolean", ofKind<ValueKind::Bool>},
    {"true", isTrueValue},
    {"false", isFalseValue},
    {"integer", isInteger},
    {"float", ofKind<ValueKind::Float>},
    {"number", isNumber},
    {"string", ofKind<ValueKind::String>},
    {"mapping", ofKind<ValueKind::Dict>},
    {"sequence", isSequence},
    {"iterable", isIterable},
    {"callable", isCallable},
    {"sameas", isSame},
    {"lower", isCase<false>},
    {"upper", isCase<true>},
    {"even", isDivisible<0>},
    {"odd", isDivisible<1>},
    {"divisibleby", isDivisible<2>},
    {"filter", isKnown<findFilter>},
    {"test", isKnown<findTest>},
    {"in", compares<CompareOp::In>},
    {"==", compares<CompareOp::Equal>},
    {"eq", compares<CompareOp::Equal>},
    {"equalto", compares<CompareOp::Equal>},
    {"!=", compares<CompareOp::NotEqual>},
    {"ne", compares<CompareOp::NotEqual>},
    {"<", compares<CompareOp::Less>},
    {"lt", compares<CompareOp::Less>},
    {"lessthan", compares<CompareOp::Less>},
    {"<=", compares<CompareOp::LessEqual>},
    {"le", compares<CompareOp::LessEqual>},
    {">", compares<CompareOp::Greater>},
    {"gt", compares<CompareOp::Greater>},
    {"greaterthan", compares<CompareOp::Greater>},
    {">=", compares<CompareOp::GreaterEqual>},
    {"ge", compares<CompareOp::GreaterEqual>},
};
} // namespace

int facet::findTest(std::string_view Name) {
  for (size_t I = 0; I < std::size(Rows); ++I)
    if (Rows[I].Name == Name)
      return static_cast<int>(I);
  return -1;
}

bool facet::applyTest(RenderState &R, unsigned Id, const Arguments &Args) {
  return R.step() && Rows[Id].Holds(R, Args) && !R.failed();
}
