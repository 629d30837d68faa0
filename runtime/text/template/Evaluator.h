// Runs a parsed template. One use: construct, run.
#ifndef FACET_RUNTIME_TEXT_TEMPLATE_EVALUATOR_H
#define FACET_RUNTIME_TEXT_TEMPLATE_EVALUATOR_H

#include "runtime/text/template/Objects.h"
#include "runtime/text/template/RenderState.h"

#include <deque>

namespace facet {

class Evaluator {
public:
  Evaluator(const ParsedTemplate &Parsed, const TemplateValue &Context, const TemplateLimits &Limits);
  /// Null, or why there is no Text.
  const TemplateError *run(SourcedText &Text);

private:
  enum class Flow { Next, Break, Continue };

  // Evaluator.cpp: statements.
  Flow execute(const StmtList &List);
  Flow execute(const Stmt &S);
  Flow executeIf(const Stmt &S);
  Flow executeFor(const Stmt &S);
  Flow executeWith(const Stmt &S);
  Flow scoped(const StmtList &Body);
  void executeSet(const Stmt &S);
  void executeFilterBlock(const Stmt &S);
  void executeCallBlock(const Stmt &S);
  void defineMacro(const Stmt &S);
  bool chooseItems(const Stmt &S, TemplateValue &List);
  void assign(const Target &To, const TemplateValue &Value);
  /// Runs Body in a scope of its own and takes its output.
  TemplateValue capture(const StmtList &Body, Flow &Result);
  void print(const TemplateValue &Value);

  // EvaluateExpressions.cpp. Small frames: these recurse.
  TemplateValue evaluate(const Expr &E);
  TemplateValue name(const Expr &E);
  TemplateValue display(const Expr &E);
  TemplateValue dictDisplay(const Expr &E);
  TemplateValue concat(const Expr &E);
  TemplateValue comparison(const Expr &E);
  TemplateValue slice(const Expr &E);
  TemplateValue subscript(const Expr &E);
  TemplateValue binary(const Expr &E);
  TemplateValue sign(const Expr &E);
  TemplateValue filter(const Expr &E);
  TemplateValue test(const Expr &E);

  // Calls.cpp
  TemplateValue call(const Expr &E, const TemplateValue *Caller = nullptr);
  bool arguments(const Expr &E, Arguments &Out);
  TemplateValue callValue(const TemplateValue &Callee, const Arguments &Args, const TemplateValue *Caller);
  TemplateValue callMacro(const MacroObject &Macro, const Arguments &Args, const TemplateValue *Caller);
  bool bindParameters(const MacroNode &Node, const Arguments &Args);
  TemplateValue makeNamespace(const Arguments &Args);

  Scope *push(Scope *Parent);
  void pop(Scope *Done);

  const ParsedTemplate &Parsed;
  const TemplateValue &Context;
  RenderState R;
  SourcedText *Out = nullptr; ///< what is printed into
  TemplateValue BlockText;    ///< the input of a block's filters
  Scope *Current = nullptr;
  std::deque<Scope> Scopes; ///< all ever made; those not in use and not captured are in Free
  std::vector<Scope *> Free;
  std::deque<NamespaceObject> Namespaces;
  std::deque<MacroObject> Macros;
};

} // namespace facet
#endif
