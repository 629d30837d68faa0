// JSON into template values, straight from the text: hostile input is cut off at a nesting depth, integers
// beyond 64 bits keep their digits, and keys keep their order.
#ifndef FACET_RUNTIME_TEXT_JSON_H
#define FACET_RUNTIME_TEXT_JSON_H

#include "runtime/text/template/Template.h"

#include <nlohmann/json_fwd.hpp>

namespace facet {

struct JsonLimits {
  size_t Bytes = FACET_MAX_CONVERSATION_BYTES;
  unsigned Depth = FACET_MAX_CONVERSATION_LEVELS; ///< at most TemplateValue::MaxDepth - 16
};

/// Every byte of the value has the origin From. Text is UTF-8 and holds one value. The error's line is that
/// of Text.
TemplateResult<TemplateValue> parseJson(std::string_view Text, Origin From = Origin::Data,
                                        const JsonLimits &Limits = {});

/// The same of a document that is parsed already. Strings that are not UTF-8 are an error.
TemplateResult<TemplateValue> fromJson(const nlohmann::ordered_json &Document, Origin From = Origin::Data,
                                       const JsonLimits &Limits = {});

/// Text as a JSON string, quotes included. Bytes that are not UTF-8 become U+FFFD.
std::string quoteJson(std::string_view Text);

} // namespace facet
#endif
