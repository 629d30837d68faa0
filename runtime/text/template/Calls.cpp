// Calls of macros, functions and methods.
#include "runtime/text/template/Builtins.h"
#include "runtime/text/template/Evaluator.h"

using namespace facet;

/// Appends the values of E's arguments, which follow its first child.
bool Evaluator::arguments(const Expr &E, Arguments &Out) {
  for (size_t I = 1; I < E.Children.size() && !R.failed(); ++I)
    Out.Values.push_back(evaluate(*E.Children[I]));
  for (const Keyword &K : E.Keywords) {
    if (R.failed())
      break;
    Out.Named.emplace_back(K.Name, evaluate(*K.Value));
  }
  return !R.failed();
}

TemplateValue Evaluator::call(const Expr &E, const TemplateValue *Caller) {
  TemplateValue Callee = evaluate(*E.Children[0]);
  Arguments Args;
  if (R.failed() || !arguments(E, Args))
    return {};
  R.Line = E.Line;
  // A host that knows the date gives it as a string of this name; every format gets the same.
  const Expr &Name = *E.Children[0];
  if (Callee.is(ValueKind::String) && Name.Kind == ExprKind::Name &&
      Parsed.Names[Name.Symbol] == "strftime_now")
    return Callee;
  return callValue(Callee, Args, Caller);
}

TemplateValue Evaluator::callValue(const TemplateValue &Callee, const Arguments &Args,
                                   const TemplateValue *Caller) {
  switch (Callee.kind()) {
  case ValueKind::Macro:
    return callMacro(Callee.asMacro(), Args, Caller);
  case ValueKind::Function: {
    auto Function = static_cast<BuiltinFunction>(Callee.asFunction());
    return Function == BuiltinFunction::Namespace ? makeNamespace(Args) : callFunction(R, Function, Args);
  }
  case ValueKind::Method:
    return callMethod(R, Callee.asMethod().Self, Callee.asMethod().Id, Args);
  default:
    return R.fail("expected a macro, a function or a method to call, found " + describe(Callee));
  }
}

TemplateValue Evaluator::makeNamespace(const Arguments &Args) {
  if (Args.Values.size() > 1 || (!Args.Values.empty() && !Args.Values[0].is(ValueKind::Dict)))
    return R.fail("namespace expects one dict at most, and names");
  NamespaceObject Namespace;
  if (!Args.Values.empty())
    for (const auto &[Key, Value] : Args.Values[0].asDict().Entries)
      if (Key.is(ValueKind::String) && R.step() && R.work(64 + Key.asText().size()))
        Namespace.Attributes.emplace_back(Key.asText().bytes(), Value);
  for (const auto &[Name, Value] : Args.Named) {
    if (TemplateValue *Old = Namespace.find(Name))
      *Old = Value;
    else
      Namespace.Attributes.emplace_back(Name, Value);
  }
  if (!R.work(sizeof(NamespaceObject) + 64 * Namespace.Attributes.size()))
    return {};
  return TemplateValue::nameSpace(&Namespaces.emplace_back(std::move(Namespace)));
}

/// Sets the parameters as variables of the current scope.
bool Evaluator::bindParameters(const MacroNode &Node, const Arguments &Args) {
  size_t Count = Node.Parameters.size();
  if (Args.Values.size() > Count && !Node.UsesVarargs) {
    R.fail("the macro '" + Node.Name + "' takes at most " + std::to_string(Count) + " arguments, found " +
           std::to_string(Args.Values.size()));
    return false;
  }
  std::vector<const TemplateValue *> Given(Count, nullptr);
  for (size_t I = 0; I < Count && I < Args.Values.size(); ++I)
    Given[I] = &Args.Values[I];
  std::vector<std::pair<TemplateValue, TemplateValue>> Extra;
  for (const auto &[Name, Value] : Args.Named) {
    size_t I = 0;
    while (I < Count && Node.Parameters[I].Name != Name)
      ++I;
    if (I == Count && Node.UsesKwargs) {
      Extra.emplace_back(TemplateValue::string(Name, Origin::Template), Value);
      continue;
    }
    if (I == Count || Given[I]) {
      R.fail("the macro '" + Node.Name + "' " + (I == Count ? "has no parameter '" : "is given twice '") +
             Name + "'");
      return false;
    }
    Given[I] = &Value;
  }
  for (size_t I = 0; I < Count; ++I) {
    const Parameter &P = Node.Parameters[I];
    Current->set(P.Symbol, Given[I]    ? *Given[I]
                           : P.Default ? evaluate(*P.Default) // may look at the parameters before it
                                       : TemplateValue::undefined("the parameter " + P.Name));
    if (R.failed())
      return false;
  }
  if (Node.UsesVarargs) {
    std::vector<TemplateValue> Rest;
    for (size_t I = Count; I < Args.Values.size(); ++I)
      Rest.push_back(Args.Values[I]);
    Current->set(Parsed.Varargs, R.list(std::move(Rest), ListFlavor::Tuple, Origin::Template));
  }
  if (Node.UsesKwargs)
    Current->set(Parsed.Kwargs, R.dict(std::move(Extra), Origin::Template));
  return !R.failed();
}

TemplateValue Evaluator::callMacro(const MacroObject &Macro, const Arguments &Args,
                                   const TemplateValue *Caller) {
  const MacroNode &Node = *Macro.Node;
  RenderState::Level Deeper(R, 3);
  SourcedText Text;
  Scope *Inner = push(Macro.Closure), *OuterScope = std::exchange(Current, Inner);
  SourcedText *OuterOut = std::exchange(Out, &Text);
  if (Node.UsesCaller)
    Inner->set(Parsed.Caller, Caller ? *Caller : TemplateValue::undefined("caller"));
  else if (Caller)
    R.fail("the macro '" + Node.Name + "' was called with a block, but never uses 'caller'");
  if (!R.failed() && bindParameters(Node, Args))
    execute(Node.Body);
  Out = OuterOut;
  Current = OuterScope;
  pop(Inner);
  return R.failed() ? TemplateValue() : R.text(std::move(Text));
}
