// A row's result does not depend on chunking, ladder entry, threads, page order, company, or (with f32 K/V)
// the ISA level: equality to the bit, on all three nano models. Also what a step reads and skips, counted.
#include "runtime/facet.h"

#include "gtest/gtest.h"

#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

constexpr int kPrompt = 700;

void check(facet_code code, const facet_error &error) {
  if (code != FACET_OK)
    throw std::runtime_error(error.message);
}

using Model = std::unique_ptr<facet_model, decltype(&facet_model_close)>;
using Session = std::unique_ptr<facet_session, decltype(&facet_session_destroy)>;

Model openModel(const std::string &name) {
  facet_model *model = nullptr;
  facet_error error;
  check(
      facet_model_open((std::string(FACET_NANO_DIR "/") + name + ".facet").c_str(), nullptr, &model, &error),
      error);
  return Model(model, facet_model_close);
}

struct SessionSetup {
  int threads = 1;
  int pagePositions = 0;
  unsigned long long shuffle = 0;
  int sequences = 2;
  int maxRows = 0;
};

Session openSession(facet_model *model, const SessionSetup &setup) {
  facet_executor *executor = nullptr;
  facet_session *session = nullptr;
  facet_error error;
  check(facet_executor_create(setup.threads, nullptr, &executor, &error), error);
  facet_session_options options = {};
  options.context = 1024;
  options.sequences = setup.sequences;
  options.max_rows = setup.maxRows;
  options.page_positions = setup.pagePositions;
  options.shuffle_seed = setup.shuffle;
  options.executor = executor;
  facet_code code = facet_session_create(model, &options, &session, &error);
  facet_executor_destroy(executor);
  check(code, error);
  return Session(session, facet_session_destroy);
}

facet_sequence *newSequence(facet_session *session) {
  facet_sequence *sequence = nullptr;
  facet_error error;
  check(facet_sequence_create(session, &sequence, &error), error);
  return sequence;
}

/// The name of the variant of code that this machine, as FACET_CPU narrows it, runs.
std::string variantOf(facet_model *model) {
  facet_model_details details;
  facet_variant_details variant = {};
  facet_model_describe(model, &details);
  facet_model_variant(model, details.variant, &variant);
  return variant.name;
}

int vocabularyOf(facet_model *model) {
  facet_model_details details;
  facet_model_describe(model, &details);
  return details.vocab_size;
}

std::vector<int> prompt(int salt = 0) {
  std::vector<int> tokens = {2};
  for (int i = 1; i < kPrompt; ++i)
    tokens.push_back(30 + (i * 37 + i * i % 101 + salt) % 1000);
  return tokens;
}

/// Appends `tokens` in chunks; logits of the last one.
std::vector<float> append(facet_session *session, facet_sequence *sequence, const std::vector<int> &tokens,
                          int chunk, int vocabulary) {
  std::vector<float> logits(vocabulary);
  facet_outputs outputs = {logits.data(), nullptr};
  facet_error error;
  int base = facet_sequence_length(sequence);
  for (size_t first = 0; first < tokens.size(); first += chunk) {
    std::vector<facet_row> rows;
    for (size_t i = first; i < std::min(tokens.size(), first + chunk); ++i)
      rows.push_back({sequence, base + int(i), tokens[i], FACET_CAUSAL,
                      i + 1 == tokens.size() ? unsigned(FACET_WANTS_LOGITS) : unsigned(FACET_WANTS_NOTHING)});
    check(facet_session_step(session, rows.data(), int(rows.size()), &outputs, &error), error);
  }
  return logits;
}

class Equality : public testing::TestWithParam<const char *> {};

/// Of the nano model `name`, in one format of weights and K/V.
void expectEqual(const std::string &name) {
  Model model = openModel(name);
  int vocabulary = vocabularyOf(model.get());
  SessionSetup whole;
  whole.maxRows = kPrompt; // the prompt in one step, which cuts itself by the largest ladder entry
  Session reference = openSession(model.get(), whole);
  facet_sequence *first = newSequence(reference.get());
  std::vector<float> expected = append(reference.get(), first, prompt(), kPrompt, vocabulary);

  for (int chunk : {256, 64, 7, 1}) {
    Session session = openSession(model.get(), {});
    EXPECT_EQ(expected, append(session.get(), newSequence(session.get()), prompt(), chunk, vocabulary))
        << "chunks of " << chunk;
  }
  for (int threads : {1, 2}) {
    Session session = openSession(model.get(), {threads, 16, 99});
    EXPECT_EQ(expected, append(session.get(), newSequence(session.get()), prompt(), 100, vocabulary))
        << threads << " threads, shuffled pages of 16";
  }
  // Another sequence in the same steps, 40 rows of each in turn.
  Session session = openSession(model.get(), {2, 16, 5});
  facet_sequence *mine = newSequence(session.get()), *other = newSequence(session.get());
  std::vector<int> a = prompt(), b = prompt(13);
  std::vector<float> logits(2 * vocabulary);
  facet_outputs outputs = {logits.data(), nullptr};
  facet_error error;
  for (int at = 0; at < kPrompt; at += 40) {
    std::vector<facet_row> rows;
    for (int i = at; i < std::min(kPrompt, at + 40); ++i) {
      unsigned wants = i + 1 == kPrompt ? FACET_WANTS_LOGITS : FACET_WANTS_NOTHING;
      rows.push_back({mine, i, a[i], FACET_CAUSAL, wants});
      rows.push_back({other, i, b[i], FACET_CAUSAL, wants});
    }
    check(facet_session_step(session.get(), rows.data(), int(rows.size()), &outputs, &error), error);
  }
  EXPECT_EQ(expected, std::vector<float>(logits.begin(), logits.begin() + vocabulary))
      << "beside another sequence";

  // After a fork both go on alike, and neither disturbs the other.
  facet_sequence *copy = nullptr;
  check(facet_sequence_fork(first, &copy, &error), error);
  std::vector<float> left = append(reference.get(), first, {77, 78, 79}, 3, vocabulary);
  std::vector<float> detour = append(reference.get(), copy, {500, 501}, 1, vocabulary);
  check(facet_sequence_truncate(copy, kPrompt, &error), error);
  EXPECT_NE(left, detour);
  EXPECT_EQ(left, append(reference.get(), copy, {77, 78, 79}, 1, vocabulary)) << "after fork and truncate";
}

TEST_P(Equality, ChunksThreadsPagesAndCompany) { expectEqual(std::string(GetParam()) + "-f32"); }
TEST_P(Equality, ChunksThreadsPagesAndCompanyInBf16) { expectEqual(std::string(GetParam()) + "-bf16"); }
TEST_P(Equality, ChunksThreadsPagesAndCompanyInQ8) { expectEqual(std::string(GetParam()) + "-q8"); }
TEST_P(Equality, ChunksThreadsPagesAndCompanyInQ4) { expectEqual(std::string(GetParam()) + "-q4"); }
TEST_P(Equality, ChunksThreadsPagesAndCompanyWithKvInQ8) { expectEqual(std::string(GetParam()) + "-kv-q8"); }

/// Of a nano model with K/V in f32 or q8, on all levels that this machine has.
void expectEqualOnAllLevels(const std::string &name) {
  const std::string best = variantOf(openModel(name).get());
  std::vector<float> expected;
  bool sawBest = false;
  for (const char *level :
       {"x86-64-v3", "x86-64-v3+vnni", "x86-64-v4", "x86-64-v4+vnni+bf16", "x86-64-v4+vnni+bf16+amx"}) {
    setenv("FACET_CPU", level, 1);
    Model model = openModel(name);
    unsetenv("FACET_CPU");
    if (variantOf(model.get()) != level)
      continue; // the machine lacks it: this is a lower one
    Session session = openSession(model.get(), {});
    std::vector<float> result =
        append(session.get(), newSequence(session.get()), prompt(), 128, vocabularyOf(model.get()));
    if (expected.empty())
      expected = result;
    EXPECT_EQ(expected, result) << level;
    sawBest |= level == best;
  }
  EXPECT_TRUE(sawBest) << best << " was not among the levels";
}

TEST_P(Equality, Levels) {
  for (const char *format : {"-f32", "-q8", "-q4", "-kv-q8"})
    expectEqualOnAllLevels(GetParam() + std::string(format));
}

/// Logits asked for at every position, and at the last alone: equal, with less work.
TEST_P(Equality, WantedRowsAlone) {
  Model model = openModel(std::string(GetParam()) + "-f32");
  int vocabulary = vocabularyOf(model.get());
  facet_model_details details;
  facet_model_describe(model.get(), &details);
  std::vector<int> tokens = prompt();
  tokens.resize(60);
  auto run = [&](bool all, facet_counters &counters) {
    Session session = openSession(model.get(), {});
    facet_sequence *sequence = newSequence(session.get());
    std::vector<facet_row> rows;
    for (int i = 0; i < 60; ++i)
      rows.push_back({sequence, i, tokens[i], FACET_CAUSAL,
                      unsigned(all || i == 59 ? FACET_WANTS_LOGITS : FACET_WANTS_NOTHING)});
    std::vector<float> logits(size_t(60) * vocabulary);
    facet_outputs outputs = {logits.data(), nullptr};
    facet_error error;
    check(facet_session_step(session.get(), rows.data(), 60, &outputs, &error), error);
    facet_session_counters(session.get(), &counters);
    size_t at = all ? size_t(59) * vocabulary : 0;
    return std::vector<float>(logits.begin() + at, logits.begin() + at + vocabulary);
  };
  facet_counters every, last;
  EXPECT_EQ(run(true, every), run(false, last));
  EXPECT_EQ(every.layer_rows, 60u * details.layer_count);
  // Rows that nobody wants stop in the last layer that owns K/V: the layers after it, and its own end, see
  // one row.
  unsigned owners = std::string(GetParam()) == "e" ? 6 : unsigned(details.layer_count);
  EXPECT_EQ(last.layer_rows, 60u * (owners - 1) + (details.layer_count - (owners - 1)));
}

/// Sixteen sequences decode in one pass over each weight, and over each expert that any of them goes to.
TEST_P(Equality, SixteenSequencesReadWeightsOnce) {
  Model model = openModel(std::string(GetParam()) + "-f32");
  auto count = [&](int sequences) {
    SessionSetup setup;
    setup.sequences = sequences;
    Session session = openSession(model.get(), setup);
    std::vector<facet_row> rows;
    for (int s = 0; s < sequences; ++s)
      rows.push_back({newSequence(session.get()), 0, 100 + 50 * s, FACET_CAUSAL, FACET_WANTS_LOGITS});
    facet_error error;
    check(facet_session_step(session.get(), rows.data(), sequences, nullptr, &error), error);
    facet_counters counters;
    facet_session_counters(session.get(), &counters);
    return counters;
  };
  const facet_counters one = count(1), sixteen = count(16);
  // Beyond the streamed weights, each sequence gathers its own rows of the embedding tables: under 4 KiB
  // here.
  EXPECT_LE(sixteen.weight_bytes, one.weight_bytes + 15 * 4096u);
  // Bytes grow with the experts that have rows, not with the rows of each.
  EXPECT_EQ(sixteen.expert_bytes * one.experts, one.expert_bytes * sixteen.experts);
  if (std::string(GetParam()) == "moe") {
    EXPECT_GT(sixteen.experts, one.experts);
    EXPECT_LT(sixteen.experts, 16 * one.experts); // some share an expert
    EXPECT_GT(one.expert_bytes, 0u);
  }
}

INSTANTIATE_TEST_SUITE_P(Nano, Equality, testing::Values("dense", "moe", "e"));

} // namespace
