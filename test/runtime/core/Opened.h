// Owners of the C API's handles for tests, and failures as text.
#ifndef FACET_TEST_RUNTIME_CORE_OPENED_H
#define FACET_TEST_RUNTIME_CORE_OPENED_H

#include "ArtifactBuilder.h"

#include <gtest/gtest.h>
#include <memory>
#include <vector>

namespace facet::test {

struct Release {
  void operator()(facet_model *model) const { facet_model_close(model); }
  void operator()(facet_session *session) const { facet_session_destroy(session); }
  void operator()(facet_executor *executor) const { facet_executor_destroy(executor); }
  void operator()(facet_sampler *sampler) const { facet_sampler_destroy(sampler); }
};
using Model = std::unique_ptr<facet_model, Release>;
using Session = std::unique_ptr<facet_session, Release>;
using Executor = std::unique_ptr<facet_executor, Release>;
using Sampler = std::unique_ptr<facet_sampler, Release>;

inline facet_open_options verifying(facet_verify verify) {
  facet_open_options options = {};
  options.verify = verify;
  return options;
}

/// Opens a file of these bytes; null with `error` filled where that fails.
inline Model openBytes(const std::string &bytes, facet_error *error, facet_open_options options = {}) {
  TemporaryFile file(bytes);
  facet_model *model = nullptr;
  facet_model_open(file.path(), &options, &model, error);
  return Model(model);
}

/// Does nothing to the user's cache of stamps.
inline Model openToy(const ToyOptions &options = {}) {
  facet_error error{};
  Model model = openBytes(toyArtifact(options).build(), &error, verifying(FACET_VERIFY_NEVER));
  EXPECT_TRUE(model) << error.message;
  return model;
}

inline Executor makeExecutor(int threads) {
  facet_executor *executor = nullptr;
  EXPECT_EQ(facet_executor_create(threads, nullptr, &executor, nullptr), FACET_OK);
  return Executor(executor);
}

inline Session makeSession(const Model &model, facet_session_options options) {
  facet_session *session = nullptr;
  facet_error error{};
  EXPECT_EQ(facet_session_create(model.get(), &options, &session, &error), FACET_OK) << error.message;
  return Session(session);
}

inline facet_sequence *makeSequence(const Session &session) {
  facet_sequence *sequence = nullptr;
  facet_error error{};
  EXPECT_EQ(facet_sequence_create(session.get(), &sequence, &error), FACET_OK) << error.message;
  return sequence;
}

/// A row for the position `ahead` of the sequence's next one.
inline facet_row rowOf(facet_sequence *sequence, int token, unsigned wants = 0, int ahead = 0) {
  return {sequence, facet_sequence_length(sequence) + ahead, token, FACET_CAUSAL, wants};
}

inline int toyToken(int position, int salt = 0) {
  return (position * 31 + salt * 17 + position / 5) % (toyVocab - 1);
}

using Rows = std::vector<std::vector<float>>; // logits by position

inline facet_session_options smallPages(facet_executor *executor = nullptr) {
  facet_session_options options = {};
  options.context = 1024, options.page_positions = 16, options.executor = executor, options.max_outputs = 16;
  return options;
}

/// The logits of every position of a sequence that is fed in chunks whose sizes repeat.
inline Rows feed(const Session &session, facet_sequence *sequence, int count, std::vector<int> chunks,
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

} // namespace facet::test
#endif
