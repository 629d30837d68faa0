// The decoder of section 2.3, step by step.
#include "test/e2e/oracle/Gemma4.h"

#include <cmath>
#include <stdexcept>

using namespace facet::reference;

namespace facet::oracle {

/// 2.5: layers from `first_shared` on read the last earlier layer of their kind.
static size_t owner_of(const std::vector<Layer> &layers, size_t layer, size_t first_shared) {
  if (layer < first_shared)
    return layer;
  for (size_t i = first_shared; i-- > 0;)
    if (layers[i].full == layers[layer].full)
      return i;
  throw std::runtime_error("a layer shares keys and values that no layer owns");
}

Config read_config(const nlohmann::json &top) {
  const nlohmann::json &text = top.contains("text_config") ? top.at("text_config") : top;
  auto number = [&](const char *key, size_t otherwise) {
    return text.contains(key) && !text[key].is_null() ? text[key].get<size_t>() : otherwise;
  };
  Config config{.vocab = text.at("vocab_size"),
                .hidden = text.at("hidden_size"),
                .heads = text.at("num_attention_heads"),
                .per_layer = number("hidden_size_per_layer_input", 0),
                .experts = number("num_experts", 0),
                .choices = number("top_k_experts", 0),
                .eps = text.at("rms_norm_eps"),
                .softcap = text.at("final_logit_softcapping")};
  const nlohmann::json &rope = text.at("rope_parameters");
  config.sliding_theta = rope.at("sliding_attention").at("rope_theta");
  config.full_theta = rope.at("full_attention").at("rope_theta");
  config.rotated_share = rope.at("full_attention").at("partial_rotary_factor");
  bool k_is_v = text.value("attention_k_eq_v", false), wide = text.value("use_double_wide_mlp", false);
  size_t first_shared = number("num_hidden_layers", 0) - number("num_kv_shared_layers", 0);
  for (const auto &type : text.at("layer_types")) {
    Layer layer{.full = type == "full_attention"};
    size_t heads = number("num_key_value_heads", 0), index = config.layers.size();
    layer.head_dim = layer.full ? number("global_head_dim", number("head_dim", 0)) : number("head_dim", 0);
    layer.kv_heads = layer.full && k_is_v ? number("num_global_key_value_heads", heads) : heads;
    layer.window = layer.full ? 0 : number("sliding_window", 0);
    layer.inner = number("intermediate_size", 0) * (wide && index >= first_shared ? 2 : 1);
    layer.k_is_v = layer.full && k_is_v;
    config.layers.push_back(layer);
    config.layers.back().owner = owner_of(config.layers, index, first_shared);
  }
  return config;
}

Gemma4::Gemma4(Config config, Tensors weights) : shape(std::move(config)), tensors(std::move(weights)) {
  reset();
}

void Gemma4::reset() {
  position = 0;
  histories.clear();
  for (const Layer &layer : shape.layers)
    histories.push_back({layer.window, layer.kv_heads, layer.head_dim, {}, {}});
}

Floats Gemma4::weight(const std::string &name) const {
  auto found = tensors.find(name);
  if (found == tensors.end())
    throw std::runtime_error("no tensor " + name);
  return found->second.values;
}

Floats Gemma4::weight(size_t layer, const std::string &name) const {
  return weight("layers." + std::to_string(layer) + "." + name);
}

Vector Gemma4::norm(const Vector &x, Floats weight) const {
  return rms_norm(x, shape.hidden, weight, shape.eps);
}

/// 2.4: keys are normed and turned, values normed without weight; with K = V both come from one projection.
void Gemma4::write_kv(size_t i, const Vector &x, const Rows &rows, const Vector &table) {
  const Layer &layer = shape.layers[i];
  size_t width = layer.kv_heads * layer.head_dim;
  Vector raw_k = linear(x, shape.hidden, weight(i, "self_attn.k_proj.weight"));
  Vector raw_v = layer.k_is_v ? raw_k : linear(x, shape.hidden, weight(i, "self_attn.v_proj.weight"));
  Vector k = rms_norm(raw_k, width, weight(i, "self_attn.k_norm.weight"), shape.eps, layer.kv_heads);
  Vector v = rms_norm(raw_v, width, {}, shape.eps, layer.kv_heads);
  kv_write(rope(k, width, table, layer.head_dim), v, rows, histories[i]);
}

Vector Gemma4::attention(size_t i, const Vector &x, const Rows &rows) {
  const Layer &layer = shape.layers[i];
  size_t width = shape.heads * layer.head_dim, half = layer.head_dim / 2;
  size_t rotated = layer.full ? size_t(shape.rotated_share * double(layer.head_dim) / 2) : half;
  float theta = layer.full ? shape.full_theta : shape.sliding_theta;
  Vector table = rope_table(rows, inverse_frequencies(theta, 1, layer.head_dim, rotated));
  if (layer.owner == i)
    write_kv(i, x, rows, table);
  Vector q = linear(x, shape.hidden, weight(i, "self_attn.q_proj.weight"));
  q = rms_norm(q, width, weight(i, "self_attn.q_norm.weight"), shape.eps, shape.heads);
  q = rope(q, width, table, layer.head_dim);
  return linear(reference::attention(q, width, rows, histories[layer.owner]), width,
                weight(i, "self_attn.o_proj.weight"));
}

Vector Gemma4::mlp(size_t i, const Vector &x) const {
  Vector gate = linear(x, shape.hidden, weight(i, "mlp.gate_proj.weight"));
  Vector up = linear(x, shape.hidden, weight(i, "mlp.up_proj.weight"));
  return linear(geglu(gate, up), shape.layers[i].inner, weight(i, "mlp.down_proj.weight"));
}

/// 2.9: the router reads the residual with a norm of its own.
Vector Gemma4::routed(size_t i, const Vector &residual) const {
  Vector z = scale(norm(residual, weight(i, "router.scale")), 1 / std::sqrt(float(shape.hidden)));
  Vector logits = linear(z, shape.hidden, weight(i, "router.proj.weight"));
  Route route = moe_route(logits, weight(i, "router.per_expert_scale"), shape.choices);
  Vector x = norm(residual, weight(i, "pre_feedforward_layernorm_2.weight"));
  Vector y = moe_experts(x, shape.hidden, route, weight(i, "experts.gate_up_proj"),
                         weight(i, "experts.down_proj"), shape.experts);
  return norm(y, weight(i, "post_feedforward_layernorm_2.weight"));
}

/// 2.3, steps 7 to 10.
Vector Gemma4::feed_forward(size_t i, const Vector &x) const {
  Vector f = mlp(i, norm(x, weight(i, "pre_feedforward_layernorm.weight")));
  if (shape.experts)
    f = add(norm(f, weight(i, "post_feedforward_layernorm_1.weight")), routed(i, x));
  return norm(f, weight(i, "post_feedforward_layernorm.weight"));
}

/// 2.8: [rows][layers * per_layer], from the token and from its embedding.
Vector Gemma4::per_layer_inputs(const Vector &x, const Rows &rows) const {
  if (!shape.per_layer)
    return {};
  size_t width = shape.layers.size() * shape.per_layer;
  Vector token =
      embed(rows, weight("embed_tokens_per_layer.weight"), width, std::sqrt(float(shape.per_layer)));
  Vector context = linear(x, shape.hidden, weight("per_layer_model_projection.weight"));
  context = scale(context, 1 / std::sqrt(float(shape.hidden)));
  context =
      rms_norm(context, width, weight("per_layer_projection_norm.weight"), shape.eps, shape.layers.size());
  return scale(add(context, token), float(std::sqrt(0.5)));
}

/// 2.3, step 12.
Vector Gemma4::per_layer(size_t i, const Vector &x, const Vector &inputs) const {
  Vector input = slice(inputs, shape.layers.size() * shape.per_layer, i * shape.per_layer, shape.per_layer);
  Vector g = geglu(linear(x, shape.hidden, weight(i, "per_layer_input_gate.weight")), input);
  g = linear(g, shape.per_layer, weight(i, "per_layer_projection.weight"));
  return add(x, norm(g, weight(i, "post_per_layer_input_norm.weight")));
}

Output Gemma4::step(const std::vector<int32_t> &tokens, const std::vector<size_t> &wants) {
  Rows rows;
  for (int32_t token : tokens) {
    rows.token.push_back(token);
    rows.position.push_back(int32_t(position));
    rows.last_visible.push_back(int32_t(position++));
  }
  Output output;
  auto keep_last = [&](const Vector &x) {
    output.hidden.emplace_back(x.end() - ptrdiff_t(shape.hidden), x.end());
  };
  Vector x = embed(rows, weight("embed_tokens.weight"), shape.hidden, std::sqrt(float(shape.hidden)));
  Vector inputs = per_layer_inputs(x, rows);
  for (size_t i = 0; i < shape.layers.size(); ++i) {
    keep_last(x);
    Vector a = attention(i, norm(x, weight(i, "input_layernorm.weight")), rows);
    x = add(x, norm(a, weight(i, "post_attention_layernorm.weight")));
    x = add(x, feed_forward(i, x));
    if (shape.per_layer)
      x = per_layer(i, x, inputs);
    x = layer_scale(x, weight(i, "layer_scalar"));
  }
  x = norm(x, weight("norm.weight"));
  keep_last(x);
  std::vector<bool> wanted_rows(tokens.size());
  for (size_t row : wants)
    wanted_rows[row] = true;
  Vector last = take(x, shape.hidden, wanted(rows, wanted_rows));
  output.logits = linear(last, shape.hidden, weight("embed_tokens.weight"));
  if (shape.softcap > 0)
    output.logits = softcap(output.logits, shape.softcap);
  return output;
}

} // namespace facet::oracle
