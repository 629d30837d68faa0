// What the text filter makes of tokens, given as text in which control tokens count. Opened for inspection
// only: no code of the artifact runs.
#include "runtime/text/generate/TextFilter.h"
#include "runtime/text/template/Unicode.h"

#include <gtest/gtest.h>

using namespace facet;

namespace {

struct Filtered {
  std::string Answer, Thought;
  bool Stopped = false;
};

class TextFilterTest : public testing::Test {
protected:
  void SetUp() override {
    facet_error Error = {};
    ASSERT_EQ(facet_model_inspect(FACET_NANO_DIR "/dense-f32.facet", nullptr, &Model, &Error), FACET_OK)
        << Error.message;
  }
  void TearDown() override { facet_model_close(Model); }

  Filtered filter(const std::string &Text, const std::vector<std::string> &Stops = {},
                  const std::string &Prompt = "") {
    TextResult<TextModel> Opened = TextModel::open(Model);
    EXPECT_TRUE(Opened) << Opened.error().Message;
    auto Ids = Opened->encodeTrusted(Text), Before = Opened->encodeTrusted(Prompt);
    Filtered Result;
    TextFilter Filter(*Opened, Stops, [&](TextPart Part, std::string_view Piece) {
      EXPECT_TRUE(!Piece.empty() && isValidUtf8(Piece)) << "a character was split in " << Text;
      (Part == TextPart::Answer ? Result.Answer : Result.Thought) += Piece;
      return true;
    });
    Filter.begin(*Before);
    for (int32_t Id : *Ids)
      if (!Filter.push(Id))
        break;
    Filter.finish();
    Result.Stopped = Filter.stopped();
    return Result;
  }

  void expect(const Filtered &Found, const std::string &Answer, const std::string &Thought, bool Stopped) {
    EXPECT_EQ(Found.Answer, Answer);
    EXPECT_EQ(Found.Thought, Thought);
    EXPECT_EQ(Found.Stopped, Stopped);
  }

  facet_model *Model = nullptr;
};

TEST_F(TextFilterTest, PlainText) {
  expect(filter("hello world"), "hello world", "", false);
  expect(filter("x 狐🦊 y"), "x 狐🦊 y", "", false);
  expect(filter("a<turn|>"), "a", "", false);
}

TEST_F(TextFilterTest, StopStrings) {
  expect(filter("hello world, hi", {"wor"}), "hello ", "", true);
  expect(filter("hello wo", {"world"}), "hello wo", "", false);
  expect(filter("aaab aab", {"aab"}), "a", "", true);
  expect(filter("abc def", {"def", "bc d"}), "a", "", true);
  expect(filter("x 狐🦊 y", {"🦊"}), "x 狐", "", true);
}

TEST_F(TextFilterTest, ThoughtsAreKeptApart) {
  expect(filter("<|channel>thought\nhm so<channel|>Fine."), "Fine.", "hm so", false);
  expect(filter("<|channel>thought\nhm"), "", "hm", false);
  expect(filter("<|channel>thought<channel|>Fine."), "Fine.", "", false);
  expect(filter("<|channel><channel|>Fine."), "Fine.", "", false);
  expect(filter("<|channel>thoughtful\nx<channel|>Fine."), "Fine.", "thoughtful\nx", false);
}

TEST_F(TextFilterTest, StopStringsMeanNothingInThoughts) {
  expect(filter("<|channel>thought\nhm so<channel|>Fine so.", {"so"}), "Fine ", "hm so", true);
  expect(filter("abc<|channel>thought\nab<channel|>cd", {"abcd"}), "abccd", "ab", false);
}

TEST_F(TextFilterTest, ThoughtThatThePromptOpened) {
  expect(filter("hm<channel|>Fine.", {}, "a<|channel>thought\n"), "Fine.", "hm", false);
  expect(filter("ght\nhm<channel|>Fine.", {}, "a<|channel>thou"), "Fine.", "hm", false);
  expect(filter("more<channel|>Fine.", {}, "a<|channel>thought\nab "), "Fine.", "more", false);
  expect(filter("Fine.", {}, "<|channel>thought\n<channel|>"), "Fine.", "", false);
}

} // namespace
