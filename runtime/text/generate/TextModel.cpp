// Opens tokenizer, template and special tokens from an artifact's sections, and makes prompts with them.
#include "runtime/text/generate/TextModel.h"

#include "runtime/artifact_format.h"
#include "runtime/text/Json.h"
#include "runtime/text/tokenizer/Encoder.h"

using namespace facet;

static TextError damaged(std::string Message) {
  return {FACET_BAD_ARTIFACT, std::move(Message) + "; compile the model again"};
}

static std::string_view section(const facet_model *Model, unsigned Kind) {
  size_t Size = 0;
  const void *Bytes = facet_model_section_data(Model, Kind, &Size);
  return {static_cast<const char *>(Bytes), Bytes ? Size : 0};
}

TextResult<TextModel> TextModel::open(facet_model *Model) {
  std::string_view Tables = section(Model, FACET_SECTION_TOKENIZER);
  if (Tables.empty())
    return damaged("expected a tokenizer in the artifact, found none");
  TokenizerResult<Tokenizer> Tokens = Tokenizer::open(Tables.data(), Tables.size());
  if (!Tokens)
    return damaged("tokenizer: " + Tokens.error().Message);
  TextModel Result(Model, *Tokens);
  facet_model_describe(Model, &Result.Details);

  std::string_view Source = section(Model, FACET_SECTION_TEMPLATE);
  if (!Source.empty()) {
    TemplateResult<Template> Chat = Template::parse(Source);
    if (!Chat)
      return damaged("chat template: " + Chat.error().describe());
    Result.Chat = std::move(*Chat);
  }
  std::string_view Metadata = section(Model, FACET_SECTION_METADATA);
  if (!Metadata.empty()) {
    TemplateResult<TemplateValue> Parsed = parseJson(Metadata, Origin::Template);
    if (!Parsed)
      return damaged("metadata: " + Parsed.error().describe());
    if (!Parsed->is(ValueKind::Dict))
      return damaged("metadata: expected a JSON object, found another value");
    if (const TemplateValue *Special = Parsed->asDict().find("special_tokens"))
      if (Special->is(ValueKind::Dict))
        Result.Special = specialTokensOf(*Special);
  }
  uint32_t Begin = Tokens->find("<|channel>"), End = Tokens->find("<channel|>");
  if (Begin != Tokenizer::None && End != Tokenizer::None) {
    Result.ThoughtBegin = Begin;
    Result.ThoughtEnd = End;
  }
  return Result;
}

bool TextModel::isStop(int32_t Id) const {
  for (int32_t I = 0; I < Details.stop_count; ++I)
    if (Details.stop_ids[I] == Id)
      return true;
  return false;
}

TextResult<Rendered> TextModel::render(const TemplateValue &Conversation) const {
  if (!Chat)
    return TextError{
        FACET_BAD_INPUT,
        "expected a chat template in the artifact, found none; give the prompt as it is (--raw)"};
  TemplateResult<TemplateValue> Context = makeContext(Conversation, Special);
  if (!Context)
    return TextError{FACET_BAD_INPUT, "conversation: " + Context.error().describe()};
  TemplateResult<Rendered> Prompt = Chat->render(*Context);
  if (!Prompt)
    return TextError{FACET_BAD_INPUT, "chat template: " + Prompt.error().describe()};
  return std::move(*Prompt);
}

TextResult<std::vector<int32_t>> TextModel::checked(TokenizerResult<std::vector<uint32_t>> Ids) const {
  if (!Ids)
    return TextError{FACET_BAD_INPUT, "prompt: " + Ids.error().Message};
  std::vector<int32_t> Result;
  Result.reserve(Ids->size());
  for (uint32_t Id : *Ids) {
    if (Id >= static_cast<uint32_t>(Details.vocab_size))
      return damaged("tokenizer: expected ids below " + std::to_string(Details.vocab_size) + ", found " +
                     std::to_string(Id));
    Result.push_back(static_cast<int32_t>(Id));
  }
  return Result;
}

TextResult<std::vector<int32_t>> TextModel::encode(const Rendered &Prompt) const {
  return checked(Encoder(Tokens).encode(Prompt.text, Prompt.spans));
}

TextResult<std::vector<int32_t>> TextModel::encodeTrusted(std::string_view Text) const {
  return checked(Encoder(Tokens).encode(Text));
}

TextResult<std::vector<int32_t>> TextModel::encodeRaw(std::string_view Text) const {
  TextResult<std::vector<int32_t>> Ids = encodeTrusted(Text);
  const int32_t Bos = Details.bos_id;
  if (Ids && Bos >= 0 && (Ids->empty() || Ids->front() != Bos))
    Ids->insert(Ids->begin(), Bos);
  return Ids;
}

static TemplateValue message(const char *Role, std::string Content) {
  return TemplateValue::dict(
      {{"role", TemplateValue::string(Role)}, {"content", TemplateValue::string(std::move(Content))}});
}

TemplateValue facet::makeQuestion(std::string Prompt, std::string System, bool Think) {
  std::vector<TemplateValue> Messages;
  if (!System.empty())
    Messages.push_back(message("system", std::move(System)));
  Messages.push_back(message("user", std::move(Prompt)));
  return TemplateValue::dict({{"messages", TemplateValue::list(std::move(Messages))},
                              {"enable_thinking", TemplateValue::boolean(Think)}});
}
