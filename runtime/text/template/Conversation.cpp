// Builds the context that a chat template is rendered in.
#include "runtime/text/template/Conversation.h"
#include "runtime/text/template/RenderState.h"

using namespace facet;

namespace {
TemplateError expected(const std::string &What, const TemplateValue &Found) {
  return {TemplateError::Failed, 0, "expected " + What + ", found " + describe(Found)};
}

bool isSet(const TemplateValue *Value) { return Value && !Value->is(ValueKind::None); }
} // namespace

TemplateResult<TemplateValue> facet::makeContext(const TemplateValue &Conversation,
                                                 const SpecialTokens &Tokens) {
  std::vector<std::pair<std::string, TemplateValue>> Entries;
  TemplateValue None = TemplateValue::none(Origin::Template);
  Entries.emplace_back("tools", None);
  Entries.emplace_back("documents", None);
  Entries.emplace_back("add_generation_prompt", TemplateValue::boolean(true, Origin::Template));
  if (Conversation.is(ValueKind::List)) {
    Entries.emplace_back("messages", Conversation);
  } else if (Conversation.is(ValueKind::Dict)) {
    const DictObject &Given = Conversation.asDict();
    for (const auto &[Key, Value] : Given.Entries)
      if (Key.asText().bytes() != "options")
        Entries.emplace_back(Key.asText().bytes(), Value);
    if (const TemplateValue *Options = Given.find("options"); isSet(Options)) {
      if (!Options->is(ValueKind::Dict))
        return expected("an object as \"options\"", *Options);
      for (const auto &[Key, Value] : Options->asDict().Entries)
        Entries.emplace_back(Key.asText().bytes(), Value);
    }
  } else {
    return expected("a list of messages, or an object with \"messages\"", Conversation);
  }
  for (const auto &[Name, Text] : Tokens) {
    for (const auto &[Key, Value] : Entries)
      if (Key == Name)
        return TemplateError{TemplateError::Failed, 0,
                             "\"" + Name + "\" is a special token of the model and cannot be an option"};
    Entries.emplace_back(Name, TemplateValue::string(Text, Origin::Template));
  }
  TemplateValue Context = TemplateValue::dict(std::move(Entries), Origin::Template);
  const TemplateValue *Messages = Context.asDict().find("messages");
  if (!Messages || !Messages->is(ValueKind::List))
    return expected("a list as \"messages\"", Messages ? *Messages : TemplateValue::undefined("messages"));
  for (const TemplateValue &Message : Messages->asList().Items)
    if (!Message.is(ValueKind::Dict))
      return expected("an object for each message", Message);
  const TemplateValue *Tools = Context.asDict().find("tools");
  if (isSet(Tools) && !Tools->is(ValueKind::List))
    return expected("a list as \"tools\"", *Tools);
  return Context;
}

SpecialTokens facet::specialTokensOf(const TemplateValue &Config) {
  SpecialTokens Tokens;
  if (!Config.is(ValueKind::Dict))
    return Tokens;
  for (const auto &[Key, Value] : Config.asDict().Entries) {
    const std::string &Name = Key.asText().bytes();
    const TemplateValue *Text = &Value;
    if (Value.is(ValueKind::Dict))
      Text = Value.asDict().find("content");
    if (Name.ends_with("_token") && Text && Text->is(ValueKind::String))
      Tokens.emplace_back(Name, Text->asText().bytes());
  }
  return Tokens;
}
