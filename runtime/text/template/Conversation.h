// From a conversation to what its template sees: messages, tools, options and the model's special tokens.
#ifndef FACET_RUNTIME_TEXT_TEMPLATE_CONVERSATION_H
#define FACET_RUNTIME_TEXT_TEMPLATE_CONVERSATION_H

#include "runtime/text/template/Template.h"

#include <string>
#include <utility>
#include <vector>

namespace facet {

/// Names and texts, as {"bos_token", "<bos>"}: the model's own, so they count as template text.
using SpecialTokens = std::vector<std::pair<std::string, std::string>>;

/// Conversation is a list of messages, or a dict with "messages", and optionally "tools" and any options of
/// the template: its other keys, and those of an "options" dict. As with Hugging Face, tools and documents
/// are none where left out; add_generation_prompt is true. An option that is named as a special token is an
/// error.
TemplateResult<TemplateValue> makeContext(const TemplateValue &Conversation, const SpecialTokens &Tokens);

/// The entries of tokenizer_config.json, or of an artifact's "special_tokens", that are special tokens: keys
/// that end in "_token" with a string or {"content": string}.
SpecialTokens specialTokensOf(const TemplateValue &Config);

} // namespace facet
#endif
