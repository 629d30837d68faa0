// What a tokenizer that opened must do without harm: encode and decode, streams equal to wholes.
#pragma once

#include "runtime/text/template/Template.h"
#include "runtime/text/tokenizer/Decoder.h"
#include "runtime/text/tokenizer/Encoder.h"

#include <cstdlib>

namespace facet::test {

inline void useTokenizer(const void *Tables, size_t Size, std::string_view Text) {
  auto T = Tokenizer::open(Tables, Size);
  if (!T)
    return;
  static const char Fixed[] =
      "ab <x>aaa b a\xc3\xa9\xff aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab";
  Encoder E(*T, 2); // a small cache, so that pieces meet in it
  for (std::string_view Some : {Text, std::string_view(Fixed)}) {
    size_t Half = Some.size() / 2;
    Span Spans[] = {{0, Half, true}, {Half, Some.size(), false}};
    auto Trusted = E.encode(Some);
    auto Mixed = E.encode(Some, Half ? std::span<const Span>(Spans) : std::span<const Span>());
    if (!Trusted || !Mixed)
      std::abort();
    for (bool Eager : {false, true}) {
      StreamDecoder Stream(*T, {.Eager = Eager});
      std::string Out;
      for (uint32_t Id : *Trusted)
        Stream.push(Id, Out);
      Stream.flush(Out);
      if (Out != decode(*T, *Trusted, {.Eager = Eager}))
        std::abort();
    }
  }
}

} // namespace facet::test
