// The weight table of the text decoder. One row a tensor; sizes are named and come from the config.
#include "frontend/models/Gemma4TextWeights.h"
#include "frontend/Json.h"
#include "frontend/models/TiedHead.h"

#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace mlir::facet;
using llvm::StringRef;
using llvm::Twine;

namespace {

/// Sizes of a config, or of a layer of it.
enum class Size : uint8_t {
  None,
  One,
  Vocab,
  Hidden,
  PleVocab,
  Ple,
  AllPle,
  Queries,
  KeyValues,
  Head,
  Ffn,
  Experts,
  ExpertFfn,
  ExpertGateUp
};
/// What must be so for a tensor to be there.
enum class When : uint8_t { Always, OwnsKv, OwnsV, Ple, Moe };

struct WeightRow {
  llvm::StringLiteral tensor; // in the checkpoint
  llvm::StringLiteral symbol; // in the module
  Size shape[3];
  When when;
};

using enum Size;

constexpr WeightRow modelRows[] = {
    {"embed_tokens.weight", "embed", {Vocab, Hidden}, When::Always},
    {"embed_tokens_per_layer.weight", "ple.table", {PleVocab, AllPle}, When::Ple},
    {"per_layer_model_projection.weight", "ple.projection", {AllPle, Hidden}, When::Ple},
    {"per_layer_projection_norm.weight", "ple.norm", {Ple}, When::Ple},
    {"norm.weight", "norm", {Hidden}, When::Always},
};

constexpr WeightRow layerRows[] = {
    {"input_layernorm.weight", "attn_norm", {Hidden}, When::Always},
    {"self_attn.q_proj.weight", "q", {Queries, Hidden}, When::Always},
    {"self_attn.k_proj.weight", "k", {KeyValues, Hidden}, When::OwnsKv},
    {"self_attn.v_proj.weight", "v", {KeyValues, Hidden}, When::OwnsV},
    {"self_attn.o_proj.weight", "o", {Hidden, Queries}, When::Always},
    {"self_attn.q_norm.weight", "q_norm", {Head}, When::Always},
    {"self_attn.k_norm.weight", "k_norm", {Head}, When::OwnsKv},
    {"post_attention_layernorm.weight", "post_attn_norm", {Hidden}, When::Always},
    {"pre_feedforward_layernorm.weight", "ffn_norm", {Hidden}, When::Always},
    {"mlp.gate_proj.weight", "gate", {Ffn, Hidden}, When::Always},
    {"mlp.up_proj.weight", "up", {Ffn, Hidden}, When::Always},
    {"mlp.down_proj.weight", "down", {Hidden, Ffn}, When::Always},
    {"post_feedforward_layernorm.weight", "post_ffn_norm", {Hidden}, When::Always},
    {"layer_scalar", "scalar", {One}, When::Always},
    {"per_layer_input_gate.weight", "ple_gate", {Ple, Hidden}, When::Ple},
    {"per_layer_projection.weight", "ple_proj", {Hidden, Ple}, When::Ple},
    {"post_per_layer_input_norm.weight", "ple_norm", {Hidden}, When::Ple},
    {"router.proj.weight", "router", {Experts, Hidden}, When::Moe},
    {"router.scale", "router_scale", {Hidden}, When::Moe},
    {"router.per_expert_scale", "expert_scale", {Experts}, When::Moe},
    {"experts.gate_up_proj", "experts.gate_up", {Experts, ExpertGateUp, Hidden}, When::Moe},
    {"experts.down_proj", "experts.down", {Experts, Hidden, ExpertFfn}, When::Moe},
    {"pre_feedforward_layernorm_2.weight", "ffn_norm_2", {Hidden}, When::Moe},
    {"post_feedforward_layernorm_1.weight", "post_ffn_norm_1", {Hidden}, When::Moe},
    {"post_feedforward_layernorm_2.weight", "post_ffn_norm_2", {Hidden}, When::Moe},
};

class WeightDeclarer {
public:
  WeightDeclarer(OpBuilder &builder, const Checkpoint &checkpoint)
      : builder(builder), tensors(checkpoint.tensors()), config(checkpoint.textConfig()),
        prefix(config.nested ? "model.language_model." : "model.") {}

  llvm::Error declareAll();

private:
  int64_t sizeOf(Size size, const TextLayer &layer) const;
  SmallVector<int64_t> shapeOf(const WeightRow &row, const TextLayer &layer) const;
  bool isPresent(When when, int64_t layer) const;
  bool isRedundant(When when, int64_t layer) const;
  llvm::Expected<const Tensor *> take(const std::string &name, ArrayRef<int64_t> shape);
  llvm::Error declare(const WeightRow &row, int64_t layer);
  void declareRope(StringRef symbol, const RopeConfig &rope);
  bool isTower(StringRef tensor) const;
  llvm::Error checkHead();
  llvm::Error checkUnused() const;

  OpBuilder &builder;
  const TensorDirectory &tensors;
  const TextConfig &config;
  std::string prefix;
  llvm::StringSet<> used;
};

} // namespace

std::string mlir::facet::layerSymbol(int64_t layer, StringRef part) {
  return ("layers." + Twine(layer) + "." + part).str();
}

int64_t WeightDeclarer::sizeOf(Size size, const TextLayer &layer) const {
  switch (size) {
  case None:
    return 0;
  case One:
    return 1;
  case Vocab:
    return config.vocab;
  case Hidden:
    return config.hidden;
  case PleVocab:
    return config.pleVocab;
  case Ple:
    return config.pleWidth;
  case AllPle:
    return config.pleWidth * int64_t(config.layers.size());
  case Queries:
    return config.heads * layer.headDim;
  case KeyValues:
    return layer.kvHeads * layer.headDim;
  case Head:
    return layer.headDim;
  case Ffn:
    return layer.intermediate;
  case Experts:
    return config.moe.experts;
  case ExpertFfn:
    return config.moe.intermediate;
  case ExpertGateUp:
    return 2 * config.moe.intermediate;
  }
  llvm_unreachable("all sizes are listed");
}

SmallVector<int64_t> WeightDeclarer::shapeOf(const WeightRow &row, const TextLayer &layer) const {
  SmallVector<int64_t> shape;
  for (Size size : row.shape)
    if (size != None)
      shape.push_back(sizeOf(size, layer));
  return shape;
}

bool WeightDeclarer::isPresent(When when, int64_t layer) const {
  switch (when) {
  case When::Always:
    return true;
  case When::OwnsKv:
    return config.ownsKv(layer);
  case When::OwnsV:
    return config.ownsKv(layer) && !config.layers[layer].valueFromKey;
  case When::Ple:
    return config.pleWidth != 0;
  case When::Moe:
    return config.moe.experts != 0;
  }
  llvm_unreachable("all conditions are listed");
}

/// Published files hold K/V tensors also for layers that read another's K/V.
bool WeightDeclarer::isRedundant(When when, int64_t layer) const {
  bool keys = when == When::OwnsKv || (when == When::OwnsV && !config.layers[layer].valueFromKey);
  return keys && !config.ownsKv(layer);
}

/// Layer -1 stands for the model outside of layers.
static std::string symbolOf(int64_t layer, StringRef part) {
  return layer < 0 ? part.str() : layerSymbol(layer, part);
}

/// Finds a tensor, checks it and counts it as used.
llvm::Expected<const Tensor *> WeightDeclarer::take(const std::string &name, ArrayRef<int64_t> shape) {
  const Tensor *tensor = tensors.find(name);
  if (!tensor)
    return refuse(tensors.listing() + ": no tensor '" + name + "'; config.json asks for it with shape " +
                  describeShape(shape));
  std::string what = (Twine(tensors.fileNames()[tensor->file]) + ": tensor '" + name + "'").str();
  if (ArrayRef<int64_t>(tensor->shape) != shape)
    return refuse(what + ": expected shape " + describeShape(shape) + " by config.json, got " +
                  describeShape(tensor->shape));
  if (tensor->dtype != "BF16" && tensor->dtype != "F32")
    return refuse(what + ": expected BF16 or F32, got " + tensor->dtype +
                  "; save the checkpoint in bfloat16");
  used.insert(name);
  return tensor;
}

llvm::Error WeightDeclarer::declare(const WeightRow &row, int64_t layer) {
  TextLayer sizes = layer < 0 ? TextLayer() : config.layers[layer];
  std::string name = prefix + symbolOf(layer, row.tensor);
  bool redundant = isRedundant(row.when, layer) && tensors.find(name);
  if (!redundant && !isPresent(row.when, layer))
    return llvm::Error::success();
  SmallVector<int64_t> shape = shapeOf(row, sizes);
  llvm::Expected<const Tensor *> tensor = take(name, shape);
  if (!tensor)
    return tensor.takeError();
  if (redundant)
    return llvm::Error::success();
  Type stored = (*tensor)->dtype == "F32" ? Type(builder.getF32Type()) : builder.getBF16Type();
  // Vectors are small, and all arithmetic with them is f32.
  Type element = shape.size() == 1 ? Type(builder.getF32Type()) : stored;
  auto recipe =
      SourceAttr::get(builder.getContext(), (*tensor)->file, int64_t((*tensor)->offset), shape, stored);
  WeightOp::create(builder, NameLoc::get(builder.getStringAttr(name)), symbolOf(layer, row.symbol),
                   RankedTensorType::get(shape, element), recipe);
  return llvm::Error::success();
}

void WeightDeclarer::declareRope(StringRef symbol, const RopeConfig &rope) {
  if (rope.headDim == 0)
    return;
  auto recipe = InverseFrequenciesAttr::get(builder.getContext(), builder.getF64FloatAttr(rope.theta),
                                            builder.getF64FloatAttr(rope.factor), rope.headDim, rope.rotated);
  auto type = RankedTensorType::get({rope.headDim / 2}, builder.getF32Type());
  WeightOp::create(builder, NameLoc::get(builder.getStringAttr(symbol)), symbol, type, recipe);
}

bool WeightDeclarer::isTower(StringRef tensor) const {
  auto startsWith = [&](StringRef tower, StringRef embedder) {
    return tensor.starts_with(tower) || tensor.starts_with(embedder);
  };
  return config.nested && ((config.visionTower && startsWith("model.vision_tower.", "model.embed_vision.")) ||
                           (config.audioTower && startsWith("model.audio_tower.", "model.embed_audio.")));
}

/// A separate head may be there if it is the embedding's twin.
llvm::Error WeightDeclarer::checkHead() {
  if (!tensors.find("lm_head.weight"))
    return llvm::Error::success();
  llvm::Expected<const Tensor *> head = take("lm_head.weight", {config.vocab, config.hidden});
  if (!head)
    return head.takeError();
  return checkTiedHead(tensors, **head, *tensors.find(prefix + "embed_tokens.weight"));
}

llvm::Error WeightDeclarer::checkUnused() const {
  for (const Tensor &tensor : tensors.tensors())
    if (!used.contains(tensor.name) && !isTower(tensor.name))
      return refuse(
          Twine(tensors.fileNames()[tensor.file]) + ": tensor '" + tensor.name + "' (" + tensor.describe() +
          ") has no place in the model that config.json describes; expected only tensors of that model");
  return llvm::Error::success();
}

llvm::Error WeightDeclarer::declareAll() {
  for (const WeightRow &row : modelRows)
    if (llvm::Error error = declare(row, -1))
      return error;
  declareRope("rope.sliding", config.sliding);
  declareRope("rope.full", config.full);
  for (int64_t layer = 0; layer < int64_t(config.layers.size()); ++layer)
    for (const WeightRow &row : layerRows)
      if (llvm::Error error = declare(row, layer))
        return error;
  // Names before bytes: comparing heads reads gigabytes.
  if (tensors.find("lm_head.weight"))
    used.insert("lm_head.weight");
  if (llvm::Error error = checkUnused())
    return error;
  return checkHead();
}

llvm::Error mlir::facet::declareTextWeights(OpBuilder &builder, const Checkpoint &checkpoint) {
  return WeightDeclarer(builder, checkpoint).declareAll();
}
