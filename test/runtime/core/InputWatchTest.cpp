// Inputs of linears: where kernels leave them, row by row, expert by expert.
#include "Opened.h"

#include <cmath>

using namespace facet::test;

namespace {

struct Seen {
  facet_input last;
  std::vector<float> values;
  std::vector<std::pair<int, float>> experts; // matrix, first value
};

void note(void *context, const facet_input *input) {
  auto &seen = *static_cast<Seen *>(context);
  seen.last = *input;
  seen.values.assign(input->values, input->values + input->count * input->width);
  seen.experts.emplace_back(input->matrix, input->values[0]);
}

/// The toy with a head that is a matrix in panels and whose input stands at `input`.
Model openWithInput(unsigned input, unsigned rows) {
  ArtifactBuilder b = toyArtifact({{rows}});
  b.weightTable[1].layout = 1;
  for (facet_dispatch &d : b.dispatches)
    if (b.strings.c_str() + b.kernels[d.kernel].name == std::string("toy_head"))
      d.input = input;
  facet_error error{};
  Model model = openBytes(b.build(), &error, verifying(FACET_VERIFY_NEVER));
  EXPECT_TRUE(model) << error.message;
  return model;
}

facet_session_options oneRowGroup(facet_executor *executor) {
  facet_session_options options = smallPages(executor);
  options.max_rows = 64;
  return options;
}

} // namespace

TEST(InputWatch, ShowsAnOperand) {
  Model model = openWithInput(2, 64);
  Executor executor = makeExecutor(1);
  Session session = makeSession(model, oneRowGroup(executor.get()));
  facet_sequence *sequence = makeSequence(session);
  Seen seen;
  facet_error error{};
  ASSERT_EQ(facet_session_set_inputs(session.get(), note, &seen, &error), FACET_OK) << error.message;
  std::vector<facet_row> rows;
  for (int i = 0; i < 5; ++i)
    rows.push_back(rowOf(sequence, toyToken(i), i % 2 ? 0 : FACET_WANTS_HIDDEN | FACET_WANTS_LOGITS, i));
  ASSERT_EQ(facet_session_step(session.get(), rows.data(), 5, nullptr, nullptr), FACET_OK);
  EXPECT_EQ(seen.last.weight, 1);
  EXPECT_EQ(seen.last.matrix, 0);
  EXPECT_EQ(seen.last.matrices, 1);
  ASSERT_EQ(seen.last.count, 3);
  ASSERT_EQ(seen.last.width, toyHidden);
  for (int i = 0; i < 3; ++i)
    for (int k = 0; k < toyHidden; ++k)
      EXPECT_EQ(seen.values[static_cast<size_t>(i * toyHidden + k)],
                facet_session_hidden(session.get(), i)[k]);
  ASSERT_EQ(facet_session_set_inputs(session.get(), nullptr, nullptr, nullptr), FACET_OK);
  seen.last.weight = -1;
  facet_row row = rowOf(sequence, 1, FACET_WANTS_LOGITS);
  ASSERT_EQ(facet_session_step(session.get(), &row, 1, nullptr, nullptr), FACET_OK);
  EXPECT_EQ(seen.last.weight, -1) << "nobody looks any more";
}

// The toy's head leaves the last logit, before the soft-cap, at the beginning of scratch.
TEST(InputWatch, ShowsScratch) {
  Model model = openWithInput(FACET_INPUT_SCRATCH, 1);
  Executor executor = makeExecutor(1);
  Session session = makeSession(model, oneRowGroup(executor.get()));
  facet_sequence *sequence = makeSequence(session);
  Seen seen;
  ASSERT_EQ(facet_session_set_inputs(session.get(), note, &seen, nullptr), FACET_OK);
  facet_row row = rowOf(sequence, 7, FACET_WANTS_LOGITS);
  ASSERT_EQ(facet_session_step(session.get(), &row, 1, nullptr, nullptr), FACET_OK);
  ASSERT_EQ(seen.last.count, 1);
  const float logit = seen.values[0];
  EXPECT_EQ(logit / (1.0f + 0.01f * logit * logit), facet_session_logits(session.get(), 0)[toyVocab - 1]);
}

// Experts are told apart, and a row is shown to each expert that it chose.
TEST(InputWatch, ShowsEachExpertItsRows) {
  ArtifactBuilder b = toyArtifact({{64}});
  b.weightTable[1].layout = 1;
  b.entries.clear(), b.dispatches.clear(), b.operands.clear(), b.waits.clear();
  facet_operand write = arena(0, 64, FACET_WRITE), read = arena(0, 64, FACET_READ);
  write.index = read.index = 4;
  addEntry(
      b, 64,
      {{"toy_embed", {rowSet(0), weight(b, 0, 1), arena(1, 64, FACET_WRITE)}, {}, FACET_UNIT_ROWS, 1, 0, 0},
       {"toy_plan", {rowSet(0), write}, {}, FACET_UNIT_CONSTANT, 1, 0, 0},
       {"toy_experts",
        {rowSet(0), weight(b, 1, 2), arena(1, 64, FACET_READ), read},
        {0, 1},
        FACET_UNIT_CONSTANT,
        8,
        0,
        0}});
  b.dispatches.back().input = 3;
  facet_error error{};
  Model model = openBytes(b.build(), &error, verifying(FACET_VERIFY_NEVER));
  ASSERT_TRUE(model) << error.message;
  Executor executor = makeExecutor(1);
  Session session = makeSession(model, oneRowGroup(executor.get()));
  facet_sequence *sequence = makeSequence(session);
  Seen seen;
  ASSERT_EQ(facet_session_set_inputs(session.get(), note, &seen, nullptr), FACET_OK);
  const int tokens[] = {6, 3, 2, 5}; // expert: token mod 4
  ASSERT_EQ(facet_session_prefill(session.get(), sequence, tokens, 4, 0, nullptr, &error), FACET_OK);
  ASSERT_EQ(seen.experts.size(), 4u);
  const int expected[] = {1, 2, 2, 3}, order[] = {5, 6, 2, 3}, position[] = {3, 0, 2, 1};
  const auto *table = reinterpret_cast<const float *>(b.weights.data());
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(seen.experts[i].first, expected[i]);
    EXPECT_EQ(seen.experts[i].second, table[order[i] * toyHidden] + 0.001f * static_cast<float>(position[i]));
  }
  EXPECT_EQ(seen.last.matrices, 4);
}

TEST(InputWatch, RefusesWhatCannotBeShown) {
  Model model = openWithInput(2, 64), rounded = openWithInput(0, 64);
  Executor one = makeExecutor(1), two = makeExecutor(2);
  const auto refused = [](const Model &m, facet_session_options options, const char *says) {
    Session session = makeSession(m, options);
    Seen seen;
    facet_error error{};
    EXPECT_EQ(facet_session_set_inputs(session.get(), note, &seen, &error), FACET_BAD_ARGUMENT);
    EXPECT_NE(std::string(error.message).find(says), std::string::npos) << error.message;
  };
  refused(model, oneRowGroup(two.get()), "an executor of 2 threads: expected 1");
  facet_session_options large = oneRowGroup(one.get());
  large.max_rows = 65;
  refused(model, large, "max_rows is 65: expected at most 64");
  refused(rounded, oneRowGroup(one.get()), "weight 'head' of ");
}
