// What a session says of its work: counters, traces, profiles, plans.
#include "Opened.h"

#include <cstdlib>
#include <vector>

using namespace facet::test;

TEST(SessionWatch, CountsTheWorkThatIsDone) {
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

TEST(SessionWatch, SixteenSequencesShareOnePassOverTheHead) {
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

TEST(SessionWatch, TracesTheResidualStream) {
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

TEST(SessionWatch, ProfilesEachDispatch) {
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

TEST(SessionWatch, PlansWhatItAllocates) {
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
