// Measures encoding and decoding on one thread, in MiB of text a second of the thread's own time.
//
// usage: tokenizer-bench TOKENIZER.JSON CORPUS     (make_vocabulary.py and make_corpus.py write them)
#include "frontend/tokenizer/TokenizerBuilder.h"
#include "runtime/text/tokenizer/Decoder.h"
#include "runtime/text/tokenizer/Encoder.h"

#include <cstdio>
#include <fstream>
#include <iterator>
#include <random>
#include <time.h>

using namespace facet;

static std::string readFile(const char *Path) {
  std::ifstream File(Path, std::ios::binary);
  return {std::istreambuf_iterator<char>(File), {}};
}

template <typename Work> static double seconds(Work Do) {
  auto Now = [] { // the thread's own time, for the machine may be busy
    timespec Time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &Time);
    return static_cast<double>(Time.tv_sec) + static_cast<double>(Time.tv_nsec) * 1e-9;
  };
  double Start = Now();
  Do();
  return Now() - Start;
}

static void measure(const Tokenizer &T, const char *Name, const std::string &Text) {
  Encoder E(T);
  std::vector<uint32_t> Ids;
  double Time = seconds([&] { Ids = *E.encode(Text); });
  double MiB = static_cast<double>(Text.size()) / (1 << 20);
  size_t Decoded = 0;
  double Back = seconds([&] { Decoded = decode(T, Ids).size(); });
  std::printf("%-34s %7.2f MiB %9zu ids  encode %8.2f MiB/s  decode %8.2f MiB/s\n", Name, MiB, Ids.size(),
              MiB / Time, static_cast<double>(Decoded) / (1 << 20) / Back);
}

int main(int Count, char **Arguments) {
  if (Count != 3)
    return std::fprintf(stderr, "usage: tokenizer-bench TOKENIZER.JSON CORPUS\n"), 2;
  std::string Json = readFile(Arguments[1]), Corpus = readFile(Arguments[2]);
  auto Tables = buildTokenizerTables(Json, Arguments[1]);
  if (!Tables)
    return std::fprintf(stderr, "%s\n", Tables.error().describe().c_str()), 1;
  auto T = Tokenizer::open(Tables->data(), Tables->size());
  if (!T)
    return std::fprintf(stderr, "%s\n", T.error().Message.c_str()), 1;
  double Open = seconds([&] { (void)Tokenizer::open(Tables->data(), Tables->size()); });
  std::printf("%u ids, tables of %.1f MiB, checked in %.1f ms\n", T->idCount(),
              static_cast<double>(Tables->size()) / (1 << 20), Open * 1e3);

  measure(*T, "English", Corpus);
  std::mt19937 Random(1);
  std::string Bytes(16 << 20, '\0');
  for (char &Byte : Bytes)
    Byte = static_cast<char>(Random());
  measure(*T, "random bytes", Bytes);
  // Cost must grow with length alone: the same rate for a text of one megabyte and of eight.
  for (size_t Size : {1u << 20, 8u << 20}) {
    measure(*T, "a run of 'a'", std::string(Size, 'a'));
    measure(*T, "a run of spaces", std::string(Size, ' '));
    measure(*T, "a run of newlines", std::string(Size, '\n'));
    std::string Letters(Size, 'e');
    for (char &Letter : Letters)
      Letter = "etaoinshrdlu"[Random() % 12];
    measure(*T, "one word of random letters", Letters);
    std::string Ideographs;
    while (Ideographs.size() < Size) {
      uint32_t Code = 0x4e00 + Random() % 0x2000;
      Ideographs += {static_cast<char>(0xe0 | Code >> 12), static_cast<char>(0x80 | (Code >> 6 & 63)),
                     static_cast<char>(0x80 | (Code & 63))};
    }
    measure(*T, "random ideographs", Ideographs);
  }
}
