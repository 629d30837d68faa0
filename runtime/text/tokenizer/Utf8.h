// Strict UTF-8, one character at a time.
#ifndef FACET_RUNTIME_TEXT_TOKENIZER_UTF8_H
#define FACET_RUNTIME_TEXT_TOKENIZER_UTF8_H

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace facet {

inline constexpr uint32_t InvalidCode = 0xffffffff;

struct Utf8Character {
  uint32_t Code; ///< InvalidCode where the bytes are not UTF-8; Size is then 1
  uint32_t Size;
};

/// The character at the start of Size > 0 bytes. No surrogates, no overlong forms.
inline Utf8Character utf8At(const char *Bytes, size_t Size) {
  auto At = [&](size_t I) { return static_cast<unsigned char>(Bytes[I]); };
  auto Tail = [&](size_t I) { return (At(I) & 0xc0) == 0x80; };
  uint32_t First = At(0);
  if (First < 0x80)
    return {First, 1};
  if (First >= 0xc2 && First < 0xe0 && Size >= 2 && Tail(1))
    return {(First & 31) << 6 | (At(1) & 63u), 2};
  if (First >= 0xe0 && First < 0xf0 && Size >= 3 && Tail(1) && Tail(2)) {
    uint32_t Code = (First & 15) << 12 | (At(1) & 63u) << 6 | (At(2) & 63u);
    if (Code >= 0x800 && (Code < 0xd800 || Code > 0xdfff))
      return {Code, 3};
  }
  if (First >= 0xf0 && First < 0xf5 && Size >= 4 && Tail(1) && Tail(2) && Tail(3)) {
    uint32_t Code = (First & 7) << 18 | (At(1) & 63u) << 12 | (At(2) & 63u) << 6 | (At(3) & 63u);
    if (Code >= 0x10000 && Code <= 0x10ffff)
      return {Code, 4};
  }
  return {InvalidCode, 1};
}

inline bool isUtf8(std::string_view Text) {
  for (size_t I = 0; I < Text.size();) {
    Utf8Character C = utf8At(Text.data() + I, Text.size() - I);
    if (C.Code == InvalidCode)
      return false;
    I += C.Size;
  }
  return true;
}

} // namespace facet
#endif
