// Conversations through a text session: answers, ends, and errors as values.
#include "runtime/text/generate/TextSession.h"

#include <gtest/gtest.h>

using namespace facet;

namespace {

class TextSessionTest : public testing::Test {
protected:
  void SetUp() override {
    facet_error Error = {};
    ASSERT_EQ(facet_model_open(FACET_NANO_DIR "/dense-f32.facet", nullptr, &Model, &Error), FACET_OK)
        << Error.message;
    TextResult<TextModel> Opened = TextModel::open(Model);
    ASSERT_TRUE(Opened) << Opened.error().Message;
    facet_session_options Options = {};
    Options.context = 64;
    TextResult<TextSession> Created = TextSession::create(*Opened, Options);
    ASSERT_TRUE(Created) << Created.error().Message;
    Session.emplace(std::move(*Created));
    Greedy.Sampling.greedy = 1;
  }
  void TearDown() override {
    Session.reset();
    facet_model_close(Model);
  }

  facet_model *Model = nullptr;
  std::optional<TextSession> Session;
  TextOptions Greedy;
  TemplateValue Question = makeQuestion("Which country has Lisbon as its capital?", "", false);
};

TEST_F(TextSessionTest, EachGenerationStartsAnew) {
  for (int Round = 0; Round < 2; ++Round) {
    std::string Streamed;
    Greedy.Sink = [&](TextPart, std::string_view Piece) {
      Streamed += Piece;
      return true;
    };
    TextResult<GeneratedText> Result = Session->generate(Question, Greedy);
    ASSERT_TRUE(Result) << Result.error().Message;
    EXPECT_EQ(Result->Text, "Lisbon is the capital of Portugal.");
    EXPECT_EQ(Streamed, Result->Text);
    EXPECT_EQ(Result->Finish, TextFinish::Stop);
    EXPECT_EQ(Result->PromptTokens, 19);
    EXPECT_EQ(Result->Ids.size(), 8u);
  }
}

TEST_F(TextSessionTest, Ends) {
  Greedy.MaxTokens = 3;
  TextResult<GeneratedText> Result = Session->generate(Question, Greedy);
  ASSERT_TRUE(Result);
  EXPECT_EQ(Result->Finish, TextFinish::Length);
  EXPECT_EQ(Result->Ids.size(), 3u);
  Greedy.MaxTokens = 0;
  Greedy.Stops = {"cap"};
  Result = Session->generate(Question, Greedy);
  ASSERT_TRUE(Result);
  EXPECT_EQ(Result->Finish, TextFinish::StopString);
  EXPECT_EQ(Result->Text, "Lisbon is the ");
  Greedy.Stops.clear();
  Greedy.Sink = [](TextPart, std::string_view) { return false; };
  Result = Session->generate(Question, Greedy);
  ASSERT_TRUE(Result);
  EXPECT_EQ(Result->Finish, TextFinish::Callback);
  Greedy.Sink = nullptr;
  Result = Session->generate(makeQuestion("Tell me a story about a dog.", "", false), Greedy);
  ASSERT_TRUE(Result);
  EXPECT_EQ(Result->Finish, TextFinish::Context);
  EXPECT_EQ(Result->Ids.size(), 64u - 19 + 1);
}

TEST_F(TextSessionTest, Errors) {
  std::vector<int32_t> Long(65, 2);
  TextResult<GeneratedText> Result = Session->generateIds(Long, Greedy);
  ASSERT_FALSE(Result);
  EXPECT_EQ(Result.error().Code, FACET_OUT_OF_CONTEXT);
  EXPECT_EQ(
      Result.error().Message.find("prompt: expected at most 64 tokens, the session's context, found 65"), 0u);
  EXPECT_FALSE(Session->generateIds({}, Greedy));
  Greedy.Stops = {""};
  EXPECT_FALSE(Session->generate(Question, Greedy));
  Greedy.Stops = {"\xff"};
  EXPECT_FALSE(Session->generate(Question, Greedy));
}

} // namespace
