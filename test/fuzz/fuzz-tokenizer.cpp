// Three hostile inputs in one: the first byte chooses between a tokenizer.json, damage to good tables (pairs
// of offset and value), and text with spans. Whatever opens must encode and decode without harm, and streams
// must equal wholes.
#include "frontend/tokenizer/TokenizerBuilder.h"
#include "runtime/text/template/Template.h"
#include "runtime/text/tokenizer/Decoder.h"
#include "runtime/text/tokenizer/Encoder.h"

#include <cstdlib>
#include <cstring>

using namespace facet;

// Small, but every table has something in it.
static const char kJson[] = R"({"added_tokens":[
{"id":9,"content":"<x>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true},
{"id":10,"content":"b a","single_word":false,"lstrip":false,"rstrip":false,"normalized":true,"special":false}],
"normalizer":{"type":"Replace","pattern":{"String":" "},"content":"▁"},
"decoder":{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"}]},
"model":{"type":"BPE","unk_token":"<unk>","fuse_unk":true,"byte_fallback":true,"ignore_merges":true,
"vocab":{"<unk>":0,"a":1,"b":2,"▁":3,"ab":4,"▁a":5,"é":6,"aa":7,"<0xC3>":8,"<x>":9},
"merges":["a b","▁ a","a a"]}})";

static void use(const void *Tables, size_t Size, std::string_view Text) {
  auto T = Tokenizer::open(Tables, Size);
  if (!T)
    return;
  static const char kFixed[] =
      "ab <x>aaa b a\xc3\xa9\xff aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab";
  Encoder E(*T);
  for (std::string_view Some : {Text, std::string_view(kFixed)}) {
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

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *Data, size_t Size) {
  static const auto Good = buildTokenizerTables(kJson, "good");
  if (!Good)
    std::abort();
  if (Size == 0)
    return 0;
  std::string_view Rest(reinterpret_cast<const char *>(Data) + 1, Size - 1);
  if (Data[0] % 3 == 0) {
    if (auto Built = buildTokenizerTables(Rest, "fuzz")) {
      if (!Tokenizer::open(Built->data(), Built->size()))
        std::abort(); // what is built must open
      use(Built->data(), Built->size(), Rest);
    }
  } else if (Data[0] % 3 == 1) {
    std::vector<uint8_t> Damaged(*Good);
    // Offsets near the header and the small tables are the interesting ones; each patch is 3 bytes of offset,
    // 4 of value.
    for (; Rest.size() >= 7; Rest.remove_prefix(7)) {
      uint32_t Offset = 0;
      std::memcpy(&Offset, Rest.data(), 3);
      Offset = Offset % static_cast<uint32_t>(Damaged.size() / 4) * 4;
      std::memcpy(Damaged.data() + Offset, Rest.data() + 3, 4);
    }
    // The magic and version are not what is being tried.
    std::memcpy(Damaged.data(), Good->data(), 8);
    use(Damaged.data(), Damaged.size(), Rest);
  } else {
    use(Good->data(), Good->size(), Rest);
  }
  return 0;
}
