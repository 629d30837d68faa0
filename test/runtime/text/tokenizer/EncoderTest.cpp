// What encoding does beyond the goldens: ranks, fallback, added tokens, long pieces.
#include "test/runtime/text/tokenizer/SmallTokenizer.h"

#include <algorithm>

using namespace facet;

TEST(Encoder, MergesByRankThenLeftmost) {
  OpenedTokenizer T;
  EXPECT_EQ(T.pieces("abcab"), "abc|ab");
  EXPECT_EQ(T.pieces("aaa"), "aa|a");
  EXPECT_EQ(T.pieces("aab"), "a|ab"); // (a, b) ranks before (a, a)
  EXPECT_EQ(T.pieces(" ab"), "▁|ab"); // and before (▁, a)
  EXPECT_EQ(T.pieces("  a"), "▁|▁a");
  EXPECT_EQ(T.pieces("▁a a"), "▁a|▁a");
  EXPECT_EQ(T.pieces(""), "");
}

TEST(Encoder, FallsBackToBytes) {
  OpenedTokenizer T;
  EXPECT_EQ(T.pieces("aéa"), "a|<0xC3>|<0xA9>|a");
  EXPECT_EQ(T.pieces("z"), "<0x7A>");
  // Bytes that are no UTF-8, a cut character and a surrogate among them, are tokens of their own.
  EXPECT_EQ(T.pieces("a\xff"
                     "b\xe2\x96"),
            "a|<0xFF>|b|<0xE2>|<0x96>");
  EXPECT_EQ(T.pieces("\xed\xa0\x80"), "<0xED>|<0xA0>|<0x80>");
}

// A space that the vocabulary lacks is the three bytes of U+2581, as the normalizer has made it one.
TEST(Encoder, FallsBackForSpaces) {
  SmallTokenizer Small;
  Small.Names = {"<bos>", "<|turn>", "a"};
  Small.Merges = "";
  EXPECT_EQ(OpenedTokenizer(Small).pieces("a a"), "a|<0xE2>|<0x96>|<0x81>|a");
}

TEST(Encoder, FusesUnknown) {
  SmallTokenizer Small;
  Small.ByteTokens = false;
  EXPECT_EQ(OpenedTokenizer(Small).pieces("azzbz"), "a|<unk>|b|<unk>");
  Small.Model = R"("unk_token":"<unk>","fuse_unk":false)";
  EXPECT_EQ(OpenedTokenizer(Small).pieces("azzb"), "a|<unk>|<unk>|b");
  Small.Model = R"("unk_token":null)";
  EXPECT_EQ(OpenedTokenizer(Small).pieces("azzb"), "ab"); // nothing is left between them
}

TEST(Encoder, CutsAddedTokensOut) {
  SmallTokenizer Small;
  Small.Added = {{"<bos>", true, false},
                 {"ab", false, false},
                 {"abcd", false, false},
                 {"c d", false, true},
                 {"<|turn>", true, false}};
  OpenedTokenizer T(Small);
  EXPECT_EQ(T.pieces("abcda"), "abcd|a");  // the longest
  EXPECT_EQ(T.pieces("abcc"), "ab|c|c");   // no merging across
  EXPECT_EQ(T.pieces("bc db"), "b|c d|b"); // normalised: matches both kinds of space
  EXPECT_EQ(T.pieces("bc▁db"), "b|c d|b");
  EXPECT_EQ(T.pieces("<bos<bos>"), "<b|<0x6F>|<0x73>|<bos>");
}

TEST(Encoder, IgnoresMergesForWholeSegments) {
  SmallTokenizer Small;
  Small.Model += R"(,"ignore_merges":true)";
  Small.Merges = "";
  OpenedTokenizer T(Small);
  EXPECT_EQ(T.pieces("abc"), "abc");
  EXPECT_EQ(T.pieces(" a<bos>abc"), "▁a|<bos>|abc");
  EXPECT_EQ(T.pieces("abca"), "a|b|c|a");
}

// The cache and the two ways to merge give the same ids.
TEST(Encoder, LongPiecesMergeAsShortOnes) {
  OpenedTokenizer T;
  Encoder E(*T.T);
  uint32_t State = 1;
  for (size_t Length : {30u, 33u, 47u, 48u, 49u, 1000u}) {
    std::string Text;
    while (Text.size() < Length)
      Text += "aaab c"[(State = State * 1664525 + 1013904223) >> 24 & 3];
    // The rule itself: the lowest rank first, the leftmost of those.
    std::vector<std::string> Parts;
    for (char C : Text)
      Parts.emplace_back(1, C);
    for (auto [Left, Right] :
         {std::pair{"a", "b"}, {"ab", "c"}, {"a", "a"}}) // later ones make no earlier pair
      for (size_t I = 0; I + 1 < Parts.size(); ++I)
        if (Parts[I] == Left && Parts[I + 1] == Right) {
          Parts[I] += Parts[I + 1];
          Parts.erase(Parts.begin() + static_cast<ptrdiff_t>(I) + 1);
        }
    std::string Expected;
    for (auto &Part : Parts)
      Expected += (Expected.empty() ? "" : "|") + Part;
    for (int Round = 0; Round < 2; ++Round)
      EXPECT_EQ(OpenedTokenizer::shown(*T.T, *E.encode(Text)), Expected);
  }
}

TEST(Encoder, RefusesHugeTexts) {
  OpenedTokenizer T;
  std::string_view Huge("a", Encoder::MaxTextBytes + 1); // refused before it is read
  auto Ids = Encoder(*T.T).encode(Huge);
  ASSERT_FALSE(Ids);
  EXPECT_EQ(Ids.error().Message, "text: expected at most 268435456 bytes, found 268435457");
}
