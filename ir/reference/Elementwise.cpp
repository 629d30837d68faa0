// Rows of a table, rows that go on, and element-wise ops. Specification: sections 2.1, 2.2, 2.3 and 2.8.
#include "ir/reference/Reference.h"

#include <cmath>

namespace facet::reference {

/// 2.1: the tanh form; in double, rounded once.
static float gelu_tanh(float value) {
  double x = value;
  return float(0.5 * x * (1.0 + std::tanh(std::sqrt(2.0 / M_PI) * (x + 0.044715 * x * x * x))));
}

/// 2.2 (scale: square root of the hidden size) and 2.8 (of the per-layer width).
Vector embed(const Rows &rows, Floats table, size_t width, float scale) {
  Vector y(rows.count() * width);
  for (size_t r = 0; r < rows.count(); ++r)
    for (size_t i = 0; i < width; ++i)
      y[r * width + i] = table[size_t(rows.token[r]) * width + i] * scale;
  return y;
}

Rows wanted(const Rows &rows, const std::vector<bool> &wants) {
  Rows some;
  for (size_t r = 0; r < rows.count(); ++r) {
    if (!wants[r])
      continue;
    some.token.push_back(rows.token[r]);
    some.position.push_back(rows.position[r]);
    some.last_visible.push_back(rows.last_visible[r]);
    some.parent.push_back(int32_t(r));
  }
  return some;
}

Vector take(Floats x, size_t width, const Rows &rows) {
  Vector y(rows.count() * width);
  for (size_t r = 0; r < rows.count(); ++r)
    for (size_t i = 0; i < width; ++i)
      y[r * width + i] = x[size_t(rows.parent[r]) * width + i];
  return y;
}

Vector add(Floats a, Floats b) {
  Vector y(a.size());
  for (size_t i = 0; i < y.size(); ++i)
    y[i] = a[i] + b[i];
  return y;
}

/// 2.1: the gate of the dense MLP and of the experts.
Vector geglu(Floats gate, Floats up) {
  Vector y(gate.size());
  for (size_t i = 0; i < y.size(); ++i)
    y[i] = gelu_tanh(gate[i]) * up[i];
  return y;
}

/// Of each 32 columns the first 16 are gates, the others their ups.
Vector geglu_pairs(Floats x, size_t width) {
  size_t rows = x.size() / width;
  Vector y(x.size() / 2);
  for (size_t r = 0; r < rows; ++r)
    for (size_t i = 0; i < width / 2; ++i) {
      size_t gate = r * width + i / 16 * 32 + i % 16;
      y[r * (width / 2) + i] = gelu_tanh(x[gate]) * x[gate + 16];
    }
  return y;
}

Vector scale(Floats x, float factor) {
  Vector y(x.size());
  for (size_t i = 0; i < y.size(); ++i)
    y[i] = x[i] * factor;
  return y;
}

/// 2.3: on the logits alone.
Vector softcap(Floats x, float cap) {
  Vector y(x.size());
  for (size_t i = 0; i < y.size(); ++i)
    y[i] = cap * float(std::tanh(double(x[i] / cap)));
  return y;
}

/// 2.3, step 13.
Vector layer_scale(Floats x, Floats scalar) { return scale(x, scalar[0]); }

Vector slice(Floats x, size_t width, size_t offset, size_t result_width) {
  size_t rows = x.size() / width;
  Vector y(rows * result_width);
  for (size_t r = 0; r < rows; ++r)
    for (size_t i = 0; i < result_width; ++i)
      y[r * result_width + i] = x[r * width + offset + i];
  return y;
}

} // namespace facet::reference
