// A whole Gemma 4 text model written down with the reference functions, one step of one sequence at a time:
// the oracle of end-to-end tests. Specification: section 2.
#pragma once

#include "ir/reference/Reference.h"
#include "test/e2e/oracle/Checkpoint.h"

namespace facet::oracle {

struct Layer {
  bool full = false;
  size_t head_dim = 0, kv_heads = 0, window = 0, inner = 0;
  size_t owner = 0; // the layer whose keys and values it reads: itself, or an earlier one
  bool k_is_v = false;
};

struct Config {
  size_t vocab = 0, hidden = 0, heads = 0, per_layer = 0;
  size_t experts = 0, choices = 0;
  float eps = 1e-6f, softcap = 0, sliding_theta = 1e4f, full_theta = 1e6f;
  double rotated_share = 0.25;
  std::vector<Layer> layers = {};
};

/// From `text_config`, or from a flat config.
Config read_config(const nlohmann::json &config);

/// What a step returns. Hidden states are those of the last row: the embedding, each layer's output, and in
/// place of the last layer's the one after the final norm.
struct Output {
  reference::Vector logits; // [wanted rows][vocab]
  std::vector<reference::Vector> hidden;
};

class Gemma4 {
public:
  /// Names as in a checkpoint, without `model.language_model.`.
  Gemma4(Config config, Tensors tensors);

  const Config &config() const { return shape; }
  /// Forgets the sequence.
  void reset();
  /// Appends `tokens` to the sequence; logits for the rows of `wants` (indices into `tokens`).
  Output step(const std::vector<int32_t> &tokens, const std::vector<size_t> &wants);

private:
  reference::Floats weight(const std::string &name) const;
  reference::Floats weight(size_t layer, const std::string &name) const;
  reference::Vector norm(const reference::Vector &x, reference::Floats weight) const;
  reference::Vector attention(size_t layer, const reference::Vector &x, const reference::Rows &rows);
  void write_kv(size_t layer, const reference::Vector &x, const reference::Rows &rows,
                const reference::Vector &table);
  reference::Vector mlp(size_t layer, const reference::Vector &x) const;
  reference::Vector routed(size_t layer, const reference::Vector &residual) const;
  reference::Vector feed_forward(size_t layer, const reference::Vector &x) const;
  reference::Vector per_layer_inputs(const reference::Vector &x, const reference::Rows &rows) const;
  reference::Vector per_layer(size_t layer, const reference::Vector &x,
                              const reference::Vector &inputs) const;

  Config shape;
  Tensors tensors;
  std::vector<reference::History> histories;
  size_t position = 0;
};

} // namespace facet::oracle
