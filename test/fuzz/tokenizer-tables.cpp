// Damage to good tokenizer tables, and text. The input's first byte is a number of patches, each 3 bytes of
// offset and 4 of value; the rest is text for what still opens.
#include "frontend/tokenizer/TokenizerBuilder.h"
#include "test/fuzz/TokenizerUse.h"

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

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *Data, size_t Size) {
  static const auto Good = buildTokenizerTables(kJson, "good");
  if (!Good)
    std::abort();
  if (Size == 0)
    return 0;
  std::string_view Rest(reinterpret_cast<const char *>(Data) + 1, Size - 1);
  std::vector<uint8_t> Tables(*Good);
  for (unsigned Patch = 0; Patch < Data[0] && Rest.size() >= 7; ++Patch, Rest.remove_prefix(7)) {
    uint32_t Offset = 0;
    std::memcpy(&Offset, Rest.data(), 3);
    Offset = Offset % static_cast<uint32_t>(Tables.size() / 4) * 4;
    std::memcpy(Tables.data() + Offset, Rest.data() + 3, 4);
  }
  // The magic and version are not what is being tried.
  std::memcpy(Tables.data(), Good->data(), 8);
  test::useTokenizer(Tables.data(), Tables.size(), Rest);
  return 0;
}
