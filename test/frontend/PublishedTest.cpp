// The four published text architectures by config and by the tensors that their files hold; weights are holes
// in a sparse file. Parameter counts are those that the models' documentation gives.
#include "test/frontend/TestCheckpoint.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Verifier.h"

using namespace facet::test;
using namespace mlir;
using namespace mlir::facet;

namespace {

/// Shapes as they stand in the published files, not as a config makes them.
struct Published {
  const char *config;
  int64_t hidden, layers, period; // every `period`th layer is full
  int64_t slidingQ, slidingKv, fullQ, fullKv;
  bool fullHasV;
  int64_t ffn, ffnFrom15;
  int64_t pleWidth, owners; // owners of K/V; the other layers' K/V tensors are redundant
  bool moe, audio;
  int64_t parameters, redundant; // in text; redundant K/V beside it
};

const Published models[] = {
    {"e2b", 1536, 35, 5, 2048, 256, 4096, 512, true, 6144, 12288, 256, 15, false, true, 4'628'569'379,
     18'880'512},
    {"e4b", 2560, 42, 6, 2048, 512, 4096, 1024, true, 10240, 10240, 256, 24, false, true, 7'463'013'418,
     55'055'616},
    {"31b", 5376, 60, 6, 8192, 4096, 16384, 2048, false, 21504, 21504, 0, 60, false, false, 30'697'345'340,
     0},
    {"26b", 2816, 30, 6, 4096, 2048, 8192, 1024, false, 2112, 2112, 0, 30, true, false, 25'233'141'790, 0},
};

class PublishedFiles {
public:
  explicit PublishedFiles(const Published &m, bool redundant) : m(m), redundant(redundant) {
    add("embed_tokens.weight", {262144, m.hidden});
    add("norm.weight", {m.hidden});
    if (m.pleWidth) {
      add("embed_tokens_per_layer.weight", {262144, m.pleWidth * m.layers});
      add("per_layer_model_projection.weight", {m.pleWidth * m.layers, m.hidden});
      add("per_layer_projection_norm.weight", {m.pleWidth});
    }
    for (int64_t i = 0; i < m.layers; ++i)
      addLayer(i);
    tensors.push_back(
        {"model.vision_tower.patch_embedder.position_embedding_table", "BF16", {2, 10240, 768}});
    tensors.push_back({"model.vision_tower.encoder.layers.0.mlp.up_proj.input_max", "BF16", {}});
    tensors.push_back({"model.embed_vision.embedding_projection.weight", "BF16", {m.hidden, 768}});
    if (m.audio) {
      tensors.push_back({"model.audio_tower.output_proj.bias", "BF16", {1536}});
      tensors.push_back({"model.embed_audio.embedding_projection.weight", "BF16", {m.hidden, 1536}});
    }
  }
  std::vector<TestTensor> tensors;

private:
  void add(const std::string &name, std::vector<int64_t> shape) {
    tensors.push_back({"model.language_model." + name, "BF16", std::move(shape)});
  }
  void addLayer(int64_t i) {
    std::string p = "layers." + std::to_string(i) + ".";
    bool full = (i + 1) % m.period == 0;
    int64_t q = full ? m.fullQ : m.slidingQ, kv = full ? m.fullKv : m.slidingKv, head = full ? 512 : 256;
    int64_t ffn = i < 15 ? m.ffn : m.ffnFrom15;
    for (const char *norm : {"input", "post_attention", "pre_feedforward", "post_feedforward"})
      add(p + norm + "_layernorm.weight", {m.hidden});
    for (auto [name, shape] :
         {std::pair("q_proj", std::vector{q, m.hidden}), std::pair("o_proj", std::vector{m.hidden, q}),
          std::pair("q_norm", std::vector{head})})
      add(p + "self_attn." + name + ".weight", shape);
    if (i < m.owners || redundant) {
      add(p + "self_attn.k_proj.weight", {kv, m.hidden});
      add(p + "self_attn.k_norm.weight", {head});
      if (!full || m.fullHasV)
        add(p + "self_attn.v_proj.weight", {kv, m.hidden});
    }
    add(p + "mlp.gate_proj.weight", {ffn, m.hidden});
    add(p + "mlp.up_proj.weight", {ffn, m.hidden});
    add(p + "mlp.down_proj.weight", {m.hidden, ffn});
    add(p + "layer_scalar", {1});
    if (m.pleWidth) {
      add(p + "per_layer_input_gate.weight", {m.pleWidth, m.hidden});
      add(p + "per_layer_projection.weight", {m.hidden, m.pleWidth});
      add(p + "post_per_layer_input_norm.weight", {m.hidden});
    }
    if (m.moe)
      addExperts(p);
  }
  void addExperts(const std::string &p) {
    add(p + "router.proj.weight", {128, 2816});
    add(p + "router.scale", {2816});
    add(p + "router.per_expert_scale", {128});
    add(p + "experts.gate_up_proj", {128, 1408, 2816});
    add(p + "experts.down_proj", {128, 2816, 704});
    for (const char *norm :
         {"post_feedforward_layernorm_1", "post_feedforward_layernorm_2", "pre_feedforward_layernorm_2"})
      add(p + norm + ".weight", {2816});
  }

  const Published &m;
  bool redundant;
};

struct PublishedText : testing::TestWithParam<Published> {};

TEST_P(PublishedText, BuildsWithItsParameters) {
  const Published &m = GetParam();
  nlohmann::json config =
      nlohmann::json::parse(readFile(FACET_CONFIGS "/" + std::string(m.config) + ".json"));
  for (bool redundant : {false, true}) {
    std::vector<TestTensor> tensors = PublishedFiles(m, redundant).tensors;
    int64_t stored = 0;
    for (const TestTensor &tensor : tensors)
      if (tensor.name.starts_with("model.language_model."))
        stored += int64_t(bytesOf(tensor) / 2);
    EXPECT_EQ(stored, m.parameters + (redundant ? m.redundant : 0));
    TestCheckpoint checkpoint(config, tensors);
    MLIRContext context;
    auto module = checkpoint.build(context);
    ASSERT_TRUE(module && succeeded(verify(*module)));
    int64_t parameters = 0;
    for (auto weight : module->getOps<WeightOp>())
      if (isa<SourceAttr>(weight.getRecipe()))
        parameters += cast<RankedTensorType>(weight.getType()).getNumElements();
    EXPECT_EQ(parameters, m.parameters);
    EXPECT_EQ(llvm::range_size(module->getOps<KvStreamOp>()), size_t(m.owners));
    auto step = module->lookupSymbol<func::FuncOp>("step");
    EXPECT_EQ(llvm::range_size(step.getOps<AttentionOp>()), size_t(m.layers));
  }
}

// Section 2.5 of the specification: E2B's shared layers read 13 and 14, E4B's read 22 and 23.
TEST_P(PublishedText, SourcesOfSharedLayers) {
  const Published &m = GetParam();
  auto config = parseTextConfig(readFile(FACET_CONFIGS "/" + std::string(m.config) + ".json"), {});
  ASSERT_TRUE(bool(config)) << llvm::toString(config.takeError());
  for (int64_t i = 0; i < m.layers; ++i)
    EXPECT_EQ(config->layers[i].source, i < m.owners             ? i
                                        : config->layers[i].full ? m.owners - 1
                                                                 : m.owners - 2);
  EXPECT_EQ(config->full.rotated, 64);
  EXPECT_EQ(config->sliding.rotated, 128);
}

// The same overrides, as transformers rewrites them on save.
TEST_P(PublishedText, RewrittenConfig) {
  const Published &m = GetParam();
  nlohmann::json config =
      nlohmann::json::parse(readFile(FACET_CONFIGS "/" + std::string(m.config) + ".json"));
  auto original = parseTextConfig(config.dump(), {});
  nlohmann::json &text = config["text_config"], perLayer;
  for (int64_t i = m.period - 1; i < m.layers; i += m.period) {
    perLayer[std::to_string(i)]["head_dim"] = 512;
    if (text["attention_k_eq_v"] == true)
      perLayer[std::to_string(i)]["num_key_value_heads"] = text["num_global_key_value_heads"];
  }
  text.erase("global_head_dim");
  text.erase("num_global_key_value_heads");
  text["per_layer_config"] = perLayer;
  auto rewritten = parseTextConfig(config.dump(), {});
  ASSERT_TRUE(original && rewritten);
  for (int64_t i = 0; i < m.layers; ++i) {
    EXPECT_EQ(rewritten->layers[i].headDim, original->layers[i].headDim);
    EXPECT_EQ(rewritten->layers[i].kvHeads, original->layers[i].kvHeads);
  }
}

INSTANTIATE_TEST_SUITE_P(, PublishedText, testing::ValuesIn(models),
                         [](const auto &info) { return std::string(info.param.config); });

} // namespace
