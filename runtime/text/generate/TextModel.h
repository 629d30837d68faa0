// The text side of an artifact: its tokenizer, chat template and special tokens, read where they are mapped.
// Start reading here; TextSession.h generates with it.
#ifndef FACET_RUNTIME_TEXT_GENERATE_TEXTMODEL_H
#define FACET_RUNTIME_TEXT_GENERATE_TEXTMODEL_H

#include "runtime/facet.h"
#include "runtime/text/template/Conversation.h"
#include "runtime/text/tokenizer/Tokenizer.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace facet {

struct TextError {
  facet_code Code = FACET_BAD_INPUT;
  std::string Message; ///< lower case, says what was expected, what was found and what to do
};

template <typename T> class TextResult {
public:
  TextResult(T Value) : Value(std::move(Value)) {}
  TextResult(TextError Error) : Error(std::move(Error)) {}
  explicit operator bool() const { return Value.has_value(); }
  T &operator*() { return *Value; }
  const T &operator*() const { return *Value; }
  T *operator->() { return &*Value; }
  const T *operator->() const { return &*Value; }
  const TextError &error() const { return Error; } ///< only if false

private:
  std::optional<T> Value;
  TextError Error;
};

/// Immutable and cheap to copy; any number of threads may use one. The facet_model must outlive it.
class TextModel {
public:
  /// Checks the sections of tokenizer, template and metadata; none of them is trusted.
  static TextResult<TextModel> open(facet_model *Model);

  facet_model *model() const { return Model; }
  const facet_model_details &details() const { return Details; }
  const Tokenizer &tokenizer() const { return Tokens; }
  bool hasTemplate() const { return Chat.has_value(); }
  bool isStop(int32_t Id) const;

  /// The tokens around a thought, or Tokenizer::None where the model has none.
  uint32_t thoughtBegin() const { return ThoughtBegin; }
  uint32_t thoughtEnd() const { return ThoughtEnd; }

  /// A conversation (see makeContext) to a prompt.
  TextResult<Rendered> render(const TemplateValue &Conversation) const;
  /// A prompt to ids; special tokens count only where the template wrote them.
  TextResult<std::vector<int32_t>> encode(const Rendered &Prompt) const;
  /// The same of text in which special tokens count anywhere.
  TextResult<std::vector<int32_t>> encodeTrusted(std::string_view Text) const;
  /// That of a whole prompt which no template wrote: with <bos> in front, unless the text begins with it or
  /// the model has none.
  TextResult<std::vector<int32_t>> encodeRaw(std::string_view Text) const;

private:
  TextModel(facet_model *Model, Tokenizer Tokens) : Model(Model), Tokens(Tokens) {}
  TextResult<std::vector<int32_t>> checked(TokenizerResult<std::vector<uint32_t>> Ids) const;
  facet_model *Model;
  facet_model_details Details = {};
  Tokenizer Tokens;
  std::optional<Template> Chat;
  SpecialTokens Special;
  uint32_t ThoughtBegin = Tokenizer::None, ThoughtEnd = Tokenizer::None;
};

/// A conversation of one question. System may be empty. Texts must be UTF-8 (isValidUtf8).
TemplateValue makeQuestion(std::string Prompt, std::string System, bool Think);

} // namespace facet
#endif
