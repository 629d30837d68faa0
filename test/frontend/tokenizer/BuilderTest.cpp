// Reading tokenizer.json strictly: what is refused, and with which words.
#include "test/runtime/text/tokenizer/SmallTokenizer.h"

using namespace facet;

static std::string refusal(const std::string &Json, const TokenizerBuildOptions &Options = {}) {
  auto Built = buildTokenizerTables(Json, "t.json", Options);
  return Built ? "built" : Built.error().describe();
}

/// The small tokenizer's file with one piece of it replaced.
static std::string with(const std::string &Old, const std::string &New) {
  std::string Json = SmallTokenizer().json();
  size_t At = Json.find(Old);
  EXPECT_NE(At, Json.npos) << Old;
  return At == Json.npos ? Json : Json.replace(At, Old.size(), New);
}

TEST(Builder, BuildsTheSameBytesAgain) {
  auto Once = buildTokenizerTables(SmallTokenizer().json(), "a"),
       Again = buildTokenizerTables(SmallTokenizer().json(), "b");
  ASSERT_TRUE(Once && Again);
  EXPECT_EQ(*Once, *Again);
}

// The order of keys, and how merges are written, make no difference.
TEST(Builder, SpellingDoesNotMatter) {
  auto Tables = [](const std::string &Json) { return *buildTokenizerTables(Json, "t.json"); };
  SmallTokenizer Lines;
  Lines.Merges = R"("#version: 0.2","a b","ab c","▁ a","▁ ▁","a a","< b")";
  EXPECT_EQ(Tables(Lines.json()), Tables(SmallTokenizer().json()));
  EXPECT_EQ(Tables(with(R"("version":"1.0","truncation":null)", R"("truncation":null,"version":"1.0")")),
            Tables(SmallTokenizer().json()));
  EXPECT_EQ(Tables(with(R"("pre_tokenizer":null)",
                        R"("pre_tokenizer":{"behavior":"MergedWithPrevious","type":"Split",)"
                        R"("invert":false,"pattern":{"String":" "}})")),
            Tables(SmallTokenizer().json()));
  EXPECT_EQ(refusal(with(R"("post_processor":null)",
                         R"("post_processor":{"type":"TemplateProcessing","single":[]})")),
            "built");
}

TEST(Builder, NamesTheKey) {
  EXPECT_EQ(refusal(with("\"truncation\"", "\"lstrip\":1,\"truncation\"")),
            "t.json: lstrip: expected no such key, found 1; if it does not change the ids, pass "
            "--allow-config lstrip");
  EXPECT_EQ(refusal(with("\"truncation\"", "\"lstrip\":1,\"truncation\""), {.AllowedKeys = {"lstrip"}}),
            "built");
  EXPECT_EQ(refusal(with("\"type\":\"BPE\"", "\"type\":\"BPE\",\"dropout\":0.1")),
            "t.json: model.dropout: expected null|0.0, found 0.1; this compiler builds tokenizers of Gemma's "
            "form only");
  EXPECT_EQ(refusal(with("\"type\":\"BPE\"", "\"type\":\"Unigram\"")),
            "t.json: model.type: expected \"BPE\", found \"Unigram\"; this compiler builds tokenizers of "
            "Gemma's form only");
  EXPECT_NE(refusal(with("\"content\":\"▁\"", "\"content\":\"_\"")).find("normalizer: expected"),
            std::string::npos);
  EXPECT_NE(refusal(with("{\"type\":\"Fuse\"}", "{\"type\":\"Strip\"}")).find("decoder: expected"),
            std::string::npos);
  EXPECT_NE(
      refusal(with("\"lstrip\":false", "\"lstrip\":true")).find("added_tokens.0.lstrip: expected false"),
      std::string::npos);
  EXPECT_NE(refusal(with("\"post_processor\":null", "\"post_processor\":{\"type\":\"ByteLevel\"}"))
                .find("post_processor:"),
            std::string::npos);
  EXPECT_EQ(refusal(with("\"byte_fallback\":true", "\"byte_fallback\":1")),
            "t.json: model.byte_fallback: expected true or false, found 1");
  EXPECT_EQ(refusal(with("\"version\"", "\"model.vocab\":0,\"version\"")),
            "t.json: model.vocab: expected no such key, found 0; if it does not change the ids, pass "
            "--allow-config model.vocab");
}

TEST(Builder, RefusesDuplicateKeys) {
  EXPECT_EQ(refusal(with("\"type\":\"BPE\"", "\"type\":\"BPE\",\"type\":\"BPE\"")),
            "t.json: model.type: expected each key once, found it twice");
  EXPECT_EQ(refusal(with("\"type\":\"BPE\"", "\"type\":\"BPE\",\"merges\":[]")),
            "t.json: model.merges: expected each key once, found it twice");
  EXPECT_EQ(refusal(with("\"a\":259", "\"a\":259,\"a\":900")),
            "t.json: model.vocab: expected each token once, found \"a\" twice");
}

TEST(Builder, RefusesBadIds) {
  EXPECT_EQ(refusal(with("\"a\":259", "\"a\":260")),
            "t.json: model.vocab.b: expected each id once, found id 260 for \"a\" and \"b\"");
  EXPECT_EQ(refusal(with("\"a\":259", "\"a\":4294967295")),
            "t.json: model.vocab.a: expected an id below 4194304, found 4294967295");
  EXPECT_EQ(refusal(with("\"a\":259", "\"a\":18446744073709551615")),
            "t.json: model.vocab.a: expected an id below 4194304, found 18446744073709551615");
  for (const char *Bad : {"-1", "1.5", "99999999999999999999", "\"1\"", "null", "[1]", "{}"})
    EXPECT_NE(refusal(with("\"a\":259", std::string("\"a\":") + Bad)).find("model.vocab.a: expected an id"),
              std::string::npos)
        << Bad;
  EXPECT_EQ(refusal(with("{\"id\":257,", "{\"id\":1,")),
            "t.json: added_tokens.0.id: expected 257 for \"<bos>\", found 1");
  EXPECT_NE(refusal(with("\"a\":259", "\"\":259")).find("expected 1 to 4096 bytes, found 0"),
            std::string::npos);
}

TEST(Builder, RefusesBadMerges) {
  EXPECT_EQ(refusal(with(R"(["ab","c"])", R"(["ab","d"])")),
            "t.json: model.merges.1: expected tokens of the vocabulary, found \"abd\"");
  EXPECT_EQ(refusal(with(R"(["ab","c"])", R"(["zz","c"])")),
            "t.json: model.merges.1: expected tokens of the vocabulary, found \"zz\"");
  EXPECT_EQ(refusal(with(R"(["ab","c"])", R"(["ab"])")),
            "t.json: model.merges.1: expected two strings, found 1");
  EXPECT_EQ(refusal(with(R"(["ab","c"])", R"(["a","b","c"])")),
            "t.json: model.merges.1: expected two strings, found more");
  EXPECT_NE(refusal(with(R"(["ab","c"])", R"("ab c")")).find("all pairs or all strings"), std::string::npos);
  EXPECT_NE(refusal(with(R"(["ab","c"])", "3")).find("a pair of strings"), std::string::npos);
  EXPECT_NE(refusal(with(R"(["ab","c"])", R"([["ab"],"c"])")).find("a pair of strings"), std::string::npos);
  SmallTokenizer Lines;
  Lines.Merges = R"("a b c")";
  EXPECT_EQ(refusal(Lines.json()),
            "t.json: model.merges.0: expected two tokens with one space between them, found \"a b c\"");
}

TEST(Builder, RefusesWhatIsNoFile) {
  for (const char *Bad : {"", "null", "[]", "{", "{}", "{\"a\":", "\xff", "{} x", "1", "{\"model\":[]}"})
    EXPECT_NE(refusal(Bad), "built") << Bad;
  EXPECT_NE(refusal(std::string(100000, '[')), "built");
  EXPECT_NE(refusal("{\"a\":" + std::string(100000, '[')).find("at most 12 levels"), std::string::npos);
}

TEST(Builder, ExtraSpecialTokens) {
  SmallTokenizer Small;
  Small.Added = {{"<bos>", true, false}};
  auto Tables = buildTokenizerTables(Small.json(), "t.json", {.ExtraSpecialTokens = {"<|turn>"}});
  ASSERT_TRUE(Tables);
  auto T = Tokenizer::open(Tables->data(), Tables->size());
  EXPECT_EQ(OpenedTokenizer::shown(*T, *Encoder(*T).encode("a<|turn>a")), "a|<|turn>|a");
  EXPECT_TRUE(T->isSpecial(T->find("<|turn>")));
  EXPECT_EQ(refusal(Small.json(), {.ExtraSpecialTokens = {"<|video|>"}}),
            "t.json: model.vocab: expected the extra special token \"<|video|>\", found no such token");
  EXPECT_EQ(
      *readExtraSpecialTokens(
          R"({"extra_special_tokens":{"video":"<|video|>"},"additional_special_tokens":[{"content":"x"}]})",
          "c"),
      (std::vector<std::string>{"<|video|>", "x"}));
  EXPECT_FALSE(readExtraSpecialTokens(R"({"extra_special_tokens":[1]})", "c"));
}

// A control token of one character would be spelt by any text.
TEST(Builder, RefusesSpecialTokensThatDataSpells) {
  SmallTokenizer Small;
  Small.Added = {{"a", true, false}};
  EXPECT_EQ(refusal(Small.json()),
            "t.json: added_tokens.0.content: expected a special token of more than one character, found a");
  Small.Added = {{"<0x41>", true, false}};
  EXPECT_NE(refusal(Small.json()), "built");
  Small.Added = {{"▁a", true, false}};
  EXPECT_NE(refusal(Small.json()), "built");
}
