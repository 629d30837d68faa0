// The order of dispatches: what waits for a skipped one still waits for what that one waits for. And what
// pieces of a worker know of each other, and what experts cost.
#include "Opened.h"

#include <algorithm>
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
  Model model = openBytes(orderedThroughASkippedDispatch().build(), &error, verifying(FACET_VERIFY_NEVER));
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
    return ToyDispatch{"toy_note_prepared",
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

// Pieces of one worker learn what the one before left in scratch, and the next dispatch's begin anew.
TEST(Pass, PiecesOfAWorkerFollowEachOther) {
  facet_error error{};
  Model model = openBytes(streamingTwoMatrices().build(), &error, verifying(FACET_VERIFY_NEVER));
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
    const int pieces = threads == 1 ? 1 : 8; // of 64 KiB
    for (const std::vector<float> &before : seen) {
      std::set<float> followed(before.begin(), before.begin() + pieces);
      const auto first = std::count(before.begin(), before.begin() + pieces, -1.0f);
      EXPECT_GE(first, 1);
      EXPECT_LE(first, threads);
      EXPECT_EQ(followed.size(), static_cast<size_t>(pieces - first + 1)) << "a piece has one follower";
      EXPECT_LT(*followed.rbegin(), static_cast<float>(pieces));
    }
  }
}

/// Four experts of 12 rows each; the plan of `rows` rows lies in buffer 0.
static ArtifactBuilder withExperts(unsigned rows) {
  ArtifactBuilder b = toyArtifact({{rows}});
  b.entries.clear(), b.dispatches.clear(), b.operands.clear(), b.waits.clear();
  facet_operand write = arena(0, rows, FACET_WRITE), read = arena(0, rows, FACET_READ);
  write.index = read.index = 4;
  addEntry(b, rows,
           {{"toy_plan", {rowSet(0), write}, {}, FACET_UNIT_CONSTANT, 1, 0, 0},
            {"toy_experts",
             {rowSet(0), weight(b, 1, 2), arena(1, rows, FACET_READ), read},
             {0},
             FACET_UNIT_CONSTANT,
             8,
             0,
             0}});
  return b;
}

// Only experts that have rows are read, once for each 64 of their rows.
TEST(Pass, CountsExpertsThatHaveRows) {
  facet_error error{};
  Model model = openBytes(withExperts(256).build(), &error, verifying(FACET_VERIFY_NEVER));
  ASSERT_TRUE(model) << error.message;
  Session session = makeSession(model, {});
  facet_sequence *sequence = makeSequence(session);
  const uint64_t expertBytes = toyVocab * toyHidden * 4 / 4;
  facet_counters before, after;
  facet_session_counters(session.get(), &before);
  facet_row row = rowOf(sequence, 6);
  ASSERT_EQ(facet_session_step(session.get(), &row, 1, nullptr, &error), FACET_OK) << error.message;
  facet_session_counters(session.get(), &after);
  EXPECT_EQ(after.experts - before.experts, 1u);
  EXPECT_EQ(after.expert_bytes - before.expert_bytes, expertBytes);
  std::vector<int32_t> tokens(65, 1); // 65 rows of expert 1, 3 of expert 2
  tokens.insert(tokens.end(), 3, 2);
  ASSERT_EQ(facet_session_prefill(session.get(), sequence, tokens.data(), 68, 0, nullptr, &error), FACET_OK);
  facet_session_counters(session.get(), &before);
  EXPECT_EQ(before.experts - after.experts, 2u);
  EXPECT_EQ(before.expert_bytes - after.expert_bytes, 3 * expertBytes);
}

TEST(Pass, RefusesExpertsWithoutAPlan) {
  ArtifactBuilder b = withExperts(1);
  b.operands.back().index = 0;
  facet_error error{};
  EXPECT_FALSE(openBytes(b.build(), &error, verifying(FACET_VERIFY_NEVER)));
  EXPECT_NE(std::string(error.message).find("48 rows read by expert, with a plan of 0 experts"),
            std::string::npos)
      << error.message;
}
