// Ids to text: at once, or token by token as a model produces them.
#ifndef FACET_RUNTIME_TEXT_TOKENIZER_DECODER_H
#define FACET_RUNTIME_TEXT_TOKENIZER_DECODER_H

#include "runtime/text/tokenizer/Tokenizer.h"

#include <span>

namespace facet {

struct DecodeOptions {
  bool SkipSpecial = false; ///< leave control tokens out
  /// Write a character of a run of byte tokens as soon as it is complete. Without it a run is held until it
  /// ends, for only then is it known whether all of it is UTF-8: Hugging Face writes a U+FFFD for *each* byte
  /// of a run if any of it is not. Eager text differs from that in such runs alone, where it keeps the
  /// characters that were whole.
  bool Eager = false;
};

/// Appends the text of ids as they come. What it appends is UTF-8 at every moment, and over all calls the
/// same text whatever the pace. Ids without a token are nothing. One stream, one thread; the tokenizer's
/// bytes must outlive it.
class StreamDecoder {
public:
  explicit StreamDecoder(const Tokenizer &T, DecodeOptions Options = {}) : T(T), Options(Options) {}
  void push(uint32_t Id, std::string &Out);
  /// The end: appends what was held back, and starts anew.
  void flush(std::string &Out);
  /// True while bytes are held back.
  bool pending() const { return !Run.empty(); }

private:
  void pushByte(char Byte, std::string &Out);
  Tokenizer T;
  DecodeOptions Options;
  std::string Run; ///< bytes of byte tokens not written yet
};

/// The text of Ids: what a StreamDecoder with these options appends, flushed.
std::string decode(const Tokenizer &T, std::span<const uint32_t> Ids, DecodeOptions Options = {});

} // namespace facet
#endif
