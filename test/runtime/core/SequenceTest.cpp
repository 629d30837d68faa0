// Sequences through the C API: truncate, fork, save and restore give what a fresh sequence gives.
#include "Opened.h"

#include <vector>

using namespace facet::test;

static facet_session_options options(int pages = 16) {
  facet_session_options o = {};
  o.context = 1024, o.sequences = 4, o.page_positions = pages, o.shuffle_seed = 3, o.rollback = 32;
  return o;
}

static std::vector<float> stepOne(const Session &session, facet_sequence *sequence, int token) {
  facet_row row = rowOf(sequence, token, FACET_WANTS_LOGITS);
  facet_error error{};
  EXPECT_EQ(facet_session_step(session.get(), &row, 1, nullptr, &error), FACET_OK) << error.message;
  const float *logits = facet_session_logits(session.get(), 0);
  return {logits, logits + toyVocab};
}

/// Feeds toyToken(position, salt) up to `length`; the last one's logits.
static std::vector<float> feedTo(const Session &session, facet_sequence *sequence, int length, int salt = 0) {
  std::vector<int32_t> tokens;
  for (int i = facet_sequence_length(sequence); i < length; ++i)
    tokens.push_back(toyToken(i, salt));
  facet_error error{};
  EXPECT_EQ(facet_session_prefill(session.get(), sequence, tokens.data(), static_cast<int>(tokens.size()),
                                  FACET_WANTS_LOGITS, nullptr, &error),
            FACET_OK)
      << error.message;
  const float *logits = facet_session_logits(session.get(), 0);
  return {logits, logits + toyVocab};
}

TEST(Sequence, TruncatesWithinTheRollback) {
  Model model = openToy();
  Session session = makeSession(model, options());
  facet_sequence *sequence = makeSequence(session), *fresh = makeSequence(session);
  feedTo(session, sequence, 700);
  facet_error error{};
  EXPECT_EQ(facet_sequence_truncate(sequence, 701, &error), FACET_BAD_ARGUMENT);
  EXPECT_EQ(facet_sequence_truncate(sequence, 300, &error), FACET_BAD_ARGUMENT);
  // 700 - 32 - 79 = 589, whose tile begins at 576; a query at 655 sees from there.
  EXPECT_STREQ(
      error.message,
      "cannot truncate from 700 to 300: sliding layers have given back what is needed below 655; go back no "
      "further, or to 0, or create the session with more rollback than 32");
  ASSERT_EQ(facet_sequence_truncate(sequence, 655, &error), FACET_OK) << error.message;
  feedTo(session, fresh, 655);
  EXPECT_EQ(feedTo(session, sequence, 720, 5), feedTo(session, fresh, 720, 5));
  ASSERT_EQ(facet_sequence_truncate(sequence, 0, &error), FACET_OK);
  EXPECT_EQ(feedTo(session, sequence, 50),
            (facet_sequence_truncate(fresh, 0, nullptr), feedTo(session, fresh, 50)));
}

TEST(Sequence, ForksGoTheirOwnWays) {
  Model model = openToy();
  Session session = makeSession(model, options());
  facet_sequence *trunk = makeSequence(session), *branch = nullptr, *again = makeSequence(session);
  feedTo(session, trunk, 700);
  ASSERT_EQ(facet_sequence_fork(trunk, &branch, nullptr), FACET_OK);
  auto trunkRow = stepOne(session, trunk, 5), branchRow = stepOne(session, branch, 6);
  feedTo(session, again, 700);
  EXPECT_EQ(stepOne(session, again, 5), trunkRow);
  ASSERT_EQ(facet_sequence_truncate(again, 700, nullptr), FACET_OK);
  EXPECT_EQ(stepOne(session, again, 6), branchRow);
  // Both at once, and long after the shared pages are behind the window.
  facet_sequence_destroy(trunk);
  EXPECT_EQ(feedTo(session, branch, 900, 3), feedTo(session, again, 900, 3));
}

TEST(Sequence, HoldsAsManyAsItWasCreatedFor) {
  Model model = openToy();
  Session session = makeSession(model, options());
  facet_sequence *sequences[4], *fifth = nullptr;
  for (facet_sequence *&sequence : sequences)
    sequence = makeSequence(session);
  facet_error error{};
  EXPECT_EQ(facet_sequence_create(session.get(), &fifth, &error), FACET_BAD_ARGUMENT);
  EXPECT_STREQ(error.message, "the session holds 4 sequences already: destroy one, or create it with more");
  facet_sequence_destroy(sequences[2]);
  EXPECT_EQ(facet_sequence_create(session.get(), &fifth, &error), FACET_OK);
}

static std::string save(facet_sequence *sequence) {
  std::string bytes(facet_sequence_save_bytes(sequence), '\0');
  size_t written = 0;
  EXPECT_EQ(facet_sequence_save(sequence, bytes.data(), bytes.size(), &written, nullptr), FACET_OK);
  EXPECT_EQ(written, bytes.size());
  return bytes;
}

TEST(Sequence, RestoresWithOtherPagesAndRollback) {
  Model model = openToy();
  for (int length : {0, 1, 64, 77, 500}) {
    Session from = makeSession(model, options(128));
    facet_sequence *original = makeSequence(from);
    if (length)
      feedTo(from, original, length);
    std::string saved = save(original);
    auto expected = feedTo(from, original, length + 200, 4);
    for (int pages : {16, 64, 256}) {
      facet_session_options smaller = options(pages);
      smaller.rollback = 1;
      Session to = makeSession(model, smaller);
      facet_sequence *restored = nullptr;
      facet_error error{};
      ASSERT_EQ(facet_sequence_restore(to.get(), saved.data(), saved.size(), &restored, &error), FACET_OK)
          << error.message;
      EXPECT_EQ(facet_sequence_length(restored), length);
      std::string second = save(restored);
      EXPECT_EQ(feedTo(to, restored, length + 200, 4), expected)
          << length << " positions, pages of " << pages;
      ASSERT_EQ(facet_sequence_restore(to.get(), second.data(), second.size(), &restored, &error), FACET_OK)
          << error.message;
      EXPECT_EQ(feedTo(to, restored, length + 200, 4), expected) << "saved twice";
    }
  }
}

TEST(Sequence, RefusesDamagedStates) {
  Model model = openToy(), other = openToy({{1, 4, 16}, 0, false, 2});
  Session session = makeSession(model, options()), foreign = makeSession(other, options());
  facet_sequence *sequence = makeSequence(session), *restored = nullptr;
  feedTo(session, sequence, 100);
  const std::string saved = save(sequence);
  facet_error error{};
  for (size_t at = 0; at < saved.size(); at += 61) {
    std::string damaged = saved;
    damaged[at] = static_cast<char>(damaged[at] ^ 8);
    ASSERT_EQ(facet_sequence_restore(session.get(), damaged.data(), damaged.size(), &restored, &error),
              FACET_BAD_STATE);
    ASSERT_EQ(facet_sequence_restore(session.get(), saved.data(), at, &restored, &error), FACET_BAD_STATE);
  }
  EXPECT_EQ(facet_sequence_restore(foreign.get(), saved.data(), saved.size(), &restored, &error),
            FACET_BAD_STATE);
  EXPECT_NE(std::string(error.message).find("of another artifact"), std::string::npos);
  facet_session_options tiny = options();
  tiny.context = 64;
  Session small = makeSession(model, tiny);
  EXPECT_EQ(facet_sequence_restore(small.get(), saved.data(), saved.size(), &restored, &error),
            FACET_OUT_OF_CONTEXT);
  EXPECT_STREQ(error.message, "the saved sequence has 100 positions, the session's context is 64");
}
