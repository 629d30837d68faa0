// Overrides of layers come in two spellings (per_layer_config, global_*) and are resolved here, once.
#include "frontend/ConfigLayers.h"

#include <cmath>
#include <map>

using namespace mlir::facet;
using llvm::StringRef;
using llvm::Twine;

static constexpr int64_t maxHeadDim = 4096, maxHeads = 1024, maxLayers = 1024;
static constexpr llvm::StringLiteral slidingName = "sliding_attention", fullName = "full_attention";

int64_t mlir::facet::multipleOf(JsonReader &reader, StringRef key, int64_t absent, int64_t unit,
                                int64_t most) {
  int64_t value = reader.integer(key, absent, unit, most);
  if (value % unit == 0)
    return value;
  reader.fail(key, "a multiple of " + Twine(unit), Twine(value).str());
  return unit;
}

namespace {
/// What `per_layer_config` says of one layer; 0: nothing.
struct Override {
  int64_t headDim = 0, kvHeads = 0;
};
} // namespace

/// Keys are layer numbers as strings, with leading zeros in some files.
static std::map<int64_t, Override> readOverrides(JsonReader &text, int64_t layers) {
  std::map<int64_t, Override> overrides;
  const Json *object = text.object("per_layer_config");
  if (!object)
    return overrides;
  JsonReader outer = text.within("per_layer_config", *object);
  for (const auto &[key, value] : object->items()) {
    int64_t layer = -1;
    if (StringRef(key).getAsInteger(10, layer) || layer < 0 || layer >= layers) {
      text.fail("per_layer_config", "layers from 0 to " + Twine(layers - 1), "'" + key + "'");
      continue;
    }
    JsonReader reader = outer.within(key, value);
    reader.checkKeys({{KeyRule::Used, "head_dim"}, {KeyRule::Used, "num_key_value_heads"}});
    Override made;
    if (reader.has("head_dim"))
      made.headDim = multipleOf(reader, "head_dim", 32, 32, maxHeadDim);
    made.kvHeads = reader.integer("num_key_value_heads", 0, 1, maxHeads);
    if (!overrides.emplace(layer, made).second)
      text.fail("per_layer_config", "each layer once", "'" + key + "' again");
  }
  return overrides;
}

/// The list as given, or every sixth layer full, and the last.
static std::vector<bool> readKinds(JsonReader &text, int64_t count) {
  std::vector<bool> full(count);
  const Json *types = text.find("layer_types");
  if (!types) {
    for (int64_t i = 0; i < count; ++i)
      full[i] = (i + 1) % 6 == 0 || i + 1 == count;
    return full;
  }
  if (!types->is_array() || int64_t(types->size()) != count) {
    text.fail("layer_types", "a list of num_hidden_layers = " + Twine(count) + " strings", showJson(*types));
    return full;
  }
  for (int64_t i = 0; i < count; ++i) {
    const Json &type = (*types)[i];
    full[i] = type == fullName.str();
    if (!full[i] && type != slidingName.str())
      text.fail("layer_types", "\"sliding_attention\" or \"full_attention\" for layer " + Twine(i),
                showJson(type));
  }
  return full;
}

/// Layers from `first` read the K/V of the last owner of their kind; the two must agree on its shape.
static void assignSources(JsonReader &text, TextConfig &config, int64_t first) {
  int64_t count = int64_t(config.layers.size());
  for (int64_t i = 0; i < count; ++i) {
    TextLayer &layer = config.layers[i];
    layer.source = i;
    if (i < first)
      continue;
    layer.source = first - 1;
    while (layer.source >= 0 && config.layers[layer.source].full != layer.full)
      --layer.source;
    if (layer.source < 0) {
      text.fail("num_kv_shared_layers", "an earlier layer of its kind that owns K/V for layer " + Twine(i),
                "none");
      layer.source = i;
      continue;
    }
    const TextLayer &owner = config.layers[layer.source];
    if (owner.headDim != layer.headDim || owner.kvHeads != layer.kvHeads)
      text.fail("num_kv_shared_layers",
                "layer " + Twine(i) + " to have the K/V heads of layer " + Twine(layer.source) +
                    ", whose K/V it reads",
                "others");
  }
}

/// RoPE of one kind. Defaults are those of the class if the kind is not mentioned at all.
static RopeConfig readRope(JsonReader &text, bool full, int64_t headDim) {
  RopeConfig rope = {full ? 1e6 : 1e4, 1, headDim, full ? headDim / 8 : headDim / 2};
  const Json *kinds = text.object("rope_parameters");
  StringRef kind = full ? fullName : slidingName;
  if (!kinds)
    return rope;
  JsonReader outer = text.within("rope_parameters", *kinds);
  outer.checkKeys({{KeyRule::Used, slidingName}, {KeyRule::Used, fullName}});
  const Json *object = outer.object(kind);
  if (!object)
    return rope;
  JsonReader reader = outer.within(kind, *object);
  reader.checkKeys({{KeyRule::Used, "rope_type"},
                    {KeyRule::Used, "rope_theta"},
                    {KeyRule::Used, "partial_rotary_factor"},
                    {KeyRule::Used, "factor"}});
  std::string type = reader.text("rope_type", "default");
  if (type != "default" && type != "proportional")
    reader.fail("rope_type", "\"default\" or \"proportional\"", Json(type).dump());
  rope.theta = reader.number("rope_theta", rope.theta, 1, 1e12);
  double partial = reader.number("partial_rotary_factor", 1, 0, 1);
  rope.factor = reader.number("factor", 1, 0, 1e6, /*above=*/true);
  if (type == "default" && (partial != 1 || rope.factor != 1))
    reader.fail("rope_type", "\"proportional\" where partial_rotary_factor or factor is given",
                "\"default\"");
  rope.rotated = int64_t(std::floor(partial * double(headDim) / 2));
  return rope;
}

/// One table of angles serves all layers of a kind.
static void readRopes(JsonReader &text, TextConfig &config) {
  for (const TextLayer &layer : config.layers) {
    RopeConfig &rope = layer.full ? config.full : config.sliding;
    if (rope.headDim == 0)
      rope = readRope(text, layer.full, layer.headDim);
    else if (rope.headDim != layer.headDim)
      text.fail("per_layer_config", "one head_dim for all layers of a kind",
                (Twine(rope.headDim) + " and " + Twine(layer.headDim)).str());
  }
}

void mlir::facet::readLayers(JsonReader &text, TextConfig &config) {
  int64_t count = text.integer("num_hidden_layers", 30, 1, maxLayers);
  std::vector<bool> full = readKinds(text, count);
  std::map<int64_t, Override> overrides = readOverrides(text, count);
  bool keyIsValue = text.boolean("attention_k_eq_v", false);
  int64_t headDim = multipleOf(text, "head_dim", 256, 32, maxHeadDim);
  int64_t fullHeadDim = multipleOf(text, "global_head_dim", 512, 32, maxHeadDim);
  int64_t kvHeads = text.integer("num_key_value_heads", 4, 1, maxHeads);
  // Honoured only together with K = V, as in transformers.
  int64_t fullKvHeads = text.integer("num_global_key_value_heads", kvHeads, 1, maxHeads);
  int64_t intermediate = multipleOf(text, "intermediate_size", 9216, 16, 1 << 20);
  bool doubleWide = text.boolean("use_double_wide_mlp", false);
  int64_t first = count - text.integer("num_kv_shared_layers", 0, 0, count - 1);
  for (int64_t i = 0; i < count; ++i) {
    Override override = overrides[i];
    TextLayer layer;
    layer.full = full[i];
    layer.valueFromKey = full[i] && keyIsValue;
    layer.headDim = override.headDim ? override.headDim : full[i] ? fullHeadDim : headDim;
    layer.kvHeads = override.kvHeads ? override.kvHeads : layer.valueFromKey ? fullKvHeads : kvHeads;
    layer.intermediate = doubleWide && i >= first ? 2 * intermediate : intermediate;
    if (config.heads % layer.kvHeads)
      text.fail("num_attention_heads",
                "a multiple of the " + Twine(layer.kvHeads) + " K/V heads of layer " + Twine(i),
                Twine(config.heads).str());
    config.layers.push_back(layer);
  }
  assignSources(text, config, first);
  readRopes(text, config);
}
