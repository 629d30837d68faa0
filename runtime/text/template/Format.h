// Values as text: Python's str and repr, JSON, and the % operator. Bytes that stand for a value have its
// origin.
#ifndef FACET_RUNTIME_TEXT_TEMPLATE_FORMAT_H
#define FACET_RUNTIME_TEXT_TEMPLATE_FORMAT_H

#include "runtime/text/template/RenderState.h"

namespace facet {

/// Python's str: what printing a value gives. Undefined is empty.
SourcedText toText(RenderState &R, const TemplateValue &Value);
void appendText(RenderState &R, SourcedText &Out, const TemplateValue &Value);
void appendRepr(RenderState &R, SourcedText &Out, const TemplateValue &Value);

/// Python's repr of a float: the shortest digits that read back the same.
std::string formatDouble(double Value);
/// With exactly that many digits after the point; correctly rounded.
std::string formatFixed(double Value, int Digits);

struct JsonStyle {
  bool EnsureAscii = false, SortKeys = false;
  bool HasIndent = false;
  std::string Indent;
  SourcedText ItemSeparator{", ", Origin::Template}, KeySeparator{": ", Origin::Template};
};
/// Python's json.dumps.
SourcedText toJson(RenderState &R, const TemplateValue &Value, const JsonStyle &Style);

/// Format % Values, for %s %r %d %i %f %x and %%, with flags, width and precision.
TemplateValue formatPercent(RenderState &R, const SourcedText &Format,
                            const std::vector<TemplateValue> &Values);

} // namespace facet
#endif
