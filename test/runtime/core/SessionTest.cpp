// Steps of the toy model: equal to the bit however rows are cut, ordered, paged and threaded; what is
// counted, traced, profiled and refused.
#include "Opened.h"

#include <cstring>
#include <thread>
#include <vector>

using namespace facet::test;

using Rows = std::vector<std::vector<float>>; // logits by position

static facet_session_options smallPages(facet_executor *executor = nullptr) {
  facet_session_options options = {};
  options.context = 1024, options.page_positions = 16, options.executor = executor, options.max_outputs = 16;
  return options;
}

/// The logits of every position of a sequence that is fed in chunks whose sizes repeat.
static Rows feed(const Session &session, facet_sequence *sequence, int count, std::vector<int> chunks,
                 int salt = 0) {
  Rows result;
  for (size_t c = 0; static_cast<int>(result.size()) < count; ++c) {
    std::vector<facet_row> rows;
    for (int i = 0; i < chunks[c % chunks.size()] && static_cast<int>(result.size()) + i < count; ++i)
      rows.push_back(
          rowOf(sequence, toyToken(facet_sequence_length(sequence) + i, salt), FACET_WANTS_LOGITS, i));
    facet_error error{};
    EXPECT_EQ(facet_session_step(session.get(), rows.data(), static_cast<int>(rows.size()), nullptr, &error),
              FACET_OK)
        << error.message;
    for (int i = 0; i < static_cast<int>(rows.size()); ++i) {
      const float *logits = facet_session_logits(session.get(), i);
      result.emplace_back(logits, logits + toyVocab);
    }
  }
  return result;
}

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

// More rows than the largest ladder entry takes: the step runs several passes.
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

// Results go straight to an aligned buffer in order; a copy elsewhere is the same.
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

// A position that wants nothing stops after the last K/V write, and what it leaves behind is the same.
TEST(Session, CountsTheWorkThatIsDone) {
  Model model = openToy();
  Session session = makeSession(model, smallPages());
  facet_sequence *sequence = makeSequence(session);
  std::vector<int32_t> tokens;
  for (int i = 0; i < 16; ++i)
    tokens.push_back(toyToken(i));
  facet_counters before, after;
  facet_session_counters(session.get(), &before);
  ASSERT_EQ(
      facet_session_prefill(session.get(), sequence, tokens.data(), 16, FACET_WANTS_LOGITS, nullptr, nullptr),
      FACET_OK);
  facet_session_counters(session.get(), &after);
  EXPECT_EQ(after.rows, 16u);
  EXPECT_EQ(after.layer_rows, 16u + 1u);
  EXPECT_EQ(after.dispatches, 11u);
  EXPECT_EQ(after.weight_bytes, 16u * toyHidden * 4 + toyVocab * toyHidden * 4);
  // Nothing wanted: five dispatches, no head.
  facet_row row = rowOf(sequence, 3);
  ASSERT_EQ(facet_session_step(session.get(), &row, 1, nullptr, nullptr), FACET_OK);
  facet_session_counters(session.get(), &before);
  EXPECT_EQ(before.dispatches - after.dispatches, 5u);
  EXPECT_EQ(before.weight_bytes - after.weight_bytes, toyHidden * 4u);
  EXPECT_EQ(facet_session_logits(session.get(), 0), nullptr);
  // Hidden states alone: the head is not run.
  row = rowOf(sequence, 3, FACET_WANTS_HIDDEN);
  ASSERT_EQ(facet_session_step(session.get(), &row, 1, nullptr, nullptr), FACET_OK);
  facet_session_counters(session.get(), &after);
  EXPECT_EQ(after.dispatches - before.dispatches, 9u);
  EXPECT_NE(facet_session_hidden(session.get(), 0), nullptr);
}

TEST(Session, SixteenSequencesShareOnePassOverTheHead) {
  Model model = openToy();
  facet_session_options options = smallPages();
  options.sequences = 16;
  Session session = makeSession(model, options);
  std::vector<facet_row> rows;
  for (int i = 0; i < 16; ++i)
    rows.push_back(rowOf(makeSequence(session), i, FACET_WANTS_LOGITS));
  ASSERT_EQ(facet_session_step(session.get(), rows.data(), 16, nullptr, nullptr), FACET_OK);
  facet_counters counters;
  facet_session_counters(session.get(), &counters);
  EXPECT_EQ(counters.weight_bytes, 16u * toyHidden * 4 + toyVocab * toyHidden * 4);
}

TEST(Session, TracesTheResidualStream) {
  Model model = openToy();
  Executor executor = makeExecutor(3);
  facet_session_options options = smallPages(executor.get());
  options.max_rows = 40, options.max_outputs = 40;
  Session session = makeSession(model, options);
  facet_sequence *sequence = makeSequence(session);
  struct Seen {
    int rows[4] = {};
    std::vector<float> last;
  } seen;
  facet_session_set_trace(
      session.get(),
      [](void *context, const facet_trace *trace) {
        auto *s = static_cast<Seen *>(context);
        s->rows[trace->layers] += trace->count;
        EXPECT_EQ(trace->width, toyHidden);
        if (trace->layers == 2)
          for (int i = 0; i < trace->count; ++i) {
            EXPECT_EQ(trace->rows[i] % 2, 1);
            s->last.assign(trace->values + i * toyHidden, trace->values + (i + 1) * toyHidden);
          }
      },
      &seen);
  std::vector<facet_row> rows;
  for (int i = 0; i < 40; ++i)
    rows.push_back(rowOf(sequence, toyToken(i), i % 2 ? FACET_WANTS_HIDDEN : 0, i));
  ASSERT_EQ(facet_session_step(session.get(), rows.data(), 40, nullptr, nullptr), FACET_OK);
  EXPECT_EQ(seen.rows[0], 40);
  EXPECT_EQ(seen.rows[1], 40);
  EXPECT_EQ(seen.rows[2], 20);
  const float *hidden = facet_session_hidden(session.get(), 19);
  EXPECT_EQ(seen.last, std::vector<float>(hidden, hidden + toyHidden));
}

TEST(Session, ProfilesEachDispatch) {
  Model model = openToy();
  Session session = makeSession(model, smallPages());
  facet_sequence *sequence = makeSequence(session);
  std::vector<facet_dispatch_time> times;
  facet_session_set_profile(
      session.get(),
      [](void *context, int32_t entry, int32_t rows, uint64_t, const facet_dispatch_time *t, int32_t count) {
        EXPECT_EQ(entry, 0);
        EXPECT_EQ(rows, 1);
        static_cast<std::vector<facet_dispatch_time> *>(context)->assign(t, t + count);
      },
      &times);
  facet_row row = rowOf(sequence, 3);
  ASSERT_EQ(facet_session_step(session.get(), &row, 1, nullptr, nullptr), FACET_OK);
  ASSERT_EQ(times.size(), 11u);
  for (size_t i = 0; i < times.size(); ++i) {
    EXPECT_EQ(times[i].dispatch, static_cast<int>(i));
    EXPECT_EQ(times[i].pieces > 0, i < 5);
    EXPECT_LE(times[i].start_ns, times[i].end_ns);
  }
}

// Rows that see later ones stay in one pass; a pass is cut where it can be.
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

TEST(Session, RefusesBadRowsAndStaysAsItWas) {
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

TEST(Session, RefusesContradictoryOptions) {
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

TEST(Session, RunsOutOfSharedPages) {
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

TEST(Session, CancelsAStepAndStaysAsItWas) {
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

// Two sessions of one executor step from two threads.
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

// The plan's sums are what creation asks the allocator for, but for small objects.
TEST(Session, PlansWhatItAllocates) {
  Model model = openToy();
  size_t asked = 0;
  facet_allocator allocator = {[](void *context, size_t size, size_t alignment) {
                                 *static_cast<size_t *>(context) += size;
                                 return aligned_alloc(alignment,
                                                      (size + alignment - 1) / alignment * alignment);
                               },
                               [](void *, void *memory, size_t) { free(memory); }, &asked};
  Executor executor = makeExecutor(2);
  facet_session_options options = smallPages(executor.get());
  options.sequences = 8, options.allocator = &allocator;
  facet_memory_plan plan;
  facet_error error{};
  ASSERT_EQ(facet_plan(model.get(), &options, &plan, &error), FACET_OK) << error.message;
  Session session = makeSession(model, options);
  EXPECT_NEAR(static_cast<double>(asked), static_cast<double>(plan.session_bytes), 16384);
  EXPECT_GT(plan.kv_bytes, 8u * 1024 * 128);
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
    facet_generate_options options = {60, stops, 1,
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
