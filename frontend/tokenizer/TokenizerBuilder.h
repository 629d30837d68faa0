// From a checkpoint's tokenizer.json to the tables that the runtime uses in place
// (runtime/tokenizer_format.h). TokenizerJson reads the file strictly; TokenizerTables lays the tables out.
#ifndef FACET_FRONTEND_TOKENIZER_TOKENIZERBUILDER_H
#define FACET_FRONTEND_TOKENIZER_TOKENIZERBUILDER_H

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace facet {

/// Why a tokenizer.json was refused. Every field is for people; Advice may be empty.
struct TokenizerBuildError {
  std::string File, Key, Expected, Found, Advice;
  /// "tokenizer.json: model.dropout: expected null, found 0.1; advice"
  std::string describe() const;
};

template <typename T> class TokenizerBuildResult {
public:
  TokenizerBuildResult(T Value) : Value(std::move(Value)) {}
  TokenizerBuildResult(TokenizerBuildError Error) : Error(std::move(Error)) {}
  explicit operator bool() const { return Value.has_value(); }
  T &operator*() { return *Value; }
  const T &operator*() const { return *Value; }
  T *operator->() { return &*Value; }
  const T *operator->() const { return &*Value; }
  const TokenizerBuildError &error() const { return Error; } ///< only if false

private:
  std::optional<T> Value;
  TokenizerBuildError Error;
};

struct TokenizerBuildOptions {
  /// Contents to treat as special tokens besides those of added_tokens, as tokenizer_config.json lists them
  /// under extra special tokens. Each must be in the vocabulary or in added_tokens.
  std::vector<std::string> ExtraSpecialTokens = {};
  /// Keys, as errors spell them ("model.new_key"), that are ignored instead of refused as unknown.
  std::vector<std::string> AllowedKeys = {};
};

/// The tables of a tokenizer.json, as the bytes of FACET_SECTION_TOKENIZER. They depend on the arguments
/// alone: not on the host, nor on the order of keys. The text is hostile; FileName is what errors call it.
/// Throws nothing but std::bad_alloc.
TokenizerBuildResult<std::vector<uint8_t>> buildTokenizerTables(std::string_view TokenizerJson,
                                                                std::string_view FileName,
                                                                const TokenizerBuildOptions &Options = {});

/// The contents that a tokenizer_config.json lists under extra_special_tokens or additional_special_tokens,
/// as a list or as an object by name. All other keys of that file are for other readers.
TokenizerBuildResult<std::vector<std::string>> readExtraSpecialTokens(std::string_view ConfigJson,
                                                                      std::string_view FileName);

} // namespace facet
#endif
