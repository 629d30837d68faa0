// The oracle against the goldens of the three trained checkpoints (transformers, float32): logits, hidden
// states and first greedy tokens of every text case.
#include "test/e2e/oracle/Gemma4.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

using namespace facet::oracle;
using facet::reference::Floats;

namespace {

/// |a - b| / |b| of one row.
double relative(Floats a, Floats b) {
  double difference = 0, norm = 0;
  for (size_t i = 0; i < b.size(); ++i) {
    difference += (double(a[i]) - b[i]) * (double(a[i]) - b[i]);
    norm += double(b[i]) * b[i];
  }
  return std::sqrt(difference / norm);
}

constexpr double kLimit = 4e-6; // as far as two machines differ that run transformers (test/models/README.md)
constexpr size_t kShort = 200, kGreedy = 16;

class Golden : public testing::TestWithParam<const char *> {
protected:
  std::string folder = std::string(FACET_MODELS) + "/" + GetParam();
  nlohmann::json config = read_json(folder + "/config.json");

  bool is_text(const std::vector<int32_t> &ids) const {
    for (const char *key : {"image_token_id", "audio_token_id", "video_token_id"})
      if (std::count(ids.begin(), ids.end(), config.at(key).get<int32_t>()))
        return false;
    return true;
  }
};

std::vector<int32_t> greedy(Gemma4 &model, const Output &prompt, size_t rows, size_t count) {
  size_t vocab = model.config().vocab;
  std::vector<float> logits(prompt.logits.begin() + ptrdiff_t((rows - 1) * vocab), prompt.logits.end());
  std::vector<int32_t> ids;
  while (true) {
    ids.push_back(int32_t(std::max_element(logits.begin(), logits.end()) - logits.begin()));
    if (ids.size() == count)
      return ids;
    logits = model.step({ids.back()}, {0}).logits;
  }
}

TEST_P(Golden, TextCases) {
  Gemma4 model(read_config(config), read_safetensors(folder + "/model.safetensors", "model.language_model."));
  Tensors golden = read_safetensors(folder + "/golden/tensors.safetensors");
  size_t vocab = model.config().vocab, hidden = model.config().hidden, checked = 0;
  double worst_logits = 0, worst_hidden = 0;
  for (const nlohmann::json &test : read_json(folder + "/golden/cases.json")) {
    std::string name = test.at("name");
    auto ids = test.at("input_ids").get<std::vector<int32_t>>();
    auto wants = test.at("logit_rows").get<std::vector<size_t>>();
    if (!is_text(ids))
      continue;
    model.reset();
    Output output = model.step(ids, wants);
    Floats logits = golden.at(name + ".logits").values, states = golden.at(name + ".hidden").values;
    for (size_t r = 0; r < wants.size(); ++r) {
      double error =
          relative(Floats(output.logits).subspan(r * vocab, vocab), logits.subspan(r * vocab, vocab));
      EXPECT_LT(error, kLimit) << name << ", logits of row " << wants[r];
      worst_logits = std::max(worst_logits, error);
    }
    for (size_t i = 0; i < output.hidden.size(); ++i) {
      double error = relative(output.hidden[i], states.subspan(i * hidden, hidden));
      EXPECT_LT(error, kLimit) << name << ", hidden state " << i;
      worst_hidden = std::max(worst_hidden, error);
    }
    auto expected = test.at("greedy_ids").get<std::vector<int32_t>>();
    expected.resize(std::min(expected.size(), ids.size() <= kShort ? kGreedy : 1));
    EXPECT_EQ(greedy(model, output, wants.size(), expected.size()), expected) << name;
    ++checked;
  }
  EXPECT_EQ(checked, 11u);
  RecordProperty("worst_logits", std::to_string(worst_logits * 1e6) + "e-6");
  RecordProperty("worst_hidden", std::to_string(worst_hidden * 1e6) + "e-6");
}

INSTANTIATE_TEST_SUITE_P(Nano, Golden,
                         testing::Values("gemma4-nano-dense", "gemma4-nano-e", "gemma4-nano-moe"),
                         [](const auto &info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

} // namespace
