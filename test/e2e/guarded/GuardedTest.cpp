// Kernels of the nano models touch nothing but their operands, write no more of them than the schedule says,
// and read no byte that nobody wrote: with guard pages around each operand and NaN in what is to be written,
// logits equal those of an ordinary run to the bit.
#include "GuardedCaller.h"
#include "runtime/facet.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

using namespace facet::test;

namespace {

/// Two sequences in steps of these rows each: more than a row group, a part of one, few, one.
constexpr int kSteps[] = {70, 19, 3, 1, 1};

using Model = std::unique_ptr<facet_model, decltype(&facet_model_close)>;
using Session = std::unique_ptr<facet_session, decltype(&facet_session_destroy)>;

Model openModel(const std::string &name) {
  facet_model *model = nullptr;
  facet_error error = {};
  facet_model_open((FACET_NANO_DIR "/" + name + ".facet").c_str(), nullptr, &model, &error);
  EXPECT_TRUE(model) << error.message;
  return Model(model, facet_model_close);
}

Session openSession(const Model &model) {
  facet_executor *executor = nullptr;
  facet_session *session = nullptr;
  facet_error error = {};
  facet_executor_create(1, nullptr, &executor, &error);
  facet_session_options options = {};
  options.context = 256;
  options.sequences = 2;
  options.page_positions = 16;
  options.max_outputs = 2 * kSteps[0];
  options.executor = executor;
  facet_session_create(model.get(), &options, &session, &error);
  facet_executor_destroy(executor);
  EXPECT_TRUE(session) << error.message;
  return Session(session, facet_session_destroy);
}

/// Logits of all rows of the even steps, and of the last rows of the odd ones.
std::vector<float> run(facet_session *session) {
  facet_error error = {};
  facet_sequence *sequences[2] = {};
  for (facet_sequence *&sequence : sequences)
    EXPECT_EQ(facet_sequence_create(session, &sequence, &error), FACET_OK) << error.message;
  const size_t vocabulary = session->model().artifact().model->vocab_size;
  std::vector<float> all;
  for (int step = 0, position = 0; step < 5; position += kSteps[step++]) {
    std::vector<facet_row> rows;
    size_t wanted = 0;
    for (int s = 0; s < 2; ++s)
      for (int i = position; i < position + kSteps[step]; ++i) {
        const bool wants = step % 2 == 0 || i + 1 == position + kSteps[step];
        wanted += wants;
        rows.push_back({sequences[s], i, i == 0 ? 2 : 30 + (i * 37 + s * 11) % 900, FACET_CAUSAL,
                        wants ? unsigned(FACET_WANTS_LOGITS | FACET_WANTS_HIDDEN) : 0u});
      }
    std::vector<float> logits(wanted * vocabulary);
    const facet_outputs outputs = {logits.data(), nullptr};
    EXPECT_EQ(facet_session_step(session, rows.data(), int(rows.size()), &outputs, &error), FACET_OK)
        << error.message;
    all.insert(all.end(), logits.begin(), logits.end());
  }
  return all;
}

using Case = std::tuple<const char *, const char *>;
class Guarded : public testing::TestWithParam<Case> {};

TEST_P(Guarded, LogitsAreTheSame) {
  const auto [name, format] = GetParam();
  Model model = openModel(std::string(name) + "-" + format);
  ASSERT_TRUE(model);
  const std::vector<float> expected = run(openSession(model).get());
  for (Guard guard : {Guard::Back, Guard::Front}) {
    Session session = openSession(model);
    GuardedCaller caller(session.get(), guard, guard == Guard::Back ? 1 : 3);
    EXPECT_EQ(run(session.get()), expected);
    EXPECT_GT(caller.calls(), 100);
  }
}

INSTANTIATE_TEST_SUITE_P(Nano, Guarded,
                         testing::Combine(testing::Values("dense", "moe", "e"),
                                          testing::Values("f32", "bf16", "q8", "q4", "kv-q8")),
                         [](const auto &info) {
                           std::string name =
                               std::string(std::get<0>(info.param)) + "_" + std::get<1>(info.param);
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

/// What a wrong kernel does to its operand, found by its address.
template <typename Misdeed> void runAstray(Guard guard, Misdeed misdeed) {
  static facet_kernel_fn good;
  static Misdeed bad = misdeed;
  Model model = openModel("dense-f32");
  Session session = openSession(model);
  GuardedCaller caller(session.get(), guard, 1);
  static facet::KernelCaller guarded;
  guarded = session->runner().caller;
  session->runner().caller.fn = [](void *context, const facet::KernelCall &call) {
    facet::KernelCall astray = call;
    good = call.kernel;
    astray.kernel = [](void *const *operands, long long piece, long long pieces, void *scratch,
                       long long *prepared) {
      good(operands, piece, pieces, scratch, prepared);
      bad(operands, scratch);
    };
    guarded.fn(context, astray);
  };
  run(session.get());
}

// Operand 0 of the first dispatch is a row set.
TEST(GuardedDeath, ReadingBeyond) {
  auto readBeyond = [](void *const *operands, void *) {
    (void)*static_cast<const volatile facet_row_set *>(operands[0])[1].token;
  };
  EXPECT_EXIT(runAstray(Guard::Back, readBeyond), testing::ExitedWithCode(1),
              "touches what is beside operand 0");
}

TEST(GuardedDeath, ReadingBefore) {
  auto readBefore = [](void *const *operands, void *) {
    (void)static_cast<const volatile char *>(operands[0])[-1];
  };
  EXPECT_EXIT(runAstray(Guard::Front, readBefore), testing::ExitedWithCode(1),
              "touches what is beside operand 0");
}

TEST(GuardedDeath, WritingWhatItReads) {
  auto write = [](void *const *operands, void *) { static_cast<facet_row_set *>(operands[0])->count = 0; };
  EXPECT_EXIT(runAstray(Guard::Back, write), testing::ExitedWithCode(1),
              "writes, though it may only read, operand 0");
}

TEST(GuardedMemory, WritingBetweenBlockAndGuard) {
  for (Guard guard : {Guard::Front, Guard::Back})
    for (int beside : {-1, 100}) {
      if (guard == Guard::Front && beside < 0)
        continue; // that is the guard
      GuardedMemory memory(100, 64, guard, 2);
      memory.at(1)[0] = memory.at(1)[99] = 0;
      EXPECT_TRUE(memory.marginsIntact());
      memory.at(1)[beside] = 0;
      EXPECT_FALSE(memory.marginsIntact());
    }
}

} // namespace
