// The oracle at the published models' head dims, KV heads and experts, with random weights and small hidden
// size, vocabulary and window: a step over all rows equals chunks and single tokens to the bit. Two layers
// each, sliding and full; the E models have two more that share those layers' keys and values.
#include "test/e2e/oracle/Gemma4.h"
#include "test/ir/reference/Random.h"

#include <gtest/gtest.h>

using namespace facet::oracle;
using facet::reference::random_vector;
using facet::reference::Vector;

namespace {

constexpr size_t kHidden = 64, kVocab = 96, kInner = 48, kWindow = 16, kPerLayer = 32, kExpertInner = 16;

struct Published {
  const char *name;
  size_t heads, sliding_kv, full_kv;
  bool shares, k_is_v;
  size_t experts, choices;
};

/// Section 1.1.
const Published kModels[] = {
    {"E2B", 8, 1, 1, true, false, 0, 0},
    {"E4B", 8, 2, 2, true, false, 0, 0},
    {"31B", 32, 16, 4, false, true, 0, 0},
    {"26B", 16, 8, 2, false, true, 128, 8},
};

Config config_of(const Published &model) {
  Config config{.vocab = kVocab,
                .hidden = kHidden,
                .heads = model.heads,
                .per_layer = model.shares ? kPerLayer : 0,
                .experts = model.experts,
                .choices = model.choices,
                .softcap = 30};
  config.layers = {{false, 256, model.sliding_kv, kWindow, kInner, 0, false},
                   {true, 512, model.full_kv, 0, kInner, 1, model.k_is_v}};
  if (model.shares) { // double-wide from there on
    config.layers.push_back({false, 256, model.sliding_kv, kWindow, 2 * kInner, 0, false});
    config.layers.push_back({true, 512, model.full_kv, 0, 2 * kInner, 1, false});
  }
  return config;
}

/// Adds tensors of random values, each with a seed of its own.
struct Weights {
  Tensors tensors;
  std::string prefix;

  void add(const std::string &name, std::vector<size_t> shape, float deviation, float mean = 0) {
    size_t count = 1;
    for (size_t n : shape)
      count *= n;
    Tensor tensor{shape, random_vector(count, uint32_t(tensors.size() + 1), deviation)};
    for (float &value : tensor.values)
      value += mean;
    tensors[prefix + name] = std::move(tensor);
  }
  void matrix(const std::string &name, size_t rows, size_t columns) {
    add(name + ".weight", {rows, columns}, 0.1f);
  }
  void norm(const std::string &name, size_t width) { add(name + ".weight", {width}, 0.1f, 1); }
};

void add_layer(Weights &w, const Config &config, size_t index) {
  const Layer &layer = config.layers[index];
  w.prefix = "layers." + std::to_string(index) + ".";
  for (const char *name : {"input_layernorm", "post_attention_layernorm", "pre_feedforward_layernorm",
                           "post_feedforward_layernorm"})
    w.norm(name, kHidden);
  w.matrix("self_attn.q_proj", config.heads * layer.head_dim, kHidden);
  w.matrix("self_attn.o_proj", kHidden, config.heads * layer.head_dim);
  w.norm("self_attn.q_norm", layer.head_dim);
  if (layer.owner == index) {
    w.matrix("self_attn.k_proj", layer.kv_heads * layer.head_dim, kHidden);
    if (!layer.k_is_v)
      w.matrix("self_attn.v_proj", layer.kv_heads * layer.head_dim, kHidden);
    w.norm("self_attn.k_norm", layer.head_dim);
  }
  w.matrix("mlp.gate_proj", layer.inner, kHidden);
  w.matrix("mlp.up_proj", layer.inner, kHidden);
  w.matrix("mlp.down_proj", kHidden, layer.inner);
  w.add("layer_scalar", {1}, 0.1f, 0.8f);
  if (config.per_layer) {
    w.matrix("per_layer_input_gate", kPerLayer, kHidden);
    w.matrix("per_layer_projection", kHidden, kPerLayer);
    w.norm("post_per_layer_input_norm", kHidden);
  }
  if (config.experts) {
    for (const char *name :
         {"post_feedforward_layernorm_1", "post_feedforward_layernorm_2", "pre_feedforward_layernorm_2"})
      w.norm(name, kHidden);
    w.matrix("router.proj", config.experts, kHidden);
    w.add("router.scale", {kHidden}, 0.5f, 5);
    w.add("router.per_expert_scale", {config.experts}, 0.1f, 1);
    w.add("experts.gate_up_proj", {config.experts, 2 * kExpertInner, kHidden}, 0.1f);
    w.add("experts.down_proj", {config.experts, kHidden, kExpertInner}, 0.1f);
  }
}

Tensors weights_of(const Config &config) {
  Weights w;
  w.matrix("embed_tokens", kVocab, kHidden);
  w.norm("norm", kHidden);
  if (config.per_layer) {
    w.matrix("embed_tokens_per_layer", kVocab, config.layers.size() * kPerLayer);
    w.matrix("per_layer_model_projection", config.layers.size() * kPerLayer, kHidden);
    w.norm("per_layer_projection_norm", kPerLayer);
  }
  for (size_t i = 0; i < config.layers.size(); ++i)
    add_layer(w, config, i);
  return std::move(w.tensors);
}

/// The logits of all rows when the tokens come in steps of `chunk`.
Vector in_steps(Gemma4 &model, const std::vector<int32_t> &tokens, size_t chunk) {
  model.reset();
  Vector logits;
  for (size_t first = 0; first < tokens.size(); first += chunk) {
    size_t last = std::min(tokens.size(), first + chunk);
    std::vector<int32_t> part(tokens.begin() + ptrdiff_t(first), tokens.begin() + ptrdiff_t(last));
    std::vector<size_t> all;
    for (size_t i = 0; i < part.size(); ++i)
      all.push_back(i);
    Vector more = model.step(part, all).logits;
    logits.insert(logits.end(), more.begin(), more.end());
  }
  return logits;
}

TEST(Published, PrefillEqualsChunksAndSingleTokens) {
  for (const Published &published : kModels) {
    SCOPED_TRACE(published.name);
    Config config = config_of(published);
    Gemma4 model(config, weights_of(config));
    std::vector<int32_t> tokens;
    for (int32_t i = 0; i < 40; ++i)
      tokens.push_back(i * 37 % int32_t(kVocab));
    Vector prefill = in_steps(model, tokens, tokens.size());
    EXPECT_EQ(in_steps(model, tokens, 7), prefill);
    EXPECT_EQ(in_steps(model, tokens, 1), prefill);
    for (float logit : prefill)
      ASSERT_LT(std::abs(logit), 30.0f);
  }
}

// A token out of a sliding layer's sight still reaches later rows through the full layers, an earlier row
// never.
TEST(Published, RowsSeeThePastAlone) {
  for (const Published &published : kModels) {
    SCOPED_TRACE(published.name);
    Config config = config_of(published);
    Gemma4 model(config, weights_of(config));
    std::vector<int32_t> tokens(40, 5), changed = tokens;
    changed[20] = 6;
    Vector a = in_steps(model, tokens, 40), b = in_steps(model, changed, 40);
    for (size_t row = 0; row < 40; ++row) {
      bool same = std::equal(a.begin() + ptrdiff_t(row * kVocab), a.begin() + ptrdiff_t((row + 1) * kVocab),
                             b.begin() + ptrdiff_t(row * kVocab));
      EXPECT_EQ(same, row < 20) << row;
    }
  }
}

} // namespace
