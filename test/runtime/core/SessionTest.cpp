// Steps of the toy model are equal to the bit however rows are cut, ordered, paged and threaded.
#include "Opened.h"

#include <cstring>
#include <thread>
#include <vector>

using namespace facet::test;

TEST(Session, RowsDoNotDependOnChunksThreadsOrPages) {
  Model model = openToy();
  Session reference = makeSession(model, {});
  const Rows expected = feed(reference, makeSequence(reference), 300, {1});
  for (int threads : {1, 2, 3}) {
    Executor executor = makeExecutor(threads);
    for (std::vector<int> chunks : {std::vector<int>{1}, {16}, {3, 16, 1, 7}})
      for (int page : {16, 128}) {
        facet_session_options options = smallPages(executor.get());
        options.page_positions = page;
        options.shuffle_seed = static_cast<uint64_t>(threads * 10 + page);
        Session session = makeSession(model, options);
        ASSERT_EQ(feed(session, makeSequence(session), 300, chunks), expected)
            << threads << " threads, chunks of " << chunks[0] << ", pages of " << page;
      }
  }
}

TEST(Session, SplitsLargeSteps) {
  Model model = openToy();
  Session reference = makeSession(model, {});
  const Rows expected = feed(reference, makeSequence(reference), 200, {1});
  facet_session_options options = smallPages();
  options.max_rows = 200, options.max_outputs = 200;
  Session session = makeSession(model, options);
  EXPECT_EQ(feed(session, makeSequence(session), 200, {200}), expected);
  facet_counters counters;
  facet_session_counters(session.get(), &counters);
  EXPECT_EQ(counters.steps, 1u);
  EXPECT_EQ(counters.passes, 13u);
}

TEST(Session, RowsDoNotDependOnCompany) {
  Model model = openToy();
  Session reference = makeSession(model, {});
  const Rows a = feed(reference, makeSequence(reference), 150, {1}, 1);
  Session other = makeSession(model, {});
  const Rows b = feed(other, makeSequence(other), 150, {1}, 2);
  facet_session_options options = smallPages();
  options.sequences = 2, options.shuffle_seed = 9;
  Session session = makeSession(model, options);
  facet_sequence *first = makeSequence(session), *second = makeSequence(session);
  for (int position = 0; position < 150; position += 3) {
    std::vector<facet_row> rows; // interleaved, the second sequence first
    for (int i = 0; i < 3; ++i) {
      rows.push_back(rowOf(second, toyToken(position + i, 2), FACET_WANTS_LOGITS, i));
      rows.push_back(
          rowOf(first, toyToken(position + i, 1), FACET_WANTS_LOGITS | (i == 1 ? FACET_WANTS_HIDDEN : 0), i));
    }
    std::vector<float> logits(6 * toyVocab), hidden(toyHidden);
    facet_outputs outputs = {logits.data(), hidden.data()};
    ASSERT_EQ(facet_session_step(session.get(), rows.data(), 6, &outputs, nullptr), FACET_OK);
    for (int i = 0; i < 3; ++i)
      for (const auto &[at, expected] : {std::pair(2 * i, &b), std::pair(2 * i + 1, &a)}) {
        const auto &row = (*expected)[static_cast<size_t>(position + i)];
        ASSERT_EQ(
            std::memcmp(&logits[static_cast<size_t>(at) * toyVocab], row.data(), sizeof(float) * toyVocab),
            0);
        ASSERT_EQ(std::memcmp(facet_session_logits(session.get(), at), row.data(), sizeof(float) * toyVocab),
                  0);
      }
    EXPECT_EQ(std::memcmp(facet_session_hidden(session.get(), 0), hidden.data(), sizeof(float) * toyHidden),
              0);
  }
}

TEST(Session, WritesOutputsDirectlyOrByCopy) {
  Model model = openToy();
  Session session = makeSession(model, smallPages());
  facet_sequence *sequence = makeSequence(session);
  alignas(64) float buffer[3 * toyVocab + 1];
  std::vector<float> first;
  for (int shift : {0, 1}) {
    facet_row rows[3] = {rowOf(sequence, 5, FACET_WANTS_LOGITS), rowOf(sequence, 6, FACET_WANTS_LOGITS, 1),
                         rowOf(sequence, 7, FACET_WANTS_LOGITS, 2)};
    facet_outputs outputs = {buffer + shift, nullptr};
    ASSERT_EQ(facet_session_step(session.get(), rows, 3, &outputs, nullptr), FACET_OK);
    EXPECT_EQ(facet_session_logits(session.get(), 0) == buffer, shift == 0);
    if (shift == 0)
      first.assign(buffer, buffer + 3 * toyVocab);
    else
      EXPECT_EQ(first, std::vector<float>(buffer + 1, buffer + 1 + 3 * toyVocab));
    EXPECT_EQ(facet_session_logits(session.get(), 3), nullptr);
    ASSERT_EQ(facet_sequence_truncate(sequence, 0, nullptr), FACET_OK);
  }
}

TEST(Session, KeepsBlocksThatSeeAheadTogether) {
  Model model = openToy();
  facet_session_options options = smallPages();
  options.max_rows = 32, options.max_outputs = 32;
  auto run = [&](std::vector<int> steps) {
    Session session = makeSession(model, options);
    facet_sequence *sequence = makeSequence(session);
    Rows result;
    for (int count : steps) {
      std::vector<facet_row> rows;
      for (int i = 0; i < count; ++i) {
        rows.push_back(rowOf(sequence, toyToken(facet_sequence_length(sequence) + i), FACET_WANTS_LOGITS, i));
        if (int position = rows.back().position; position >= 10 && position < 20)
          rows.back().last_visible = 19;
      }
      facet_error error{};
      EXPECT_EQ(facet_session_step(session.get(), rows.data(), count, nullptr, &error), FACET_OK)
          << error.message;
      for (int i = 0; i < count; ++i)
        result.emplace_back(facet_session_logits(session.get(), i),
                            facet_session_logits(session.get(), i) + toyVocab);
    }
    return result;
  };
  EXPECT_EQ(run({30}), run({10, 10, 10}));
  Session session = makeSession(model, options);
  facet_sequence *sequence = makeSequence(session);
  std::vector<facet_row> rows;
  for (int i = 0; i < 20; ++i)
    rows.push_back(rowOf(sequence, 1, 0, i));
  facet_error error{};
  rows[2].last_visible = 19;
  EXPECT_EQ(facet_session_step(session.get(), rows.data(), 20, nullptr, &error), FACET_BAD_ARGUMENT);
  EXPECT_STREQ(error.message,
               "row 2: the rows from it to its last_visible are more than 16, the largest pass");
  rows[2].last_visible = 20;
  EXPECT_EQ(facet_session_step(session.get(), rows.data(), 20, nullptr, &error), FACET_BAD_ARGUMENT);
  EXPECT_STREQ(error.message, "row 2: last_visible 20, expected at most 19, the last of this step");
  EXPECT_EQ(facet_sequence_length(sequence), 0);
}

TEST(Session, SessionsQueueForOneExecutor) {
  Model model = openToy();
  Session reference = makeSession(model, {});
  const Rows expected = feed(reference, makeSequence(reference), 100, {1});
  Executor executor = makeExecutor(2);
  Rows results[2];
  std::vector<std::thread> threads;
  for (Rows &result : results)
    threads.emplace_back([&] {
      Session session = makeSession(model, smallPages(executor.get()));
      result = feed(session, makeSequence(session), 100, {5});
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(results[0], expected);
  EXPECT_EQ(results[1], expected);
}

TEST(Session, GeneratesTheSameIdsOnAnyThreadCount) {
  Model model = openToy();
  std::vector<int32_t> first;
  for (int threads : {1, 2}) {
    Executor executor = makeExecutor(threads);
    Session session = makeSession(model, smallPages(executor.get()));
    facet_sampler_options sampling;
    facet_sampler_defaults(model.get(), &sampling);
    EXPECT_EQ(sampling.top_k, 64);
    sampling.seed = 5;
    facet_sampler *sampler = nullptr;
    ASSERT_EQ(facet_sampler_create(toyVocab, &sampling, nullptr, &sampler, nullptr), FACET_OK);
    Sampler owner(sampler);
    std::vector<int32_t> tokens, prompt = {2, 7, 9};
    const int32_t stops[] = {-1};
    facet_generate_options options = {sizeof options,
                                      60,
                                      stops,
                                      1,
                                      [](void *context, int32_t token) {
                                        static_cast<std::vector<int32_t> *>(context)->push_back(token);
                                        return 0;
                                      },
                                      &tokens};
    facet_generated generated;
    facet_sequence *sequence = makeSequence(session);
    ASSERT_EQ(
        facet_generate_ids(session.get(), sequence, prompt.data(), 3, sampler, &options, &generated, nullptr),
        FACET_OK);
    EXPECT_EQ(generated.tokens, 60);
    EXPECT_EQ(generated.finish, FACET_FINISH_LENGTH);
    EXPECT_EQ(facet_sequence_length(sequence), 62);
    if (first.empty())
      first = tokens;
    EXPECT_EQ(tokens, first);
    options.stop_ids = &first[4];
    facet_sequence_truncate(sequence, 0, nullptr);
    facet_sampler_set_draw(sampler, 0);
    ASSERT_EQ(
        facet_generate_ids(session.get(), sequence, prompt.data(), 3, sampler, &options, &generated, nullptr),
        FACET_OK);
    EXPECT_EQ(generated.finish, FACET_FINISH_STOP);
    EXPECT_LE(generated.tokens, 5);
  }
}
