// Steps that do not happen: refused, out of pages or cancelled; the session stays as it was.
#include "Opened.h"

#include <thread>
#include <vector>

using namespace facet::test;

TEST(SessionRefusal, RefusesBadRowsAndStaysAsItWas) {
  Model model = openToy();
  facet_session_options options = smallPages();
  options.context = 32, options.max_outputs = 2;
  Session session = makeSession(model, options), other = makeSession(model, options);
  facet_sequence *sequence = makeSequence(session);
  facet_row good[3] = {rowOf(sequence, 1, 1), rowOf(sequence, 2, 1, 1), rowOf(sequence, 3, 1, 2)};
  struct {
    const char *says;
    facet_row row;
  } tests[] = {
      {"row 1: position 5, expected 1, the next one of its sequence", rowOf(sequence, 1, 0, 5)},
      {"row 1: token 48, expected 0 to 47", rowOf(sequence, toyVocab, 0, 1)},
      {"row 1: token -1, expected 0 to 47", rowOf(sequence, -1, 0, 1)},
      {"row 1: wants 4, expected FACET_WANTS bits", rowOf(sequence, 1, 4, 1)},
      {"row 1: its sequence is not one of this session", rowOf(makeSequence(other), 1)},
      {"row 1: last_visible 0, expected FACET_CAUSAL or at least its position, 1", {sequence, 1, 1, 0, 0}}};
  facet_error error{};
  for (const auto &test : tests) {
    facet_row rows[2] = {good[0], test.row};
    EXPECT_EQ(facet_session_step(session.get(), rows, 2, nullptr, &error), FACET_BAD_ARGUMENT);
    EXPECT_STREQ(error.message, test.says);
  }
  EXPECT_EQ(facet_session_step(session.get(), good, 3, nullptr, &error), FACET_BAD_ARGUMENT);
  EXPECT_STREQ(error.message,
               "3 rows want logits or hidden states, expected 2 at most, the session's max_outputs");
  EXPECT_EQ(facet_session_step(session.get(), good, 17, nullptr, &error), FACET_BAD_ARGUMENT);
  EXPECT_STREQ(error.message, "17 rows: expected 1 to 16, the session's max_rows");
  std::vector<int32_t> prompt(33, 4);
  EXPECT_EQ(facet_session_prefill(session.get(), sequence, prompt.data(), 33, 1, nullptr, &error),
            FACET_OUT_OF_CONTEXT);
  EXPECT_STREQ(
      error.message,
      "a prompt of 33 tokens after 0 positions does not fit the context of 32: shorten it, or create the "
      "session with a larger context (the model's limit is 4096)");
  EXPECT_EQ(facet_sequence_length(sequence), 0);
  ASSERT_EQ(facet_session_prefill(session.get(), sequence, prompt.data(), 32, 1, nullptr, &error), FACET_OK);
  facet_row more = rowOf(sequence, 1);
  EXPECT_EQ(facet_session_step(session.get(), &more, 1, nullptr, &error), FACET_OUT_OF_CONTEXT);
}

TEST(SessionRefusal, RefusesContradictoryOptions) {
  Model model = openToy();
  auto says = [&](facet_session_options options) {
    facet_session *session = nullptr;
    facet_error error{};
    EXPECT_EQ(facet_session_create(model.get(), &options, &session, &error), FACET_BAD_ARGUMENT);
    return std::string(error.message);
  };
  facet_session_options o = {};
  o.context = 5000;
  EXPECT_EQ(says(o), "context of 5000 positions: expected 1 to 4096, the model's limit");
  o = {};
  o.page_positions = 24;
  EXPECT_EQ(says(o), "pages of 24 positions: expected a power of two from 16 to 65536");
  o = {};
  o.sequences = 2, o.context = 100, o.pool_positions = 201;
  EXPECT_EQ(says(o), "pool_positions is 201, expected 1 to context x sequences, which is 200");
}

TEST(SessionRefusal, RunsOutOfSharedPages) {
  Model model = openToy();
  facet_session_options options = smallPages();
  options.sequences = 4, options.context = 64, options.pool_positions = 64, options.max_rows = 64;
  Session session = makeSession(model, options);
  facet_error error{};
  std::vector<int32_t> prompt(64, 4);
  facet_sequence *sequences[4];
  for (int i = 0; i < 4; ++i)
    sequences[i] = makeSequence(session);
  ASSERT_EQ(facet_session_prefill(session.get(), sequences[0], prompt.data(), 64, 0, nullptr, &error),
            FACET_OK);
  ASSERT_EQ(facet_session_prefill(session.get(), sequences[1], prompt.data(), 48, 0, nullptr, &error),
            FACET_OK);
  EXPECT_EQ(facet_session_prefill(session.get(), sequences[2], prompt.data(), 32, 0, nullptr, &error),
            FACET_OUT_OF_PAGES);
  EXPECT_STREQ(error.message,
               "the step needs 2 KV pages of kind 'full', 1 of 8 are free: truncate or destroy "
               "sequences, or create the session with more pool_positions");
  EXPECT_EQ(facet_sequence_length(sequences[2]), 0);
  facet_sequence_destroy(sequences[0]);
  EXPECT_EQ(facet_session_prefill(session.get(), sequences[2], prompt.data(), 32, 0, nullptr, &error),
            FACET_OK);
}

TEST(SessionRefusal, CancelsAStepAndStaysAsItWas) {
  ToyOptions slow;
  slow.slow = true;
  Model model = openToy(slow);
  Executor executor = makeExecutor(2);
  facet_session_options options = smallPages(executor.get());
  options.max_rows = 640;
  Session session = makeSession(model, options), reference = makeSession(model, options);
  facet_sequence *sequence = makeSequence(session);
  facet_error error{};
  std::vector<int32_t> before(20, 4), long_(640, toyVocab - 1);
  ASSERT_EQ(facet_session_prefill(session.get(), sequence, before.data(), 20, 0, nullptr, &error), FACET_OK);
  // Some 10 s of work, if nobody stopped it.
  std::thread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    facet_session_cancel(session.get());
  });
  EXPECT_EQ(facet_session_prefill(session.get(), sequence, long_.data(), 640, 1, nullptr, &error),
            FACET_CANCELLED);
  stopper.join();
  EXPECT_EQ(facet_sequence_length(sequence), 20);
  facet_sequence *same = makeSequence(reference);
  ASSERT_EQ(facet_session_prefill(reference.get(), same, before.data(), 20, 0, nullptr, &error), FACET_OK);
  EXPECT_EQ(feed(session, sequence, 100, {16}), feed(reference, same, 100, {1}));
  // Between steps: the next one.
  facet_session_cancel(session.get());
  facet_row row = rowOf(sequence, 1);
  EXPECT_EQ(facet_session_step(session.get(), &row, 1, nullptr, &error), FACET_CANCELLED);
  EXPECT_EQ(facet_session_step(session.get(), &row, 1, nullptr, &error), FACET_OK);
}
