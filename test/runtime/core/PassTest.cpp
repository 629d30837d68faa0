// The order of dispatches: what waits for a skipped one still waits for what that one waits for. And what
// each worker is told to prefetch.
#include "Opened.h"

#include <set>
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

/// Two dispatches, each streaming half of a matrix of 1 MiB in 64 units.
static ArtifactBuilder streamingTwoMatrices() {
  ToyOptions options;
  options.ladder = {1}, options.paddingWeight = 1 << 20;
  ArtifactBuilder b = toyArtifact(options);
  b.weightTable[2].layout = 1;
  b.entries.clear(), b.dispatches.clear(), b.operands.clear(), b.waits.clear();
  facet_operand first = weight(b, 2, 0), second = first;
  first.size = second.size = 1 << 19;
  second.offset += 1 << 19;
  auto note = [&](facet_operand matrix, unsigned buffer, std::vector<unsigned> waits, unsigned trace) {
    return ToyDispatch{"toy_note_prefetch",
                       {rowSet(0), matrix, arena(buffer, 1, FACET_WRITE)},
                       waits,
                       FACET_UNIT_CONSTANT,
                       64,
                       0,
                       noLayer,
                       trace,
                       2};
  };
  addEntry(b, 1, {note(first, 0, {}, 1), note(second, 1, {0}, 2)});
  return b;
}

// A worker meets its own share of the next matrix first, and is told where that begins.
TEST(Pass, TellsEachWorkerWhereItsNextShareBegins) {
  facet_error error{};
  Model model = openBytes(streamingTwoMatrices().build(), &error, {FACET_VERIFY_NEVER, 0, nullptr, nullptr});
  ASSERT_TRUE(model) << error.message;
  for (int threads : {1, 2, 4}) {
    Executor executor = makeExecutor(threads);
    facet_session_options options = {};
    options.executor = executor.get();
    Session session = makeSession(model, options);
    facet_sequence *sequence = makeSequence(session);
    std::vector<std::vector<float>> seen(2);
    facet_session_set_trace(
        session.get(),
        [](void *context, const facet_trace *trace) {
          auto &all = *static_cast<std::vector<std::vector<float>> *>(context);
          all[static_cast<size_t>(trace->layers)].assign(trace->values, trace->values + trace->width);
        },
        &seen);
    facet_row row = rowOf(sequence, 1);
    ASSERT_EQ(facet_session_step(session.get(), &row, 1, nullptr, &error), FACET_OK) << error.message;
    std::set<float> shares;
    for (int worker = 0; worker < threads; ++worker)
      shares.insert(static_cast<float>((1 << 19) + (1 << 19) / threads * worker));
    for (int piece = 0; piece < threads; ++piece) { // whoever took it
      EXPECT_TRUE(shares.count(seen[0][static_cast<size_t>(piece)])) << seen[0][static_cast<size_t>(piece)];
      EXPECT_EQ(seen[1][static_cast<size_t>(piece)], -1) << "nothing streams after it";
    }
  }
}
