// Decoding at once and by tokens: spaces, control tokens, bytes that are and are not UTF-8.
#include "runtime/text/tokenizer/Utf8.h"
#include "test/runtime/text/tokenizer/SmallTokenizer.h"

using namespace facet;

namespace {
struct Decoding : testing::Test {
  OpenedTokenizer T;
  std::vector<uint32_t> ids(std::initializer_list<const char *> Texts) const {
    std::vector<uint32_t> Ids;
    for (const char *Text : Texts)
      Ids.push_back(T.id(Text));
    return Ids;
  }
  std::string text(std::initializer_list<const char *> Texts, DecodeOptions Options = {}) const {
    return decode(*T.T, ids(Texts), Options);
  }
};
} // namespace

TEST_F(Decoding, SpacesAndSpecials) {
  EXPECT_EQ(text({"<bos>", "▁a", "▁▁", "b"}), "<bos> a  b");
  EXPECT_EQ(text({"<bos>", "▁a", "<|turn>", "b"}, {.SkipSpecial = true}), " ab");
}

TEST_F(Decoding, IdsWithoutTokenAreNothing) {
  std::vector<uint32_t> Ids = {T.id("a"), T.T->idCount(), 0xffffffff, T.id("b")};
  EXPECT_EQ(decode(*T.T, Ids), "ab");
}

TEST_F(Decoding, BytesMakeCharacters) {
  EXPECT_EQ(text({"a", "<0xC3>", "<0xA9>", "<0xF0>", "<0x9F>", "<0xA6>", "<0x8A>", "b"}), "aé🦊b");
  EXPECT_EQ(text({"<0x41>"}), "A");
}

// Hugging Face gives up a whole run of bytes if any of it is not UTF-8; skipped tokens do not end a run.
TEST_F(Decoding, InvalidRunsAreReplacedByteByByte) {
  EXPECT_EQ(text({"a", "<0xC3>", "b"}), "a\ufffdb");
  EXPECT_EQ(text({"<0xC3>", "<0xA9>", "<0xFF>"}), "\ufffd\ufffd\ufffd");
  EXPECT_EQ(text({"<0xC3>", "a", "<0xA9>"}), "\ufffda\ufffd");
  EXPECT_EQ(text({"<0xC3>", "<bos>", "<0xA9>"}, {.SkipSpecial = true}), "é");
}

TEST_F(Decoding, EagerKeepsWholeCharacters) {
  DecodeOptions Eager{.Eager = true};
  EXPECT_EQ(text({"<0xC3>", "<0xA9>", "<0xFF>", "a"}, Eager), "é\ufffda");
  EXPECT_EQ(text({"<0xE2>", "<0x96>", "<0x41>"}, Eager), "\ufffd\ufffdA"); // the breaking byte starts anew
  EXPECT_EQ(text({"<0xE2>", "<0xE2>", "<0x96>", "<0x81>"}, Eager), "\ufffd▁");
  EXPECT_EQ(text({"<0xF4>", "<0x90>"}, Eager), "\ufffd\ufffd"); // above U+10FFFF
  StreamDecoder Decoder(*T.T, Eager);
  std::string Out;
  Decoder.push(T.id("<0xC3>"), Out);
  EXPECT_TRUE(Out.empty() && Decoder.pending());
  Decoder.push(T.id("<0xA9>"), Out);
  EXPECT_EQ(Out, "é"); // without waiting for the next token
}

// Whatever the ids, the pieces are UTF-8 each and make the same text as decoding at once.
TEST_F(Decoding, StreamEqualsWhole) {
  uint32_t State = 7;
  auto Next = [&] { return State = State * 1664525 + 1013904223, State >> 8; };
  for (bool Eager : {false, true})
    for (int Round = 0; Round < 2000; ++Round) {
      std::vector<uint32_t> Ids;
      for (uint32_t Count = Next() % 12; Ids.size() < Count;) {
        const uint32_t Bytes[] = {0xc3, 0xa9, 0xe2, 0x96, 0x81, 0xf0, 0x9f, 0xed, 0xa0, 0x41, 0xff, 0x90};
        Ids.push_back(Next() % 4 ? 1 + Bytes[Next() % 12] : Next() % (T.T->idCount() + 2));
      }
      StreamDecoder Decoder(*T.T, {.SkipSpecial = true, .Eager = Eager});
      std::string Whole;
      auto Check = [&](auto Step) {
        std::string Piece;
        Step(Piece);
        EXPECT_TRUE(isUtf8(Piece));
        Whole += Piece;
      };
      for (uint32_t Id : Ids)
        Check([&](std::string &Out) { Decoder.push(Id, Out); });
      Check([&](std::string &Out) { Decoder.flush(Out); });
      EXPECT_EQ(Whole, decode(*T.T, Ids, {.SkipSpecial = true, .Eager = Eager}));
    }
}
