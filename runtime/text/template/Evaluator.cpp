// Statements, scopes and assignment.
#include "runtime/text/template/Evaluator.h"
#include "runtime/text/template/Access.h"
#include "runtime/text/template/Format.h"
#include "runtime/text/template/Operators.h"

using namespace facet;

Evaluator::Evaluator(const ParsedTemplate &Parsed, const TemplateValue &Context, const TemplateLimits &Limits)
    : Parsed(Parsed), Context(Context), R(Limits) {}

const TemplateError *Evaluator::run(SourcedText &Text) {
  if (!Context.is(ValueKind::Dict))
    R.fail("the context of a template is a dict, found " + describe(Context));
  Out = &Text;
  Current = push(nullptr);
  if (!R.failed())
    execute(Parsed.Body);
  return R.failed() ? &R.error() : nullptr;
}

Scope *Evaluator::push(Scope *Parent) {
  Scope *S;
  if (Free.empty()) {
    R.work(sizeof(Scope));
    S = &Scopes.emplace_back();
  } else {
    S = Free.back();
    Free.pop_back();
  }
  S->Parent = Parent;
  return S;
}

void Evaluator::pop(Scope *Done) {
  if (Done->Captured)
    return;
  Done->Variables.clear();
  Free.push_back(Done);
}

Evaluator::Flow Evaluator::execute(const StmtList &List) {
  for (const Stmt *S : List) {
    Flow Result = execute(*S);
    if (Result != Flow::Next || R.failed())
      return Result;
  }
  return Flow::Next;
}

Evaluator::Flow Evaluator::execute(const Stmt &S) {
  RenderState::Level Deeper(R);
  R.Line = S.Line;
  if (!R.step())
    return Flow::Next;
  switch (S.Kind) {
  case StmtKind::Text:
    print(S.Value);
    break;
  case StmtKind::Print:
    print(evaluate(*S.Expression));
    break;
  case StmtKind::If:
    return executeIf(S);
  case StmtKind::For:
    return executeFor(S);
  case StmtKind::Set:
  case StmtKind::SetBlock:
    executeSet(S);
    break;
  case StmtKind::FilterBlock:
    executeFilterBlock(S);
    break;
  case StmtKind::With:
    return executeWith(S);
  case StmtKind::Scope:
    return scoped(S.Body);
  case StmtKind::Macro:
    defineMacro(S);
    break;
  case StmtKind::CallBlock:
    executeCallBlock(S);
    break;
  case StmtKind::Break:
    return Flow::Break;
  case StmtKind::Continue:
    return Flow::Continue;
  }
  return Flow::Next;
}

void Evaluator::print(const TemplateValue &Value) {
  if (!R.failed())
    appendText(R, *Out, Value);
}

Evaluator::Flow Evaluator::executeIf(const Stmt &S) {
  for (const Branch &B : S.Branches) {
    bool Taken = isTrue(evaluate(*B.Condition));
    if (R.failed())
      return Flow::Next;
    if (Taken)
      return execute(B.Body);
  }
  return execute(S.Else);
}

/// The items that a loop goes through. Those that fail its condition are left out before the loop counts.
bool Evaluator::chooseItems(const Stmt &S, TemplateValue &List) {
  List = iterate(R, evaluate(*S.Expression));
  if (R.failed() || !S.Condition)
    return !R.failed();
  std::vector<TemplateValue> Chosen;
  for (const TemplateValue &Item : List.asList().Items) {
    Scope *Round = push(Current), *Outer = std::exchange(Current, Round);
    assign(S.To, Item);
    bool Holds = !R.failed() && isTrue(evaluate(*S.Condition));
    Current = Outer;
    pop(Round);
    if (!R.step())
      return false;
    if (Holds)
      Chosen.push_back(Item);
  }
  List = R.list(std::move(Chosen), ListFlavor::List, List.origin());
  return !R.failed();
}

Evaluator::Flow Evaluator::executeFor(const Stmt &S) {
  TemplateValue List;
  if (!chooseItems(S, List) || !R.work(sizeof(LoopObject)))
    return Flow::Next;
  auto Loop = std::make_shared<LoopObject>(List);
  TemplateValue LoopValue = TemplateValue::loop(Loop);
  Scope *Outer = Current;
  bool RoundEnded = false; // Jinja2's else also runs where every round was left by continue or break
  for (size_t I = 0; I < Loop->items().size() && R.step(); ++I) {
    Loop->Index = I;
    Scope *Round = Current = push(Outer);
    Round->set(Parsed.Loop, LoopValue);
    assign(S.To, Loop->items()[I]);
    Flow Result = R.failed() ? Flow::Next : execute(S.Body);
    Current = Outer;
    pop(Round);
    if (Result == Flow::Break)
      break;
    RoundEnded |= Result == Flow::Next;
  }
  Loop->LastChanged = {}; // it may hold the loop itself
  return RoundEnded || R.failed() ? Flow::Next : execute(S.Else);
}

Evaluator::Flow Evaluator::scoped(const StmtList &Body) {
  Scope *Inner = push(Current), *Outer = std::exchange(Current, Inner);
  Flow Result = execute(Body);
  Current = Outer;
  pop(Inner);
  return Result;
}

Evaluator::Flow Evaluator::executeWith(const Stmt &S) {
  std::vector<TemplateValue> Values; // all are evaluated outside
  for (const auto &[To, Value] : S.Assignments) {
    Values.push_back(evaluate(*Value));
    if (R.failed())
      return Flow::Next;
  }
  Scope *Inner = push(Current), *Outer = std::exchange(Current, Inner);
  for (size_t I = 0; I < Values.size(); ++I)
    assign(S.Assignments[I].first, Values[I]);
  Flow Result = R.failed() ? Flow::Next : execute(S.Body);
  Current = Outer;
  pop(Inner);
  return Result;
}

TemplateValue Evaluator::capture(const StmtList &Body, Flow &Result) {
  SourcedText Text;
  SourcedText *Outer = std::exchange(Out, &Text);
  Result = scoped(Body);
  Out = Outer;
  return R.failed() ? TemplateValue() : R.text(std::move(Text));
}

void Evaluator::executeSet(const Stmt &S) {
  TemplateValue Value;
  if (S.Kind == StmtKind::Set) {
    Value = evaluate(*S.Expression);
  } else {
    Flow Result;
    Value = capture(S.Body, Result);
    if (S.Expression && !R.failed()) {
      TemplateValue Outer = std::exchange(BlockText, Value);
      Value = evaluate(*S.Expression);
      BlockText = Outer;
    }
  }
  R.Line = S.Line;
  if (!R.failed())
    assign(S.To, Value);
}

void Evaluator::executeFilterBlock(const Stmt &S) {
  Flow Result;
  TemplateValue Outer = std::exchange(BlockText, capture(S.Body, Result));
  if (!R.failed())
    print(evaluate(*S.Expression));
  BlockText = Outer;
}

void Evaluator::defineMacro(const Stmt &S) {
  if (!R.work(sizeof(MacroObject)))
    return;
  for (Scope *Seen = Current; Seen && !Seen->Captured; Seen = Seen->Parent)
    Seen->Captured = true;
  Current->set(S.Macro->Symbol, TemplateValue::macro(&Macros.emplace_back(MacroObject{S.Macro, Current})));
}

void Evaluator::executeCallBlock(const Stmt &S) {
  if (!R.work(sizeof(MacroObject)))
    return;
  for (Scope *Seen = Current; Seen && !Seen->Captured; Seen = Seen->Parent)
    Seen->Captured = true;
  TemplateValue Caller = TemplateValue::macro(&Macros.emplace_back(MacroObject{S.Macro, Current}));
  print(call(*S.Expression, &Caller));
}

void Evaluator::assign(const Target &To, const TemplateValue &Value) {
  switch (To.Kind) {
  case Target::Name:
    Current->set(To.Symbol, Value);
    return;
  case Target::Attribute: {
    const TemplateValue *Found = nullptr;
    for (Scope *S = Current; S && !Found; S = S->Parent)
      Found = S->find(To.Symbol);
    if (!Found || !Found->is(ValueKind::Namespace)) {
      R.fail("'" + Parsed.Names[To.Symbol] + "' is no namespace, so its attributes cannot be set");
      return;
    }
    NamespaceObject &Namespace = Found->asNamespace();
    if (TemplateValue *Old = Namespace.find(To.AttributeName))
      *Old = Value;
    else
      Namespace.Attributes.emplace_back(To.AttributeName, Value);
    return;
  }
  case Target::Tuple:
    break;
  }
  TemplateValue List = requireDefined(R, Value) ? iterate(R, Value) : TemplateValue();
  if (R.failed())
    return;
  const auto &Items = List.asList().Items;
  if (Items.size() != To.Parts.size()) {
    R.fail("expected " + std::to_string(To.Parts.size()) + " values to assign, found " +
           std::to_string(Items.size()));
    return;
  }
  for (size_t I = 0; I < Items.size(); ++I)
    assign(To.Parts[I], Items[I]);
}
