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
    TextResult<TextModel> Text = TextModel::open(Model);
    ASSERT_TRUE(Text) << Text.error().Message;
    Opened = *Text;
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
  std::optional<TextModel> Opened;
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

/// The results of a conversation that grows: what is held is not read again, and nothing changes.
TEST_F(TextSessionTest, ReusesWhatItHolds) {
  std::vector<int32_t> First, Second;
  Greedy.MaxTokens = 4;
  TextResult<GeneratedText> Result = Session->generate(Question, Greedy);
  ASSERT_TRUE(Result);
  First = Session->held();
  ASSERT_EQ(First.size(), 19u + 3); // the last token was not stepped
  Second = First;
  Second.insert(Second.end(), {5, 6, 7});
  TextResult<GeneratedText> Fresh = Session->generateIds(Second, Greedy);
  ASSERT_TRUE(Session->generateIds(First, Greedy));
  facet_counters Before, After;
  facet_session_counters(Session->session(), &Before);
  Greedy.Reuse = true;
  TextResult<GeneratedText> Reused = Session->generateIds(Second, Greedy);
  facet_session_counters(Session->session(), &After);
  ASSERT_TRUE(Fresh && Reused);
  EXPECT_EQ(Fresh->Ids, Reused->Ids);
  EXPECT_EQ(After.rows - Before.rows, 3u + 3); // new ids, and tokens but the last
}

TEST_F(TextSessionTest, SavesAndRestores) {
  Greedy.MaxTokens = 4;
  ASSERT_TRUE(Session->generate(Question, Greedy));
  const std::vector<int32_t> Ids = Session->held();
  TextResult<std::string> State = Session->save();
  ASSERT_TRUE(State);
  Session->clear();
  ASSERT_TRUE(Session->restore(Ids, *State));
  EXPECT_EQ(Session->held(), Ids);
  EXPECT_EQ(*Session->save(), *State);
  EXPECT_FALSE(Session->restore({1, 2}, *State)); // of another length
  EXPECT_TRUE(Session->held().empty());
  EXPECT_FALSE(Session->restore(Ids, State->substr(0, State->size() / 2)));
  EXPECT_TRUE(Session->generate(Question, Greedy)); // still usable
}

TEST_F(TextSessionTest, DrawsGoOnWhereTheyEnded) {
  TextOptions Sampled;
  facet_sampler_defaults(Model, &Sampled.Sampling);
  Sampled.Sampling.greedy = 0;
  Sampled.MaxTokens = 6;
  TextResult<GeneratedText> First = Session->generate(Question, Sampled);
  ASSERT_TRUE(First);
  EXPECT_EQ(First->NextDraw, First->Ids.size());
  Sampled.FirstDraw = First->NextDraw;
  TextResult<GeneratedText> Second = Session->generate(Question, Sampled);
  ASSERT_TRUE(Second);
  EXPECT_EQ(Second->NextDraw, First->Ids.size() + Second->Ids.size());
}

TEST_F(TextSessionTest, PromptCanBeStopped) {
  facet_session_options Small = {};
  Small.context = 64;
  Small.max_rows = 8;
  TextResult<TextSession> Narrow = TextSession::create(*Opened, Small);
  ASSERT_TRUE(Narrow);
  std::vector<size_t> Seen;
  Greedy.OnPrompt = [&](size_t Read, size_t All) {
    EXPECT_EQ(All, 19u);
    Seen.push_back(Read);
    return true;
  };
  TextResult<GeneratedText> Result = Narrow->generate(Question, Greedy);
  ASSERT_TRUE(Result);
  EXPECT_EQ(Result->Text, "Lisbon is the capital of Portugal.");
  EXPECT_EQ(Seen, (std::vector<size_t>{8, 16}));
  Greedy.OnPrompt = [](size_t, size_t) { return false; };
  Result = Narrow->generate(Question, Greedy);
  ASSERT_TRUE(Result);
  EXPECT_EQ(Result->Finish, TextFinish::Callback);
  EXPECT_EQ(Narrow->held().size(), 8u);
}

} // namespace
