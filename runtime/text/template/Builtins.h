// The names that every template knows: filters, tests, functions and methods. Each is a plain C++ function in
// a table; the parser turns names into indices.
#ifndef FACET_RUNTIME_TEXT_TEMPLATE_BUILTINS_H
#define FACET_RUNTIME_TEXT_TEMPLATE_BUILTINS_H

#include "runtime/text/template/RenderState.h"

namespace facet {

/// An index into the tables, or -1.
int findFilter(std::string_view Name);
int findTest(std::string_view Name);
int findMethod(const TemplateValue &Object, std::string_view Name);

TemplateValue applyFilter(RenderState &R, unsigned Id, const Arguments &Args);
bool applyTest(RenderState &R, unsigned Id, const Arguments &Args);
TemplateValue callMethod(RenderState &R, const TemplateValue &Self, unsigned Id, const Arguments &Args);

/// Functions; namespace() is the evaluator's, which owns what it makes.
enum class BuiltinFunction : unsigned { Range, Namespace, Dict, RaiseException, StrftimeNow };
int findFunction(std::string_view Name);
TemplateValue callFunction(RenderState &R, BuiltinFunction Function, const Arguments &Args);

/// For map, sort, join and the like: the value at a path such as "a.b.0".
TemplateValue attributeAt(RenderState &R, const TemplateValue &Value, const TemplateValue &Path);
/// What a comparison that ignores case looks at: a string in lower case, anything else as it is.
TemplateValue foldCase(RenderState &R, const TemplateValue &Value);

} // namespace facet
#endif
