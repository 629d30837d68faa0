// config.json and generation_config.json: what is read from which spelling, and each refusal with its
// message.
#include "test/frontend/TestCheckpoint.h"

using namespace facet::test;
using namespace mlir::facet;
using nlohmann::json;

namespace {

TextConfig parsed(const json &config) {
  auto result = parseTextConfig(config.dump(), {});
  if (result)
    return *result;
  ADD_FAILURE() << llvm::toString(result.takeError());
  return {};
}

std::string errorOf(const json &config, llvm::ArrayRef<std::string> allow = {}) {
  auto result = parseTextConfig(config.dump(), allow);
  return result ? "" : llvm::toString(result.takeError());
}

/// The error after one key of the small config has been changed.
std::string errorWith(const char *key, json value) {
  json config = smallConfig();
  config[key] = std::move(value);
  return errorOf(config);
}

std::string generationError(const json &config) {
  auto result = parseGenerationConfig(config.dump(), parsed(smallConfig()), {});
  return result ? "" : llvm::toString(result.takeError());
}

TEST(Config, DefaultsOfTheClass) {
  TextConfig config = parsed({{"model_type", "gemma4_text"}});
  EXPECT_EQ(config.vocab, 262144);
  EXPECT_EQ(config.hidden, 2304);
  EXPECT_EQ(config.heads, 8);
  EXPECT_EQ(config.maxPositions, 131072);
  EXPECT_EQ(config.window, 512);
  EXPECT_EQ(config.eps, 1e-6);
  EXPECT_EQ(config.pleWidth, 256);
  EXPECT_FALSE(config.softcap);
  EXPECT_EQ(config.moe.experts, 0);
  ASSERT_EQ(config.layers.size(), 30u);
  for (int i = 0; i < 30; ++i) {
    EXPECT_EQ(config.layers[i].full, (i + 1) % 6 == 0);
    EXPECT_EQ(config.layers[i].headDim, config.layers[i].full ? 512 : 256);
    EXPECT_EQ(config.layers[i].kvHeads, 4);
    EXPECT_EQ(config.layers[i].intermediate, 9216);
  }
  EXPECT_EQ(config.sliding.rotated, 128);
  EXPECT_EQ(config.full.rotated, 64);
  EXPECT_EQ(config.full.theta, 1e6);
}

// Without a list, the last layer is full whatever its index.
TEST(Config, LastLayerIsFull) {
  TextConfig config = parsed({{"model_type", "gemma4_text"}, {"num_hidden_layers", 8}});
  EXPECT_TRUE(config.layers[7].full);
  EXPECT_FALSE(config.layers[6].full);
}

// The two ways in which transformers writes the full layers' overrides say the same.
TEST(Config, BothSpellingsOfOverrides) {
  json config = smallConfig();
  config["attention_k_eq_v"] = true;
  config["num_attention_heads"] = 4;
  config["num_key_value_heads"] = 4;
  config["num_global_key_value_heads"] = 2;
  TextConfig global = parsed(config);
  EXPECT_EQ(global.layers[1].headDim, 64);
  EXPECT_EQ(global.layers[1].kvHeads, 2);
  EXPECT_TRUE(global.layers[1].valueFromKey);
  EXPECT_FALSE(global.layers[0].valueFromKey);
  config.erase("global_head_dim");
  config.erase("num_global_key_value_heads");
  config["per_layer_config"] = {{"01", {{"head_dim", 64}, {"num_key_value_heads", 2}}}};
  TextConfig perLayer = parsed(config);
  EXPECT_EQ(perLayer.layers[1].headDim, 64);
  EXPECT_EQ(perLayer.layers[1].kvHeads, 2);
  EXPECT_EQ(perLayer.layers[0].kvHeads, 4);
  // per_layer_config wins.
  config["global_head_dim"] = 128;
  config["num_global_key_value_heads"] = 1;
  EXPECT_EQ(parsed(config).layers[1].headDim, 64);
  EXPECT_EQ(parsed(config).layers[1].kvHeads, 2);
}

// num_global_key_value_heads counts only together with K = V.
TEST(Config, GlobalHeadsNeedKeysAsValues) {
  json config = smallConfig();
  config["num_key_value_heads"] = 2;
  config["num_global_key_value_heads"] = 1;
  EXPECT_EQ(parsed(config).layers[1].kvHeads, 2);
}

TEST(Config, SharedLayersReadTheLastOfTheirKind) {
  json config = sharedConfig();
  config["use_double_wide_mlp"] = true;
  TextConfig parsedConfig = parsed(config);
  EXPECT_EQ(parsedConfig.layers[2].source, 0);
  EXPECT_EQ(parsedConfig.layers[3].source, 1);
  EXPECT_EQ(parsedConfig.layers[1].intermediate, 80);
  EXPECT_EQ(parsedConfig.layers[2].intermediate, 160);
}

TEST(Config, BothSpellingsOfExpertSize) {
  json config = smallConfig();
  config.update({{"enable_moe_block", true}, {"num_experts", 4}, {"top_k_experts", 2}});
  EXPECT_EQ(errorOf(config),
            "config.json: 'moe_intermediate_size': expected a size, as enable_moe_block is true, got none");
  config["expert_intermediate_size"] = 48;
  EXPECT_EQ(parsed(config).moe.intermediate, 48);
  config["moe_intermediate_size"] = 32;
  EXPECT_EQ(
      errorOf(config),
      "config.json: 'expert_intermediate_size': expected the value of moe_intermediate_size, got another");
  config.erase("expert_intermediate_size");
  EXPECT_EQ(parsed(config).moe.intermediate, 32);
  config["top_k_experts"] = 5;
  EXPECT_EQ(errorOf(config), "config.json: 'top_k_experts': expected an integer from 1 to 4, got 5");
}

TEST(Config, NestedAndFlat) {
  json config = {{"model_type", "gemma4"},
                 {"text_config", smallConfig()},
                 {"audio_config", nullptr},
                 {"vision_config", {{"whatever", 1}}},
                 {"eos_token_id", {1, 6}}};
  config["text_config"].erase("model_type");
  TextConfig nested = parsed(config);
  EXPECT_TRUE(nested.nested);
  EXPECT_TRUE(nested.visionTower);
  EXPECT_FALSE(nested.audioTower);
  EXPECT_EQ(nested.stop, (std::vector<int64_t>{1, 6}));
  EXPECT_FALSE(parsed(smallConfig()).nested);
  config["text_config"]["model_type"] = "gemma3_text";
  EXPECT_EQ(errorOf(config),
            "config.json: 'text_config.model_type': expected \"gemma4_text\", got \"gemma3_text\"");
  config.erase("text_config");
  EXPECT_EQ(errorOf(config), "config.json: 'text_config': expected an object, got none");
}

TEST(Config, UnknownModels) {
  EXPECT_EQ(errorWith("model_type", "gemma4_unified"),
            "config.json: 'model_type': expected \"gemma4\" or \"gemma4_text\", got \"gemma4_unified\"");
  EXPECT_EQ(errorOf(json::object()),
            "config.json: 'model_type': expected \"gemma4\" or \"gemma4_text\", got none");
  EXPECT_EQ(errorOf(json::array()), "config.json: expected an object, got []");
}

TEST(Config, UnknownKeys) {
  json config = {{"model_type", "gemma4"}, {"text_config", smallConfig()}};
  config["text_config"]["attention_sink"] = 4;
  EXPECT_EQ(errorOf(config),
            "config.json: unknown key 'text_config.attention_sink' (4): it may change what the model "
            "computes; if it does not, pass --allow-config text_config.attention_sink");
  EXPECT_EQ(errorOf(config, {"text_config.attention_sink"}), "");
  EXPECT_EQ(errorOf(config, {"attention_sink"}), "");
  EXPECT_NE(errorOf(config, {"attention"}), "");
  // A key of the text is unknown at the top.
  config["text_config"].erase("attention_sink");
  config["sliding_window"] = 4;
  EXPECT_EQ(errorOf(config),
            "config.json: unknown key 'sliding_window' (4): it may change what the model computes; if "
            "it does not, pass --allow-config sliding_window");
  EXPECT_EQ(errorWith("rope_parameters", {{"full_attention", {{"rope_theta", 1e6}, {"beta_fast", 32}}}}),
            "config.json: unknown key 'rope_parameters.full_attention.beta_fast' (32): it may change what "
            "the model "
            "computes; if it does not, pass --allow-config rope_parameters.full_attention.beta_fast");
}

// Also within objects of the config.
TEST(Config, AllowedKeysWithin) {
  json config = smallConfig();
  config["rope_parameters"]["full_attention"]["comment"] = "";
  config["per_layer_config"] = {{"1", {{"comment", ""}}}};
  EXPECT_NE(errorOf(config), "");
  EXPECT_EQ(errorOf(config, {"rope_parameters.full_attention.comment", "per_layer_config.1.comment"}), "");
}

TEST(Config, OnlyValues) {
  EXPECT_EQ(errorWith("hidden_activation", "silu"),
            "config.json: 'hidden_activation': expected \"gelu_pytorch_tanh\", the only value supported, got "
            "\"silu\"");
  EXPECT_EQ(errorWith("attention_bias", true),
            "config.json: 'attention_bias': expected false, the only value supported, got true");
  EXPECT_EQ(errorWith("tie_word_embeddings", false),
            "config.json: 'tie_word_embeddings': expected true, the only value supported, got false");
  EXPECT_EQ(
      errorWith("use_bidirectional_attention", "all"),
      "config.json: 'use_bidirectional_attention': expected null or \"vision\" (a decoder), got \"all\"");
  EXPECT_EQ(errorWith("quantization_config", {{"quant_method", "nvfp4"}}),
            "config.json: 'quantization_config': expected null, the only value supported, got "
            "{\"quant_method\":\"nvfp4\"}");
}

TEST(Config, SizesOutOfBounds) {
  EXPECT_EQ(errorWith("hidden_size", 63), "config.json: 'hidden_size': expected a multiple of 16, got 63");
  EXPECT_EQ(errorWith("hidden_size", -16),
            "config.json: 'hidden_size': expected an integer from 16 to 131072, got -16");
  EXPECT_EQ(errorWith("hidden_size", 1e30),
            "config.json: 'hidden_size': expected an integer from 16 to 131072, got 1e+30");
  EXPECT_EQ(errorWith("hidden_size", 18446744073709551615u),
            "config.json: 'hidden_size': expected an integer from 16 to 131072, got 18446744073709551615");
  EXPECT_EQ(errorWith("hidden_size", "64"),
            "config.json: 'hidden_size': expected an integer from 16 to 131072, got \"64\"");
  EXPECT_EQ(errorWith("head_dim", 48), "config.json: 'head_dim': expected a multiple of 32, got 48");
  EXPECT_EQ(errorWith("rms_norm_eps", 0),
            "config.json: 'rms_norm_eps': expected a number of at least 1e-30 and at most 1.0, got 0");
  EXPECT_EQ(
      errorWith("final_logit_softcapping", 0),
      "config.json: 'final_logit_softcapping': expected a number above 0.0 and at most 1000000.0, got 0");
  EXPECT_EQ(errorWith("num_kv_shared_layers", 2),
            "config.json: 'num_kv_shared_layers': expected an integer from 0 to 1, got 2");
  EXPECT_EQ(errorWith("attention_k_eq_v", 1),
            "config.json: 'attention_k_eq_v': expected true or false, got 1");
  EXPECT_EQ(errorWith("max_position_embeddings", 262145),
            "config.json: 'max_position_embeddings': expected an integer from 1 to 262144, got 262145");
  EXPECT_EQ(errorWith("num_key_value_heads", 3),
            "config.json: 'num_attention_heads': expected a multiple of the 3 K/V "
            "heads of layer 0, got 2");
  EXPECT_EQ(errorWith("eos_token_id", 48),
            "config.json: 'eos_token_id': expected token ids from 0 to 47, got 48");
  EXPECT_EQ(errorWith("eos_token_id", {1, -1}),
            "config.json: 'eos_token_id': expected token ids from 0 to 47, got [1,-1]");
  json config = smallConfig();
  config["hidden_size_per_layer_input"] = 16;
  config["vocab_size_per_layer_input"] = 40;
  EXPECT_EQ(errorOf(config),
            "config.json: 'vocab_size_per_layer_input': expected an integer from 48 to 16777216, got 40");
}

TEST(Config, Layers) {
  EXPECT_EQ(errorWith("layer_types", {"sliding_attention"}),
            "config.json: 'layer_types': expected a list of "
            "num_hidden_layers = 2 strings, got [\"sliding_attention\"]");
  EXPECT_EQ(errorWith("layer_types", {"sliding_attention", "linear_attention"}),
            "config.json: 'layer_types': expected \"sliding_attention\" or \"full_attention\" for layer 1, "
            "got \"linear_attention\"");
  EXPECT_EQ(errorWith("per_layer_config", {{"2", {{"head_dim", 64}}}}),
            "config.json: 'per_layer_config': expected layers from 0 to 1, got '2'");
  EXPECT_EQ(errorWith("per_layer_config", {{"1", json::object()}, {"01", json::object()}}),
            "config.json: 'per_layer_config': expected each layer once, got '1' again");
  EXPECT_EQ(errorWith("per_layer_config", {{"1", {{"window", 64}}}}),
            "config.json: unknown key 'per_layer_config.1.window' (64): it may change what the model "
            "computes; if it does "
            "not, pass --allow-config per_layer_config.1.window");
  json config = sharedConfig();
  config["layer_types"] = {"sliding_attention", "sliding_attention", "full_attention", "sliding_attention"};
  EXPECT_EQ(errorOf(config),
            "config.json: 'num_kv_shared_layers': expected an earlier layer of its kind that owns K/V "
            "for layer 2, got none");
  config = sharedConfig();
  config["per_layer_config"] = {{"3", {{"num_key_value_heads", 2}}}};
  EXPECT_EQ(errorOf(config),
            "config.json: 'num_kv_shared_layers': expected layer 3 to have the K/V heads of layer 1, "
            "whose K/V it reads, got others");
  config = sharedConfig();
  config["num_kv_shared_layers"] = 0;
  config["per_layer_config"] = {{"3", {{"head_dim", 128}}}};
  EXPECT_EQ(
      errorOf(config),
      "config.json: 'per_layer_config': expected one head_dim for all layers of a kind, got 64 and 128");
}

TEST(Config, Rope) {
  json config = smallConfig();
  config["rope_parameters"]["full_attention"]["factor"] = 8.0;
  EXPECT_EQ(parsed(config).full.factor, 8.0);
  EXPECT_EQ(parsed(config).full.rotated, 8);
  config["rope_parameters"]["full_attention"]["rope_type"] = "yarn";
  EXPECT_EQ(errorOf(config),
            "config.json: 'rope_parameters.full_attention.rope_type': expected \"default\" or "
            "\"proportional\", got \"yarn\"");
  config["rope_parameters"]["full_attention"]["rope_type"] = "default";
  EXPECT_EQ(errorOf(config),
            "config.json: 'rope_parameters.full_attention.rope_type': expected \"proportional\" where "
            "partial_rotary_factor or factor is given, got \"default\"");
  EXPECT_EQ(errorWith("rope_parameters", {{"rope_theta", 1e4}}),
            "config.json: unknown key 'rope_parameters.rope_theta' (10000.0): it may change what the model "
            "computes; if "
            "it does not, pass --allow-config rope_parameters.rope_theta");
}

TEST(Config, Broken) {
  auto broken = parseTextConfig("{\"a\": }", {});
  EXPECT_EQ(llvm::toString(broken.takeError()), "config.json: broken JSON at byte 7");
  // Depth is bounded before a document is built.
  auto deep = parseTextConfig(std::string(100000, '['), {});
  EXPECT_EQ(llvm::toString(deep.takeError()), "config.json: JSON nested more than 32 deep");
  auto twice = parseTextConfig("{\"model_type\": \"gemma4\", \"model_type\": \"gemma4_text\"}", {});
  EXPECT_EQ(llvm::toString(twice.takeError()), "config.json: key 'model_type' appears twice in one object");
}

TEST(GenerationConfig, Values) {
  json config = {{"do_sample", true},
                 {"temperature", 0.7},
                 {"top_k", 64},
                 {"top_p", 0.95},
                 {"eos_token_id", {1, 6, 14}},
                 {"bos_token_id", 2},
                 {"pad_token_id", 0},
                 {"transformers_version", "5.5.0"}};
  auto read = parseGenerationConfig(config.dump(), parsed(smallConfig()), {});
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  EXPECT_TRUE(read->sample);
  EXPECT_EQ(read->temperature, 0.7);
  EXPECT_EQ(read->topK, 64);
  EXPECT_EQ(read->topP, 0.95);
  EXPECT_EQ(read->stop, (std::vector<int64_t>{1, 6, 14}));
  // What it does not give comes from config.json.
  read = parseGenerationConfig("{}", parsed(smallConfig()), {});
  ASSERT_TRUE(bool(read));
  EXPECT_EQ(read->stop, std::vector<int64_t>{1});
  EXPECT_EQ(read->bos, 2);
  EXPECT_FALSE(read->sample);
}

TEST(GenerationConfig, Refusals) {
  EXPECT_EQ(generationError({{"temperature", -1}}), "generation_config.json: 'temperature': expected a "
                                                    "number of at least 0.0 and at most 1000000.0, got -1");
  EXPECT_EQ(generationError({{"top_p", 0}}),
            "generation_config.json: 'top_p': expected a number above 0.0 and at most 1.0, got 0");
  EXPECT_EQ(generationError({{"top_k", "all"}}),
            "generation_config.json: 'top_k': expected an integer from 0 to 2147483647, got \"all\"");
  EXPECT_EQ(generationError({{"eos_token_id", 48}}),
            "generation_config.json: 'eos_token_id': expected token ids from 0 to 47, got 48");
  EXPECT_EQ(generationError({{"num_beams", 4}}),
            "generation_config.json: 'num_beams': expected 1, the only value supported, got 4");
  EXPECT_EQ(generationError({{"typical_p", 0.5}}),
            "generation_config.json: unknown key 'typical_p' (0.5): it may change "
            "what the model computes; if it does not, pass --allow-config typical_p");
}

} // namespace
