// What the evaluator owns for the length of one rendering: scopes, namespaces and macros. Values point at
// these freely, in cycles even; all go together at the end.
#ifndef FACET_RUNTIME_TEXT_TEMPLATE_OBJECTS_H
#define FACET_RUNTIME_TEXT_TEMPLATE_OBJECTS_H

#include "runtime/text/template/Ast.h"

#include <string>
#include <utility>
#include <vector>

namespace facet {

/// Variables of a loop's round, a macro's call or the template.
struct Scope {
  Scope *Parent = nullptr;
  std::vector<std::pair<unsigned, TemplateValue>> Variables; ///< by symbol
  bool Captured = false; ///< a macro was defined in it or below, and may be called after it ends

  const TemplateValue *find(unsigned Symbol) const {
    for (const auto &[S, Value] : Variables)
      if (S == Symbol)
        return &Value;
    return nullptr;
  }
  void set(unsigned Symbol, TemplateValue Value) {
    for (auto &[S, Old] : Variables)
      if (S == Symbol) {
        Old = std::move(Value);
        return;
      }
    Variables.emplace_back(Symbol, std::move(Value));
  }
};

/// namespace(): the one kind of value that changes.
struct NamespaceObject {
  std::vector<std::pair<std::string, TemplateValue>> Attributes;
  TemplateValue *find(std::string_view Name) {
    for (auto &[N, Value] : Attributes)
      if (N == Name)
        return &Value;
    return nullptr;
  }
};

struct MacroObject {
  const MacroNode *Node;
  Scope *Closure;
};

} // namespace facet
#endif
