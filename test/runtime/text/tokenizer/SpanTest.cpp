// User text never yields control tokens: which added tokens match where, by the origin of the bytes.
#include "runtime/text/template/Template.h"
#include "test/runtime/text/tokenizer/SmallTokenizer.h"

using namespace facet;

/// Text with the data in braces, which are left out.
static std::string pieces(const OpenedTokenizer &T, std::string_view Marked) {
  std::string Text;
  std::vector<Span> Spans;
  size_t Begin = 0;
  for (char C : Marked) {
    if (C != '{' && C != '}') {
      Text += C;
      continue;
    }
    if (Text.size() > Begin)
      Spans.push_back({Begin, Text.size(), C == '{'});
    Begin = Text.size();
  }
  if (Text.size() > Begin)
    Spans.push_back({Begin, Text.size(), true});
  auto Ids = Encoder(*T.T).encode(Text, Spans);
  return Ids ? OpenedTokenizer::shown(*T.T, *Ids) : Ids.error().Message;
}

TEST(Spans, SpecialTokensMatchInTemplateOnly) {
  OpenedTokenizer T;
  EXPECT_EQ(pieces(T, "<bos>a"), "<bos>|a");
  EXPECT_EQ(pieces(T, "{<bos>}a"), "<b|<0x6F>|<0x73>|<0x3E>|a");
  // Nor where a part of it, be it one byte, is data.
  EXPECT_EQ(pieces(T, "<bos{>}"), "<b|<0x6F>|<0x73>|<0x3E>");
  EXPECT_EQ(pieces(T, "{<}bos>"), "<b|<0x6F>|<0x73>|<0x3E>");
  EXPECT_EQ(pieces(T, "<b{o}s><bos>"), "<b|<0x6F>|<0x73>|<0x3E>|<bos>");
  EXPECT_EQ(pieces(T, "{<bos>}<bos>{<bos>}"), "<b|<0x6F>|<0x73>|<0x3E>|<bos>|<b|<0x6F>|<0x73>|<0x3E>");
}

TEST(Spans, MergesAndOtherAddedTokensCross) {
  SmallTokenizer Small;
  Small.Added.push_back({"cd", false, false});
  Small.Added.push_back({"d b", false, true});
  OpenedTokenizer T(Small);
  EXPECT_EQ(pieces(T, "a{bc}"), "abc");
  EXPECT_EQ(pieces(T, "a{b}c{d}"), "ab|cd");
  EXPECT_EQ(pieces(T, "{cd}"), "cd");
  EXPECT_EQ(pieces(T, "{d} b"), "d b");
}

// A special token that does not match gives way to a shorter one that may.
TEST(Spans, ShorterTokenMatchesInstead) {
  SmallTokenizer Small;
  Small.Names.push_back("cd");
  Small.Names.push_back("cda");
  Small.Added = {{"cda", true, false}, {"cd", false, false}};
  OpenedTokenizer T(Small);
  EXPECT_EQ(pieces(T, "cda"), "cda");
  EXPECT_EQ(pieces(T, "{cda}"), "cd|a");
}

// Merges and ignore_merges could spell a control token, too.
TEST(Spans, DataCannotSpellSpecialTokens) {
  SmallTokenizer Small;
  Small.Model += R"(,"ignore_merges":true)";
  Small.Added = {{"abc", true, false}};
  OpenedTokenizer T(Small);
  EXPECT_EQ(pieces(T, "abc"), "abc");
  EXPECT_EQ(pieces(T, "{abc}"), "ab|c");
  EXPECT_EQ(pieces(T, "{a}bc"), "ab|c");
}

TEST(Spans, BytesInNoSpanAreData) {
  OpenedTokenizer T;
  Encoder E(*T.T);
  EXPECT_EQ(OpenedTokenizer::shown(*T.T, *E.encode("<bos>", std::span<const Span>())),
            "<b|<0x6F>|<0x73>|<0x3E>");
  // Two spans side by side are as good as one.
  Span Halves[] = {{0, 2, true}, {2, 5, true}};
  EXPECT_EQ(OpenedTokenizer::shown(*T.T, *E.encode("<bos>", Halves)), "<bos>");
  Span Gap[] = {{0, 2, true}, {3, 5, true}};
  EXPECT_EQ(OpenedTokenizer::shown(*T.T, *E.encode("<bos>", Gap)), "<b|<0x6F>|<0x73>|<0x3E>");
}

TEST(Spans, RefusesBadSpans) {
  OpenedTokenizer T;
  Encoder E(*T.T);
  Span Outside[] = {{0, 4, true}}, Backwards[] = {{2, 1, true}}, Overlap[] = {{0, 2, true}, {1, 3, false}},
       Empty[] = {{0, 0, true}, {0, 3, true}};
  for (std::span<const Span> Bad : {std::span<const Span>(Outside), {Backwards}, {Overlap}, {Empty}})
    EXPECT_FALSE(E.encode("abc", Bad));
  EXPECT_EQ(E.encode("abc", Outside).error().Message,
            "spans: expected ascending ones inside the text, found one of bytes 0 to 4");
}
