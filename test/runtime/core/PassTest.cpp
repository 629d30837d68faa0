// The order of dispatches: what waits for a skipped one still waits for what that one waits for.
#include "Opened.h"

#include <vector>

using namespace facet::test;

static constexpr unsigned noLayer = 0xffffffff;

/// 1 copies x slowly; 2 is of rows that go on and waits for 1; 3 overwrites x and waits for 2 alone.
static ArtifactBuilder orderedThroughASkippedDispatch() {
  ArtifactBuilder b = toyArtifact({{1}});
  b.entries.clear(), b.dispatches.clear(), b.operands.clear(), b.waits.clear();
  const unsigned R = FACET_READ, W = FACET_WRITE, byRows = FACET_UNIT_ROWS;
  addEntry(b, 1,
           {{"toy_embed", {rowSet(0), weight(b, 0, 1), arena(0, 1, W)}, {}, byRows, 1, 0, noLayer, 1, 2},
            {"toy_slow", {rowSet(0), arena(0, 1, R), arena(1, 1, W)}, {0}, byRows, 1, 0, 0, 2, 2},
            {"toy_take", {rowSet(1), arena(0, 1, R), arena(2, 1, W)}, {1}, byRows, 1, 1, 1},
            {"toy_add", {rowSet(0), arena(0, 1, R | W), arena(3, 1, R)}, {2}, byRows, 1, 0, 1, 3, 1}});
  return b;
}

TEST(Pass, KeepsOrderThroughSkippedDispatches) {
  facet_error error{};
  Model model =
      openBytes(orderedThroughASkippedDispatch().build(), &error, {FACET_VERIFY_NEVER, 0, nullptr, nullptr});
  ASSERT_TRUE(model) << error.message;
  Executor executor = makeExecutor(3);
  facet_session_options options = {};
  options.executor = executor.get();
  Session session = makeSession(model, options);
  facet_sequence *sequence = makeSequence(session);
  std::vector<std::vector<float>> seen(3);
  facet_session_set_trace(
      session.get(),
      [](void *context, const facet_trace *trace) {
        auto &all = *static_cast<std::vector<std::vector<float>> *>(context);
        all[static_cast<size_t>(trace->layers)].assign(trace->values, trace->values + trace->width);
      },
      &seen);
  for (int step = 0; step < 5; ++step) {
    facet_row row = rowOf(sequence, toyVocab - 1);
    ASSERT_EQ(facet_session_step(session.get(), &row, 1, nullptr, &error), FACET_OK) << error.message;
    EXPECT_EQ(seen[1], seen[0]);
    EXPECT_NE(seen[2], seen[0]);
  }
}
