// Structs of options of other versions, messages to the embedder, and tokens that cancel.
#include "Opened.h"

#include <cstring>

using namespace facet::test;

namespace {

facet_code openWith(const facet_open_options &options, facet_error &error) {
  TemporaryFile file(toyArtifact({}).build());
  facet_model *model = nullptr;
  facet_code code = facet_model_open(file.path(), &options, &model, &error);
  facet_model_close(model);
  return code;
}

struct Newer {
  facet_open_options known;
  size_t unknown;
};

TEST(Options, OfANewerHeaderAreTakenUnlessTheyAskForMore) {
  Newer newer = {};
  newer.known.size = sizeof newer;
  newer.known.verify = FACET_VERIFY_NEVER;
  facet_error error = {};
  EXPECT_EQ(openWith(newer.known, error), FACET_OK) << error.message;
  newer.unknown = 1;
  EXPECT_EQ(openWith(newer.known, error), FACET_BAD_ARGUMENT);
  EXPECT_NE(std::string(error.message).find("ask for what this runtime does not know"), std::string::npos)
      << error.message;
}

TEST(Options, OfAnOlderHeaderHaveDefaultsForTheRest) {
  const unsigned char wrong[32] = {};
  facet_open_options older = verifying(FACET_VERIFY_NEVER);
  older.root_digest = wrong;
  older.size = offsetof(facet_open_options, root_digest); // a caller who does not know of it
  facet_error error = {};
  EXPECT_EQ(openWith(older, error), FACET_OK) << error.message;
  older.size = 3;
  EXPECT_EQ(openWith(older, error), FACET_BAD_ARGUMENT);
}

TEST(Options, LogHearsOfTheVariantAndTheSession) {
  std::string heard;
  facet_open_options options = verifying(FACET_VERIFY_ALWAYS);
  options.log = {[](void *context, facet_log_level level, const char *message) {
                   EXPECT_EQ(level, FACET_LOG_INFO);
                   *static_cast<std::string *>(context) += std::string(message) + "\n";
                 },
                 &heard};
  facet_error error = {};
  Model model = openBytes(toyArtifact({}).build(), &error, options);
  ASSERT_TRUE(model) << error.message;
  EXPECT_NE(heard.find(", weights checked\n"), std::string::npos) << heard;
  facet_session_options session = smallPages();
  session.log = options.log;
  makeSession(model, session);
  EXPECT_NE(heard.find("session of 1 sequences of 1024 positions"), std::string::npos) << heard;
}

TEST(Options, ProgressOfCheckingIsHeard) {
  uint64_t heard[2] = {};
  facet_open_options options = verifying(FACET_VERIFY_ALWAYS);
  options.progress = {[](void *context, uint64_t done, uint64_t all) {
                        auto *last = static_cast<uint64_t *>(context);
                        EXPECT_GE(done, last[0]);
                        last[0] = done, last[1] = all;
                      },
                      heard};
  facet_error error = {};
  Model model = openBytes(toyArtifact({}).build(), &error, options);
  ASSERT_TRUE(model) << error.message;
  facet_model_details details;
  facet_model_describe(model.get(), &details);
  EXPECT_EQ(heard[0], details.weight_bytes); // of one block, which the calling thread checks
  EXPECT_EQ(heard[1], details.weight_bytes);
}

TEST(Options, TokenStopsOpeningAndEverySessionUntilItIsReset) {
  facet_cancel_token token = {};
  facet_cancel_request(&token);
  facet_open_options options = verifying(FACET_VERIFY_ALWAYS);
  options.cancel = &token;
  facet_error error = {};
  EXPECT_EQ(openWith(options, error), FACET_CANCELLED);

  Model model = openToy();
  facet_session_options sizes = smallPages();
  sizes.cancel = &token;
  Session one = makeSession(model, sizes), two = makeSession(model, sizes);
  for (const Session *session : {&one, &two}) {
    facet_sequence *sequence = makeSequence(*session);
    facet_row row = rowOf(sequence, 1);
    facet_cancel_request(&token);
    EXPECT_EQ(facet_session_step(session->get(), &row, 1, nullptr, &error), FACET_CANCELLED);
    EXPECT_EQ(facet_session_step(session->get(), &row, 1, nullptr, &error), FACET_CANCELLED);
    facet_cancel_reset(&token);
    EXPECT_EQ(facet_session_step(session->get(), &row, 1, nullptr, &error), FACET_OK) << error.message;
  }
}

} // namespace
