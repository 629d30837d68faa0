// Python's operators on values: truth, comparison, arithmetic, membership. None looks at origins; results
// carry them.
#ifndef FACET_RUNTIME_TEXT_TEMPLATE_OPERATORS_H
#define FACET_RUNTIME_TEXT_TEMPLATE_OPERATORS_H

#include "runtime/text/template/Ast.h"
#include "runtime/text/template/RenderState.h"

namespace facet {

bool isTrue(const TemplateValue &Value);
/// Fails where Value is undefined, as almost every use of one does.
bool requireDefined(RenderState &R, const TemplateValue &Value);

bool isEqual(RenderState &R, const TemplateValue &A, const TemplateValue &B);
/// Python's A < B; fails where the two have no order.
bool isLess(RenderState &R, const TemplateValue &A, const TemplateValue &B);
bool compare(RenderState &R, CompareOp Op, const TemplateValue &A, const TemplateValue &B);
/// Needle in Haystack.
bool contains(RenderState &R, const TemplateValue &Needle, const TemplateValue &Haystack);
/// The first place of Needle in Text from At on, or npos. Linear, whatever the two hold.
size_t findText(RenderState &R, std::string_view Text, std::string_view Needle, size_t At = 0);

/// Add, Sub, Mul, Div, FloorDiv, Mod or Power.
TemplateValue arithmetic(RenderState &R, ExprKind Op, const TemplateValue &A, const TemplateValue &B);
TemplateValue negate(RenderState &R, const TemplateValue &A);

} // namespace facet
#endif
