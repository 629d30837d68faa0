// The route from a checkpoint to a file.
#include "compiler/CompileCheckpoint.h"

#include "compiler/LibraryWriter.h"
#include "compiler/OutputFile.h"
#include "frontend/tokenizer/TokenizerBuilder.h"

#include <nlohmann/json.hpp>

using namespace mlir;
using namespace mlir::facet;

static unsigned formatOfMostBytes(llvm::ArrayRef<facet_weight_info> weights) {
  std::array<uint64_t, 4> bytes = {}; // by format
  for (const facet_weight_info &weight : weights)
    bytes[weight.format] += weight.size;
  return std::max_element(bytes.begin(), bytes.end()) - bytes.begin();
}

facet_model_info mlir::facet::describeModel(const Checkpoint &checkpoint, const CompileOptions &options,
                                            ProgramTables &tables) {
  const TextConfig &text = checkpoint.textConfig();
  const GenerationConfig &generation = checkpoint.generation();
  facet_model_info info = {};
  info.vocab_size = text.vocab;
  info.hidden_size = text.hidden;
  info.layer_count = text.layers.size();
  info.max_positions = text.maxPositions;
  info.bos_id = generation.bos ? unsigned(*generation.bos) : ~0u; // none
  info.pad_id = generation.pad ? unsigned(*generation.pad) : ~0u;
  for (int64_t id : generation.stop)
    if (info.stop_count < std::size(info.stop_ids))
      info.stop_ids[info.stop_count++] = id;
  info.max_rows = options.pipeline.ladder.back();
  info.weight_format = formatOfMostBytes(tables.weights);
  info.temperature = generation.temperature;
  info.top_p = generation.topP;
  info.top_k = generation.topK;
  info.do_sample = generation.sample;
  info.name = tables.strings.add(text.nested ? "gemma4" : "gemma4_text");
  return info;
}

std::string mlir::facet::describeMetadata(const Checkpoint &checkpoint, const CompileOptions &options) {
  nlohmann::ordered_json json;
  json["special_tokens"] = checkpoint.specialTokens();
  json["config"] = nlohmann::ordered_json::parse(checkpoint.configJson().str(), nullptr, false);
  if (!options.tuning.empty())
    json["tuning_sha256"] = options.tuning.digest();
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

static llvm::Expected<std::vector<uint8_t>> tokenizerTables(const Checkpoint &checkpoint) {
  if (checkpoint.tokenizerJson().empty())
    return std::vector<uint8_t>();
  ::facet::TokenizerBuildOptions options;
  if (!checkpoint.tokenizerConfigJson().empty()) {
    auto extra = ::facet::readExtraSpecialTokens(std::string_view(checkpoint.tokenizerConfigJson()),
                                                 "tokenizer_config.json");
    if (!extra)
      return llvm::createStringError(extra.error().describe());
    options.ExtraSpecialTokens = *extra;
  }
  auto tables =
      ::facet::buildTokenizerTables(std::string_view(checkpoint.tokenizerJson()), "tokenizer.json", options);
  if (!tables)
    return llvm::createStringError(tables.error().describe());
  return std::move(*tables);
}

llvm::Error mlir::facet::compileCheckpoint(const Checkpoint &checkpoint, ModuleOp module,
                                           const CompileOptions &options, llvm::StringRef path) {
  if (checkpoint.generation().stop.size() > std::size(facet_model_info().stop_ids))
    return llvm::createStringError("generation_config.json: eos_token_id: expected at most " +
                                   llvm::Twine(std::size(facet_model_info().stop_ids)) + " ids, found " +
                                   llvm::Twine(checkpoint.generation().stop.size()));
  // Cheap refusals first: the output, the tokenizer and the files, before minutes of code generation.
  if (options.library.empty())
    if (llvm::Error error = OutputFile().open(path))
      return error;
  llvm::Expected<std::vector<uint8_t>> tokenizer = tokenizerTables(checkpoint);
  if (!tokenizer)
    return tokenizer.takeError();
  auto packer = WeightPacker::open(checkpoint.filePaths(), options.importance);
  if (!packer)
    return packer.takeError();
  if (llvm::Error error = runModelPhases(module, options))
    return error;
  ArtifactParts parts;
  parts.tables = makeProgramTables(module);
  auto variants = compileVariants(module, parts.tables, options);
  if (!variants)
    return variants.takeError();
  parts.variants = std::move(*variants);
  parts.model = describeModel(checkpoint, options, parts.tables);
  parts.tokenizer = std::move(*tokenizer);
  parts.chatTemplate = checkpoint.chatTemplate().str();
  parts.metadata = describeMetadata(checkpoint, options);
  parts.progress = options.progress;
  if (options.library.empty())
    return writeArtifact(path, parts, module, **packer);
  return writeLibrary(path, {options.library, options.embedWeights}, parts, module, **packer);
}
