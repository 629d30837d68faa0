// The modules of the three trained checkpoints compute the goldens (transformers, float32), op by op with the
// reference functions: the graph is right before any pass has touched it.
#include "test/e2e/oracle/Checkpoint.h"
#include "test/frontend/ModuleInterpreter.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace facet::test;
using facet::oracle::read_json;
using facet::oracle::read_safetensors;
using facet::reference::Floats;

namespace {

constexpr double limit = 4e-6;  // as far as two machines differ that run transformers (test/models/README.md)
constexpr size_t longest = 200; // the oracle's own test has the long cases; the graph has no length

/// |a - b| / |b| of one row.
double relative(Floats a, Floats b) {
  double difference = 0, norm = 0;
  for (size_t i = 0; i < b.size(); ++i) {
    difference += (double(a[i]) - b[i]) * (double(a[i]) - b[i]);
    norm += double(b[i]) * b[i];
  }
  return std::sqrt(difference / norm);
}

class ModuleGolden : public testing::TestWithParam<const char *> {
protected:
  static bool isText(const std::vector<int32_t> &ids, const nlohmann::json &config) {
    for (const char *key : {"image_token_id", "audio_token_id", "video_token_id"})
      if (llvm::is_contained(ids, config.at(key).get<int32_t>()))
        return false;
    return true;
  }
};

TEST_P(ModuleGolden, TextCases) {
  std::string folder = FACET_MODELS "/" + std::string(GetParam());
  mlir::MLIRContext context;
  auto checkpoint = mlir::facet::Checkpoint::open(folder, {});
  ASSERT_TRUE(bool(checkpoint)) << llvm::toString(checkpoint.takeError());
  auto module = mlir::facet::buildTextModule(context, **checkpoint);
  ASSERT_TRUE(bool(module)) << llvm::toString(module.takeError());
  ModuleInterpreter interpreter(**module, **checkpoint);
  nlohmann::json config = read_json(folder + "/config.json");
  auto golden = read_safetensors(folder + "/golden/tensors.safetensors");
  size_t hidden = config["text_config"]["hidden_size"], vocab = config["text_config"]["vocab_size"],
         checked = 0;
  for (const nlohmann::json &test : read_json(folder + "/golden/cases.json")) {
    auto ids = test.at("input_ids").get<std::vector<int32_t>>();
    if (!isText(ids, config) || ids.size() > longest)
      continue;
    std::string name = test.at("name");
    auto wanted = test.at("logit_rows").get<std::vector<size_t>>();
    std::vector<bool> wants(ids.size());
    for (size_t row : wanted)
      wants[row] = true;
    StepResult result = interpreter.run(ids, wants);
    Floats logits = golden.at(name + ".logits").values, states = golden.at(name + ".hidden").values;
    for (size_t r = 0; r < wanted.size(); ++r)
      EXPECT_LT(relative(Floats(result.logits).subspan(r * vocab, vocab), logits.subspan(r * vocab, vocab)),
                limit)
          << name;
    ASSERT_EQ(result.trace.size() * hidden, states.size());
    for (const auto &[layers, values] : result.trace) // the golden's are of the last row
      EXPECT_LT(relative(Floats(values).last(hidden), states.subspan(size_t(layers) * hidden, hidden)), limit)
          << name << " after " << layers << " layers";
    ++checked;
  }
  EXPECT_GE(checked, 5u);
}

INSTANTIATE_TEST_SUITE_P(, ModuleGolden,
                         testing::Values("gemma4-nano-dense", "gemma4-nano-e", "gemma4-nano-moe"),
                         [](const auto &info) { return std::string(info.param).substr(12); });

} // namespace
