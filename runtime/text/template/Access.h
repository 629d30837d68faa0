// Reaching into values: attributes, items, slices, iteration, length.
#ifndef FACET_RUNTIME_TEXT_TEMPLATE_ACCESS_H
#define FACET_RUNTIME_TEXT_TEMPLATE_ACCESS_H

#include "runtime/text/template/RenderState.h"

namespace facet {

/// object.name: a method or an attribute first, then a dict's entry; undefined where there is neither.
TemplateValue getAttribute(RenderState &R, const TemplateValue &Object, std::string_view Name);
/// object[key]: an entry first, then a method or an attribute; undefined where there is neither.
TemplateValue getItem(RenderState &R, const TemplateValue &Object, const TemplateValue &Key);
/// object[start:stop:step]; null where left out.
TemplateValue getSlice(RenderState &R, const TemplateValue &Object, const TemplateValue *Start,
                       const TemplateValue *Stop, const TemplateValue *Step);

/// The elements of Value as a value of kind List: Value itself where it is one. Undefined has none.
TemplateValue iterate(RenderState &R, const TemplateValue &Value);
/// Python's len.
TemplateValue lengthOf(RenderState &R, const TemplateValue &Value);
/// A string's characters, each with its origin.
std::vector<TemplateValue> characters(RenderState &R, const SourcedText &Text);

} // namespace facet
#endif
