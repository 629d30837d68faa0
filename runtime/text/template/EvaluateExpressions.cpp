// Expressions.
#include "runtime/text/template/Access.h"
#include "runtime/text/template/Builtins.h"
#include "runtime/text/template/Evaluator.h"
#include "runtime/text/template/Format.h"
#include "runtime/text/template/Operators.h"

using namespace facet;

TemplateValue Evaluator::evaluate(const Expr &E) {
  RenderState::Level Deeper(R);
  R.Line = E.Line;
  if (!R.step())
    return {};
  switch (E.Kind) {
  case ExprKind::Constant:
    return E.Value;
  case ExprKind::Name:
    return name(E);
  case ExprKind::Tuple:
  case ExprKind::List:
    return display(E);
  case ExprKind::Dict:
    return dictDisplay(E);
  case ExprKind::Attribute:
  case ExprKind::Item:
    return subscript(E);
  case ExprKind::Slice:
    return slice(E);
  case ExprKind::Call:
    return call(E);
  case ExprKind::Filter:
    return filter(E);
  case ExprKind::Test:
    return test(E);
  case ExprKind::Concat:
    return concat(E);
  case ExprKind::Add:
  case ExprKind::Sub:
  case ExprKind::Mul:
  case ExprKind::Div:
  case ExprKind::FloorDiv:
  case ExprKind::Mod:
  case ExprKind::Power:
  case ExprKind::And:
  case ExprKind::Or:
    return binary(E);
  case ExprKind::Negate:
  case ExprKind::Positive:
    return sign(E);
  case ExprKind::Not:
    return TemplateValue::boolean(!isTrue(evaluate(*E.Children[0])), Origin::Template);
  case ExprKind::Compare:
    return comparison(E);
  case ExprKind::Conditional: {
    bool Holds = isTrue(evaluate(*E.Children[0]));
    const Expr *Chosen = E.Children[Holds ? 1 : 2];
    if (R.failed())
      return {};
    return Chosen ? evaluate(*Chosen) : TemplateValue::undefined("an 'if' without 'else' that was false");
  }
  }
  return {};
}

TemplateValue Evaluator::sign(const Expr &E) {
  TemplateValue Operand = evaluate(*E.Children[0]);
  R.Line = E.Line;
  if (R.failed())
    return {};
  if (E.Kind == ExprKind::Negate)
    return negate(R, Operand);
  return Operand.isNumber() ? Operand : R.fail("'+' cannot take " + describe(Operand));
}

/// A variable: of the scopes, of the context, or a function that every template has.
TemplateValue Evaluator::name(const Expr &E) {
  for (const Scope *S = Current; S; S = S->Parent)
    if (const TemplateValue *Found = S->find(E.Symbol))
      return *Found;
  const std::string &Name = Parsed.Names[E.Symbol];
  if (const TemplateValue *Found = Context.asDict().find(Name))
    return *Found;
  int Function = findFunction(Name);
  return Function >= 0 ? TemplateValue::function(static_cast<unsigned>(Function))
                       : TemplateValue::undefined(Name);
}

TemplateValue Evaluator::display(const Expr &E) {
  std::vector<TemplateValue> Items;
  for (const Expr *Child : E.Children) {
    Items.push_back(evaluate(*Child));
    if (R.failed())
      return {};
  }
  return R.list(std::move(Items), E.Kind == ExprKind::Tuple ? ListFlavor::Tuple : ListFlavor::List,
                Origin::Template);
}

TemplateValue Evaluator::dictDisplay(const Expr &E) {
  std::vector<std::pair<TemplateValue, TemplateValue>> Entries;
  for (size_t I = 0; I + 1 < E.Children.size(); I += 2) {
    TemplateValue Key = evaluate(*E.Children[I]);
    Entries.emplace_back(std::move(Key), evaluate(*E.Children[I + 1]));
    if (R.failed())
      return {};
  }
  return R.dict(std::move(Entries), Origin::Template);
}

TemplateValue Evaluator::subscript(const Expr &E) {
  TemplateValue Object = evaluate(*E.Children[0]);
  if (E.Kind == ExprKind::Attribute) {
    R.Line = E.Line;
    return R.failed() ? TemplateValue() : getAttribute(R, Object, E.Value.asText().bytes());
  }
  TemplateValue Key = R.failed() ? TemplateValue() : evaluate(*E.Children[1]);
  R.Line = E.Line;
  return R.failed() ? TemplateValue() : getItem(R, Object, Key);
}

TemplateValue Evaluator::slice(const Expr &E) {
  TemplateValue Values[4];
  for (size_t I = 0; I < 4; ++I) {
    if (E.Children[I])
      Values[I] = evaluate(*E.Children[I]);
    if (R.failed())
      return {};
  }
  R.Line = E.Line;
  auto Bound = [&](size_t I) { return E.Children[I] ? &Values[I] : nullptr; };
  return getSlice(R, Values[0], Bound(1), Bound(2), Bound(3));
}

TemplateValue Evaluator::concat(const Expr &E) {
  SourcedText Text;
  for (const Expr *Child : E.Children) {
    TemplateValue Part = evaluate(*Child);
    if (R.failed())
      return {};
    appendText(R, Text, Part);
  }
  R.Line = E.Line;
  return R.text(std::move(Text));
}

TemplateValue Evaluator::comparison(const Expr &E) {
  TemplateValue Left = evaluate(*E.Children[0]);
  bool Holds = !R.failed();
  for (size_t I = 0; I < E.Ops.size() && Holds; ++I) {
    TemplateValue Right = evaluate(*E.Children[I + 1]);
    R.Line = E.Line;
    Holds = !R.failed() && compare(R, E.Ops[I], Left, Right);
    Left = std::move(Right);
  }
  return TemplateValue::boolean(Holds, Origin::Template);
}

TemplateValue Evaluator::binary(const Expr &E) {
  TemplateValue Left = evaluate(*E.Children[0]);
  if (R.failed())
    return {};
  if (E.Kind == ExprKind::And || E.Kind == ExprKind::Or) // gives an operand, not a boolean
    return isTrue(Left) == (E.Kind == ExprKind::Or) ? Left : evaluate(*E.Children[1]);
  TemplateValue Right = evaluate(*E.Children[1]);
  R.Line = E.Line;
  return R.failed() ? TemplateValue() : arithmetic(R, E.Kind, Left, Right);
}

TemplateValue Evaluator::filter(const Expr &E) {
  Arguments Args;
  Args.Values.push_back(E.Children[0] ? evaluate(*E.Children[0]) : BlockText);
  if (R.failed() || !arguments(E, Args))
    return {};
  R.Line = E.Line;
  return applyFilter(R, E.Id, Args);
}

TemplateValue Evaluator::test(const Expr &E) {
  Arguments Args;
  Args.Values.push_back(evaluate(*E.Children[0]));
  if (R.failed() || !arguments(E, Args))
    return {};
  R.Line = E.Line;
  return TemplateValue::boolean(applyTest(R, E.Id, Args), Origin::Template);
}
