// Decoding as Hugging Face's Replace, ByteFallback and Fuse do it.
#include "runtime/text/tokenizer/Decoder.h"
#include "runtime/text/tokenizer/Utf8.h"

#include <cstring>

namespace facet {
namespace {

constexpr std::string_view Space = "\xe2\x96\x81";   // U+2581
constexpr std::string_view Unknown = "\xef\xbf\xbd"; // U+FFFD

void appendText(std::string_view Text, std::string &Out) {
  for (;;) {
    size_t At = Text.find(Space);
    Out.append(Text.substr(0, At));
    if (At == Text.npos)
      return;
    Out.push_back(' ');
    Text.remove_prefix(At + Space.size());
  }
}

/// True if more bytes could make a character of Bytes, which are 1 to 3 and none yet.
bool isPrefix(std::string_view Bytes) {
  // Any continuation will do as long as there is one: try the two ends of the range of the second byte.
  for (char Second : {'\x80', '\x8f', '\x90', '\x9f', '\xa0', '\xbf'}) {
    char Whole[4];
    std::memset(Whole, '\x80', sizeof(Whole));
    std::memcpy(Whole, Bytes.data(), Bytes.size());
    if (Bytes.size() == 1)
      Whole[1] = Second;
    if (utf8At(Whole, 4).Size > Bytes.size())
      return true;
  }
  return false;
}

} // namespace

void StreamDecoder::push(uint32_t Id, std::string &Out) {
  uint16_t Token = T.token(Id);
  if (!(Token & FACET_TOKENIZER_EXISTS) || (Options.SkipSpecial && (Token & FACET_TOKENIZER_SPECIAL)))
    return;
  if (Token & FACET_TOKENIZER_BYTE)
    return pushByte(static_cast<char>(Token >> 8), Out);
  flush(Out);
  appendText(T.text(Id), Out);
}

void StreamDecoder::pushByte(char Byte, std::string &Out) {
  Run.push_back(Byte);
  if (!Options.Eager)
    return;
  Utf8Character C = utf8At(Run.data(), Run.size());
  if (C.Code == InvalidCode && isPrefix(Run))
    return;
  if (C.Code != InvalidCode) {
    Out.append(Run);
    Run.clear();
    return;
  }
  // The last byte broke the character; it may start another one.
  for (size_t I = 0; I + 1 < Run.size(); ++I)
    Out.append(Unknown);
  bool Alone = Run.size() == 1;
  Run.clear();
  if (Alone)
    Out.append(Unknown);
  else
    pushByte(Byte, Out);
}

void StreamDecoder::flush(std::string &Out) {
  if (isUtf8(Run))
    Out.append(Run);
  else
    for (size_t I = 0; I < Run.size(); ++I)
      Out.append(Unknown);
  Run.clear();
}

std::string decode(const Tokenizer &T, std::span<const uint32_t> Ids, DecodeOptions Options) {
  StreamDecoder Decoder(T, Options);
  std::string Text;
  for (uint32_t Id : Ids)
    Decoder.push(Id, Text);
  Decoder.flush(Text);
  return Text;
}

} // namespace facet
