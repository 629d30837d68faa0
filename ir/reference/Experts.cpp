// Router and experts. Specification: section 2.9.
#include "ir/reference/Reference.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace facet::reference {

/// Softmax over all experts, the largest `choices` (ties to the lowest index) in descending order, divided by
/// their sum, then multiplied by each expert's own scale.
Route moe_route(Floats logits, Floats scale, size_t choices) {
  size_t experts = scale.size();
  Route route;
  for (size_t first = 0; first < logits.size(); first += experts) {
    Floats row = logits.subspan(first, experts);
    std::vector<int32_t> order(experts);
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(),
              [&](int32_t a, int32_t b) { return row[a] != row[b] ? row[a] > row[b] : a < b; });
    double total = 0; // what all experts share cancels out
    for (size_t c = 0; c < choices; ++c)
      total += std::exp(double(row[order[c]]) - double(row[order[0]]));
    for (size_t c = 0; c < choices; ++c) {
      double p = std::exp(double(row[order[c]]) - double(row[order[0]])) / total;
      route.experts.push_back(order[c]);
      route.weights.push_back(float(p) * scale[order[c]]);
    }
  }
  return route;
}

/// The first half of `gate_up`'s rows is the gate; choices are added in their order.
Vector moe_experts(Floats x, size_t width, const Route &route, Floats gate_up, Floats down, size_t experts) {
  size_t rows = x.size() / width, choices = route.experts.size() / rows;
  size_t up_size = gate_up.size() / experts, down_size = down.size() / experts;
  size_t inner = up_size / width / 2, outputs = down_size / inner;
  Vector y(rows * outputs);
  for (size_t r = 0; r < rows; ++r)
    for (size_t c = 0; c < choices; ++c) {
      size_t e = size_t(route.experts[r * choices + c]);
      Vector both = linear(x.subspan(r * width, width), width, gate_up.subspan(e * up_size, up_size));
      Vector gated = geglu(Floats(both).first(inner), Floats(both).last(inner));
      Vector out = linear(gated, inner, down.subspan(e * down_size, down_size));
      for (size_t i = 0; i < outputs; ++i)
        y[r * outputs + i] = std::fma(route.weights[r * choices + c], out[i], y[r * outputs + i]);
    }
  return y;
}

ExpertPlan moe_plan(Ints experts, size_t choices, size_t expert_count) {
  ExpertPlan plan{choices, {0}, {}};
  for (size_t e = 0; e < expert_count; ++e) {
    for (size_t pair = 0; pair < experts.size(); ++pair)
      if (size_t(experts[pair]) == e)
        plan.pairs.push_back(int32_t(pair));
    plan.offsets.push_back(int32_t(plan.pairs.size()));
  }
  return plan;
}

/// Each pair's input times its expert's matrix; `shared`: all choices of a row read the same input.
Vector moe_linear(Floats x, const ExpertPlan &plan, Floats weight, size_t columns, bool shared, bool geglu) {
  size_t experts = plan.offsets.size() - 1, size = weight.size() / experts;
  size_t outputs = size / columns / (geglu ? 2 : 1);
  Vector y(plan.pairs.size() * outputs);
  for (size_t e = 0; e < experts; ++e)
    for (int32_t i = plan.offsets[e]; i < plan.offsets[e + 1]; ++i) {
      size_t pair = size_t(plan.pairs[i]), row = shared ? pair / plan.choices : pair;
      Vector out = linear(x.subspan(row * columns, columns), columns, weight.subspan(e * size, size));
      if (geglu)
        out = geglu_pairs(out, out.size());
      std::copy(out.begin(), out.end(), y.begin() + ptrdiff_t(pair * outputs));
    }
  return y;
}

/// c ascending, fused, from zero.
Vector moe_combine(Floats x, Floats weights, size_t choices, size_t rows) {
  size_t width = x.size() / rows / choices;
  Vector y(rows * width);
  for (size_t r = 0; r < rows; ++r)
    for (size_t c = 0; c < choices; ++c)
      for (size_t i = 0; i < width; ++i)
        y[r * width + i] =
            std::fma(weights[r * choices + c], x[(r * choices + c) * width + i], y[r * width + i]);
  return y;
}

} // namespace facet::reference
