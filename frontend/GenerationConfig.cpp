// generation_config.json: what ends a text, and how the checkpoint wants to be sampled.
#include "frontend/Config.h"
#include "frontend/Json.h"

using namespace mlir::facet;

static constexpr llvm::StringLiteral file = "generation_config.json";

static constexpr KeyRule generationKeys[] = {
    {KeyRule::Used, "eos_token_id"},
    {KeyRule::Used, "bos_token_id"},
    {KeyRule::Used, "pad_token_id"},
    {KeyRule::Used, "do_sample"},
    {KeyRule::Used, "temperature"},
    {KeyRule::Used, "top_k"},
    {KeyRule::Used, "top_p"},
    {KeyRule::MustEqual, "suppress_tokens", "[]"},
    {KeyRule::MustEqual, "repetition_penalty", "1.0"},
    {KeyRule::MustEqual, "num_beams", "1"},
    {KeyRule::Inert, "_from_model_config"},
    {KeyRule::Inert, "transformers_version"},
    {KeyRule::Inert, "cache_implementation"},
    {KeyRule::Inert, "use_cache"},
    {KeyRule::Inert, "max_length"}, // lengths are the caller's
    {KeyRule::Inert, "max_new_tokens"},
};

GenerationConfig mlir::facet::defaultGenerationConfig(const TextConfig &text) {
  GenerationConfig config;
  config.stop = text.stop;
  config.bos = text.bos;
  config.pad = text.pad;
  return config;
}

llvm::Expected<GenerationConfig> mlir::facet::parseGenerationConfig(llvm::StringRef json,
                                                                    const TextConfig &text,
                                                                    llvm::ArrayRef<std::string> allow) {
  llvm::Expected<Json> root = parseJson(json, file);
  if (!root)
    return root.takeError();
  std::string error;
  JsonReader reader(*root, file, error, allow);
  reader.checkKeys(generationKeys);
  GenerationConfig config = defaultGenerationConfig(text);
  int64_t last = text.vocab - 1;
  config.sample = reader.boolean("do_sample", false);
  config.temperature = reader.number("temperature", 1, 0, 1e6);
  config.topK = reader.integer("top_k", 0, 0, INT32_MAX);
  config.topP = reader.number("top_p", 1, 0, 1, /*above=*/true);
  if (reader.has("eos_token_id"))
    config.stop = reader.ids("eos_token_id", last);
  if (auto bos = reader.optionalInteger("bos_token_id", 0, last))
    config.bos = bos;
  if (auto pad = reader.optionalInteger("pad_token_id", 0, last))
    config.pad = pad;
  if (!error.empty())
    return refuse(error);
  return config;
}
