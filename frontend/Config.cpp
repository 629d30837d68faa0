// config.json of the Gemma 4 family: three lists say what each key means, then sizes are read and layers
// resolved.
#include "frontend/Config.h"
#include "frontend/ConfigLayers.h"
#include "frontend/Json.h"

using namespace mlir::facet;
using llvm::StringRef;
using llvm::Twine;

static constexpr llvm::StringLiteral file = "config.json";

/// Keys that transformers writes into any config, at whichever level. None changes what is computed.
static constexpr KeyRule savedKeys[] = {
    {KeyRule::Inert, "_name_or_path"},
    {KeyRule::Inert, "architectures"},
    {KeyRule::Inert, "dtype"},
    {KeyRule::Inert, "torch_dtype"},
    {KeyRule::Inert, "initializer_range"},
    {KeyRule::Inert, "use_cache"},
    {KeyRule::Inert, "return_dict"},
    {KeyRule::Inert, "output_hidden_states"},
    {KeyRule::Inert, "output_attentions"},
    {KeyRule::Inert, "problem_type"},
    {KeyRule::Inert, "chunk_size_feed_forward"},
    {KeyRule::Inert, "id2label"},
    {KeyRule::Inert, "label2id"},
    {KeyRule::Inert, "transformers_version"},
    {KeyRule::MustEqual, "is_encoder_decoder", "false"},
    {KeyRule::MustEqual, "quantization_config", "null"},
    {KeyRule::MustEqual, "tie_word_embeddings", "true"},
    {KeyRule::Used, "model_type"},
    {KeyRule::Used, "eos_token_id"},
    {KeyRule::Used, "bos_token_id"},
    {KeyRule::Used, "pad_token_id"},
};

static constexpr KeyRule textKeys[] = {
    {KeyRule::Used, "vocab_size"},
    {KeyRule::Used, "vocab_size_per_layer_input"},
    {KeyRule::Used, "hidden_size"},
    {KeyRule::Used, "hidden_size_per_layer_input"},
    {KeyRule::Used, "intermediate_size"},
    {KeyRule::Used, "use_double_wide_mlp"},
    {KeyRule::Used, "num_hidden_layers"},
    {KeyRule::Used, "layer_types"},
    {KeyRule::Used, "per_layer_config"},
    {KeyRule::Used, "num_attention_heads"},
    {KeyRule::Used, "num_key_value_heads"},
    {KeyRule::Used, "num_global_key_value_heads"},
    {KeyRule::Used, "num_kv_shared_layers"},
    {KeyRule::Used, "head_dim"},
    {KeyRule::Used, "global_head_dim"},
    {KeyRule::Used, "attention_k_eq_v"},
    {KeyRule::Used, "sliding_window"},
    {KeyRule::Used, "use_bidirectional_attention"},
    {KeyRule::Used, "rope_parameters"},
    {KeyRule::Used, "max_position_embeddings"},
    {KeyRule::Used, "rms_norm_eps"},
    {KeyRule::Used, "final_logit_softcapping"},
    {KeyRule::Used, "enable_moe_block"},
    {KeyRule::Used, "num_experts"},
    {KeyRule::Used, "top_k_experts"},
    {KeyRule::Used, "moe_intermediate_size"},
    {KeyRule::Used, "expert_intermediate_size"},
    {KeyRule::MustEqual, "hidden_activation", "\"gelu_pytorch_tanh\""},
    {KeyRule::MustEqual, "attention_bias", "false"},
    {KeyRule::Inert, "attention_dropout"}, // training only
};

/// Of the nested form. Towers and the ids of their placeholders wait for the senses.
static constexpr KeyRule outerKeys[] = {
    {KeyRule::Used, "text_config"},      {KeyRule::Used, "vision_config"},
    {KeyRule::Used, "audio_config"},     {KeyRule::Inert, "vision_soft_tokens_per_image"},
    {KeyRule::Inert, "boi_token_id"},    {KeyRule::Inert, "image_token_id"},
    {KeyRule::Inert, "eoi_token_id"},    {KeyRule::Inert, "boa_token_id"},
    {KeyRule::Inert, "audio_token_id"},  {KeyRule::Inert, "eoa_token_id"},
    {KeyRule::Inert, "eoa_token_index"}, {KeyRule::Inert, "video_token_id"},
};

static std::vector<KeyRule> rulesOf(llvm::ArrayRef<KeyRule> own) {
  std::vector<KeyRule> rules(std::begin(savedKeys), std::end(savedKeys));
  rules.insert(rules.end(), own.begin(), own.end());
  return rules;
}

/// MoE sizes, which have two spellings.
static void readMoe(JsonReader &text, TextConfig &config) {
  if (!text.boolean("enable_moe_block", false))
    return;
  for (StringRef key : {"num_experts", "top_k_experts"})
    if (!text.has(key))
      text.fail(key, "a size, as enable_moe_block is true", "none");
  StringRef width = text.has("moe_intermediate_size") ? "moe_intermediate_size" : "expert_intermediate_size";
  if (!text.has(width))
    text.fail("moe_intermediate_size", "a size, as enable_moe_block is true", "none");
  MoeConfig moe;
  moe.experts = text.integer("num_experts", 1, 1, 4096);
  moe.choices = text.integer("top_k_experts", 1, 1, moe.experts);
  moe.intermediate = multipleOf(text, width, 16, 16, 1 << 20);
  if (width == "moe_intermediate_size" && text.has("expert_intermediate_size") &&
      text.integer("expert_intermediate_size", 16, 1, 1 << 20) != moe.intermediate)
    text.fail("expert_intermediate_size", "the value of moe_intermediate_size", "another");
  config.moe = moe;
}

/// Whether tokens see each other both ways.
static void readDirection(JsonReader &text, TextConfig &config) {
  std::string direction = text.text("use_bidirectional_attention", "");
  if (!direction.empty() && direction != "vision")
    text.fail("use_bidirectional_attention", "null or \"vision\" (a decoder)", Json(direction).dump());
  config.bidirectionalVision = direction == "vision";
}

static void readText(JsonReader &text, TextConfig &config) {
  config.vocab = text.integer("vocab_size", 262144, 1, 1 << 24);
  config.hidden = multipleOf(text, "hidden_size", 2304, 16, 1 << 17);
  config.heads = text.integer("num_attention_heads", 8, 1, 1024);
  config.window = text.integer("sliding_window", 512, 1, 1 << 24);
  // The rope tables' sin and cos are exact to 2 ulp up to here.
  config.maxPositions = text.integer("max_position_embeddings", 131072, 1, 1 << 18);
  config.eps = text.number("rms_norm_eps", 1e-6, 1e-30, 1);
  if (text.has("final_logit_softcapping"))
    config.softcap = text.number("final_logit_softcapping", 30, 0, 1e6, /*above=*/true);
  int64_t pleWidth = text.integer("hidden_size_per_layer_input", 256, 0, 1 << 16);
  config.pleWidth = pleWidth ? multipleOf(text, "hidden_size_per_layer_input", 256, 16, 1 << 16) : 0;
  // Without per-layer embeddings the size of their vocabulary says nothing.
  int64_t least = config.pleWidth ? config.vocab : 0;
  config.pleVocab = text.integer("vocab_size_per_layer_input", 262144, least, 1 << 24);
  if (config.pleVocab < least)
    text.fail("vocab_size_per_layer_input", "at least vocab_size, " + Twine(least),
              Json(config.pleVocab).dump());
  readMoe(text, config);
  readDirection(text, config);
  readLayers(text, config);
}

/// Ids of special tokens: those of the outermost level that has them.
static void readIds(JsonReader &reader, TextConfig &config) {
  int64_t last = config.vocab - 1;
  if (reader.has("eos_token_id"))
    config.stop = reader.ids("eos_token_id", last);
  if (auto bos = reader.optionalInteger("bos_token_id", 0, last))
    config.bos = bos;
  if (auto pad = reader.optionalInteger("pad_token_id", 0, last))
    config.pad = pad;
}

static void readNested(JsonReader &outer, TextConfig &config) {
  config.nested = true;
  const Json *inner = outer.object("text_config");
  config.visionTower = outer.object("vision_config");
  config.audioTower = outer.object("audio_config");
  if (!inner)
    return outer.fail("text_config", "an object", "none");
  JsonReader text = outer.within("text_config", *inner);
  if (text.text("model_type", "gemma4_text") != "gemma4_text")
    text.fail("model_type", "\"gemma4_text\"", showJson((*inner)["model_type"]));
  outer.checkKeys(rulesOf(outerKeys));
  text.checkKeys(rulesOf(textKeys));
  readText(text, config);
  readIds(text, config);
  readIds(outer, config);
}

llvm::Expected<TextConfig> mlir::facet::parseTextConfig(StringRef json, llvm::ArrayRef<std::string> allow) {
  llvm::Expected<Json> root = parseJson(json, file);
  if (!root)
    return root.takeError();
  std::string error;
  JsonReader reader(*root, file, error, allow);
  TextConfig config;
  std::string type = reader.text("model_type", "");
  if (type == "gemma4") {
    readNested(reader, config);
  } else if (type == "gemma4_text") {
    reader.checkKeys(rulesOf(textKeys));
    readText(reader, config);
    readIds(reader, config);
  } else {
    reader.fail("model_type", "\"gemma4\" or \"gemma4_text\"", type.empty() ? "none" : Json(type).dump());
  }
  if (!error.empty())
    return refuse(error);
  return config;
}
