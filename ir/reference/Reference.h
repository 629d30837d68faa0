// One plain function for each op of the dialect: what every pass and target is held to.
//
// Activations are row-major [rows][width] f32 in spans; weights are row-major f32 (bf16 widens exactly).
// Sizes that a span implies are not passed again. Nothing here is fast, blocked or parallel on purpose: the
// order of additions is the one that the op's documentation states, and where it states none, sums are
// double.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace facet::reference {

using Floats = std::span<const float>;
using Ints = std::span<const int32_t>;
using Vector = std::vector<float>;

/// The rows of a step (`!facet.rows`), and the history of one layer (`!facet.kv`).
struct Rows {
  std::vector<int32_t> token, position, last_visible;
  std::vector<int32_t> parent; // index of each row in the set that it was taken from
  size_t count() const { return position.size(); }
};

/// Keys and values of one sequence and layer, contiguous: [position][heads * head_dim].
struct History {
  size_t window = 0, heads = 1, head_dim = 0; // window 0: every position stays visible
  Vector k, v;
  size_t width() const { return heads * head_dim; }
};

/// `!facet.expert_plan`: pairs `row * choices + choice` grouped by expert, ascending within one.
struct ExpertPlan {
  size_t choices = 1;
  std::vector<int32_t> offsets, pairs;
};

/// Experts chosen for each row, [rows][choices], and their weights.
struct Route {
  Vector weights;
  std::vector<int32_t> experts;
};

// Rows and element-wise ops (Elementwise.cpp).
Vector embed(const Rows &rows, Floats table, size_t width, float scale);
Rows wanted(const Rows &rows, const std::vector<bool> &wants);
Vector take(Floats x, size_t width, const Rows &rows);
Vector add(Floats a, Floats b);
Vector geglu(Floats gate, Floats up);
Vector geglu_pairs(Floats x, size_t width);
Vector scale(Floats x, float factor);
Vector softcap(Floats x, float cap);
Vector layer_scale(Floats x, Floats scalar);
Vector slice(Floats x, size_t width, size_t offset, size_t result_width);

// Row-wise ops (RowWise.cpp). An empty weight means none.
Vector rms_norm(Floats x, size_t width, Floats weight, float eps, size_t groups = 1);
Vector inverse_frequencies(float theta, float factor, size_t head_dim, size_t rotated);
Vector rope_table(const Rows &rows, Floats frequencies);
Vector rope(Floats x, size_t width, Floats table, size_t head_dim);
Vector linear(Floats x, size_t columns, Floats weight);

// Attention (Attention.cpp).
void kv_write(Floats k, Floats v, const Rows &rows, History &history);
/// What a stream of `!facet.q8` keeps of keys or values whose heads are multiples of 32 wide.
Vector kv_q8(Floats x);
Vector attention(Floats q, size_t width, const Rows &rows, const History &history);

// Experts (Experts.cpp).
Route moe_route(Floats logits, Floats scale, size_t choices);
Vector moe_experts(Floats x, size_t width, const Route &route, Floats gate_up, Floats down, size_t experts);
ExpertPlan moe_plan(Ints experts, size_t choices, size_t expert_count);
Vector moe_linear(Floats x, const ExpertPlan &plan, Floats weight, size_t columns, bool shared, bool geglu);
Vector moe_combine(Floats x, Floats weights, size_t choices, size_t rows);

} // namespace facet::reference
