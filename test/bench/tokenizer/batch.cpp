// Encodes and decodes many texts for compare.py: standard input holds frames (uint32 size, bytes), standard
// output for each one uint32 count, uint32 ids[count], uint32 size, decoded text.
//
// usage: tokenizer-batch TOKENIZER.JSON < FRAMES
#include "frontend/tokenizer/TokenizerBuilder.h"
#include "runtime/text/tokenizer/Decoder.h"
#include "runtime/text/tokenizer/Encoder.h"

#include <cstdio>
#include <fstream>
#include <iterator>

using namespace facet;

static bool put(const void *Bytes, size_t Size) { return std::fwrite(Bytes, 1, Size, stdout) == Size; }
static bool putSize(size_t Size) {
  uint32_t Short = static_cast<uint32_t>(Size);
  return put(&Short, sizeof(Short));
}

int main(int Count, char **Arguments) {
  if (Count != 2)
    return std::fprintf(stderr, "usage: tokenizer-batch TOKENIZER.JSON < FRAMES\n"), 2;
  std::ifstream File(Arguments[1], std::ios::binary);
  std::string Json{std::istreambuf_iterator<char>(File), {}};
  auto Tables = buildTokenizerTables(Json, Arguments[1]);
  if (!Tables)
    return std::fprintf(stderr, "%s\n", Tables.error().describe().c_str()), 1;
  auto T = Tokenizer::open(Tables->data(), Tables->size());
  if (!T)
    return std::fprintf(stderr, "%s\n", T.error().Message.c_str()), 1;
  Encoder E(*T);
  std::string Text;
  for (uint32_t Size; std::fread(&Size, sizeof(Size), 1, stdin) == 1;) {
    Text.resize(Size);
    if (std::fread(Text.data(), 1, Size, stdin) != Size)
      return 1;
    auto Ids = E.encode(Text);
    if (!Ids)
      return 1;
    std::string Decoded = decode(*T, *Ids);
    if (!putSize(Ids->size()) || !put(Ids->data(), Ids->size() * 4) || !putSize(Decoded.size()) ||
        !put(Decoded.data(), Decoded.size()))
      return 1;
  }
}
