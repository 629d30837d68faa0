// What config.json and generation_config.json say, checked and with defaults filled in.
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <optional>
#include <string>
#include <vector>

namespace mlir::facet {

/// One decoder layer, with every override resolved.
struct TextLayer {
  bool full = false; // attention over everything before it, not a window
  int64_t headDim = 0, kvHeads = 0, intermediate = 0;
  bool valueFromKey = false; // no v_proj: values are the raw keys, normalised
  int64_t source = 0;        // the layer whose K/V this one reads; itself if it owns K/V
};

/// RoPE of one kind of layer: theta^(-2j / headDim) / factor for the first `rotated` of headDim / 2 pairs.
struct RopeConfig {
  double theta = 0, factor = 1;
  int64_t headDim = 0, rotated = 0;
};

/// Mixture of experts beside the dense MLP, in every layer.
struct MoeConfig {
  int64_t experts = 0, choices = 0, intermediate = 0;
};

/// A text decoder of the Gemma 4 family. Sizes are positive, within bounds that keep their products in 63
/// bits, and satisfy the constraints of the dialect's ops.
struct TextConfig {
  bool nested = false; // within a multimodal config; decides the prefix of weight names
  bool visionTower = false, audioTower = false;
  int64_t vocab = 0, hidden = 0, heads = 0, maxPositions = 0, window = 0;
  int64_t pleVocab = 0, pleWidth = 0; // 0 without per-layer embeddings
  double eps = 0;
  std::optional<double> softcap;
  bool bidirectionalVision = false; // image blocks see themselves in full on sliding layers
  MoeConfig moe;                    // no experts: dense
  RopeConfig sliding, full;         // headDim 0 for a kind that no layer is of
  std::vector<TextLayer> layers;
  std::vector<int64_t> stop; // ids that end a text, as config.json says
  std::optional<int64_t> bos, pad;

  bool ownsKv(int64_t layer) const { return layers[layer].source == layer; }
  const RopeConfig &rope(const TextLayer &layer) const { return layer.full ? full : sliding; }
};

/// Reads config.json: nested (`gemma4`) or flat (`gemma4_text`). Every key is used, must have one value, or
/// is known to be inert; others are errors unless in `allow`.
llvm::Expected<TextConfig> parseTextConfig(llvm::StringRef json, llvm::ArrayRef<std::string> allow);

/// How to sample unless told otherwise.
struct GenerationConfig {
  bool sample = false;
  double temperature = 1, topP = 1;
  int64_t topK = 0; // 0: all
  std::vector<int64_t> stop;
  std::optional<int64_t> bos, pad;
};

/// Reads generation_config.json; ids that it does not give come from config.json. Ids are below the
/// vocabulary's size.
llvm::Expected<GenerationConfig> parseGenerationConfig(llvm::StringRef json, const TextConfig &text,
                                                       llvm::ArrayRef<std::string> allow);
/// The same without a generation_config.json: greedy.
GenerationConfig defaultGenerationConfig(const TextConfig &text);

} // namespace mlir::facet
