// A tokenizer in place: the tables of runtime/tokenizer_format.h, checked once and then read where they are
// mapped. Start reading here; Encoder.h turns text into ids, Decoder.h ids into text.
#ifndef FACET_RUNTIME_TEXT_TOKENIZER_TOKENIZER_H
#define FACET_RUNTIME_TEXT_TOKENIZER_TOKENIZER_H

#include "runtime/tokenizer_format.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace facet {

struct TokenizerError {
  std::string Message; ///< lower case, says what was expected and what was found
};

template <typename T> class TokenizerResult {
public:
  TokenizerResult(T Value) : Value(std::move(Value)) {}
  TokenizerResult(TokenizerError Error) : Error(std::move(Error)) {}
  explicit operator bool() const { return Value.has_value(); }
  T &operator*() { return *Value; }
  const T &operator*() const { return *Value; }
  T *operator->() { return &*Value; }
  const T *operator->() const { return &*Value; }
  const TokenizerError &error() const { return Error; } ///< only if false

private:
  std::optional<T> Value;
  TokenizerError Error;
};

/// A view of checked tables: cheap to copy, immutable, used by any number of threads. The bytes belong to the
/// caller and must stay mapped and unchanged.
class Tokenizer {
public:
  /// Checks every offset, count and id of the tables, in time linear in Size: whatever bytes pass, no later
  /// use reads out of bounds or loops forever. Bytes must be aligned to 8 and are hostile.
  static TokenizerResult<Tokenizer> open(const void *Bytes, size_t Size);

  static constexpr uint32_t None = FACET_TOKENIZER_NONE;

  /// One more than the highest id. A model may have more rows than that; those ids have no text.
  uint32_t idCount() const { return Header->id_count; }
  bool exists(uint32_t Id) const { return token(Id) & FACET_TOKENIZER_EXISTS; }
  bool isSpecial(uint32_t Id) const { return token(Id) & FACET_TOKENIZER_SPECIAL; }
  bool isAdded(uint32_t Id) const { return token(Id) & FACET_TOKENIZER_ADDED; }
  /// The token's text as the vocabulary has it: U+2581 for a space, "<0xE2>" for a byte. "" if there is no
  /// such id.
  std::string_view text(uint32_t Id) const;
  /// The id of such a text, or None.
  uint32_t find(std::string_view Text) const;

  // What the encoder and the decoder read. Ids in tables are below idCount() or None.
  const facet_tokenizer_header &header() const { return *Header; }
  uint16_t token(uint32_t Id) const {
    return Id < Header->id_count ? table<uint16_t>(FACET_TOKENIZER_TOKENS)[Id] : 0;
  }
  template <typename T> const T *table(facet_tokenizer_table_kind Kind) const {
    return reinterpret_cast<const T *>(reinterpret_cast<const char *>(Header) + Header->tables[Kind].offset);
  }
  uint32_t count(facet_tokenizer_table_kind Kind) const { return Header->tables[Kind].count; }
  /// The token of one code point (at most 0x10ffff), or None.
  uint32_t codeId(uint32_t Code) const {
    uint32_t Page = table<uint16_t>(FACET_TOKENIZER_CODE_PAGE_MAP)[Code >> 8];
    return table<uint32_t>(FACET_TOKENIZER_CODE_IDS)[Page * 256 + (Code & 255)];
  }

private:
  explicit Tokenizer(const facet_tokenizer_header *Header) : Header(Header) {}
  const facet_tokenizer_header *Header;
};

} // namespace facet
#endif
