// Norms, RoPE and linears: ops on each row alone. Specification: sections 2.1 and 2.7.
#include "ir/reference/Reference.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace facet::reference {

/// Sum of squares over 16 lanes: lane l adds columns l, l + 16, ... (fused), then lanes 8, 4, 2 and 1 apart.
static float sum_of_squares(Floats x) {
  std::array<float, 16> lanes{};
  for (size_t i = 0; i < x.size(); ++i)
    lanes[i % 16] = std::fma(x[i], x[i], lanes[i % 16]);
  for (size_t apart = 8; apart >= 1; apart /= 2)
    for (size_t l = 0; l < apart; ++l)
      lanes[l] += lanes[l + apart];
  return lanes[0];
}

/// 2.1: the weight multiplies as it is (not 1 + w).
Vector rms_norm(Floats x, size_t width, Floats weight, float eps, size_t groups) {
  Vector y(x.size());
  size_t part = width / groups;
  for (size_t first = 0; first < x.size(); first += part) {
    float mean = sum_of_squares(x.subspan(first, part)) / float(part);
    float inverse = 1.0f / std::sqrt(mean + eps);
    for (size_t i = 0; i < part; ++i) {
      float scaled = x[first + i] * inverse;
      y[first + i] = weight.empty() ? scaled : scaled * weight[i];
    }
  }
  return y;
}

/// 2.7: the exponent's denominator is the whole head; pairs from `rotated` on stand still. Every step is
/// rounded to f32, as transformers does: at position 2,700 a frequency that is half an ulp off shifts the
/// angle by 1e-4, and logits by seven times more than all other rounding together.
Vector inverse_frequencies(float theta, float factor, size_t head_dim, size_t rotated) {
  Vector frequency(head_dim / 2);
  for (size_t j = 0; j < rotated; ++j) {
    float exponent = float(2 * j) / float(head_dim);
    float power = float(std::pow(double(theta), double(exponent)));
    frequency[j] = 1.0f / power / factor;
  }
  return frequency;
}

/// 2.7: the angle is a product in f32; its cosine and sine are correctly rounded (to the limits of libm).
Vector rope_table(const Rows &rows, Floats frequencies) {
  size_t n = frequencies.size();
  Vector y(rows.count() * 2 * n);
  for (size_t r = 0; r < rows.count(); ++r)
    for (size_t j = 0; j < n; ++j) {
      float angle = float(rows.position[r]) * frequencies[j];
      y[r * 2 * n + j] = float(std::cos(double(angle)));
      y[r * 2 * n + n + j] = float(std::sin(double(angle)));
    }
  return y;
}

/// 2.7: column j pairs with column j + head_dim / 2.
Vector rope(Floats x, size_t width, Floats table, size_t head_dim) {
  Vector y(x.size());
  size_t rows = x.size() / width, half = head_dim / 2;
  for (size_t r = 0; r < rows; ++r)
    for (size_t head = 0; head < width; head += head_dim)
      for (size_t j = 0; j < half; ++j) {
        size_t low = r * width + head + j, high = low + half;
        float cos = table[r * head_dim + j], sin = table[r * head_dim + half + j];
        y[low] = x[low] * cos - x[high] * sin;
        y[high] = x[high] * cos + x[low] * sin;
      }
  return y;
}

/// y[r, n] = sum_k x[r, k] weight[n, k], k ascending, one fused multiply-add each, from zero. Blocks of 32
/// outputs advance together; that changes no output's order.
Vector linear(Floats x, size_t columns, Floats weight) {
  constexpr size_t block = 32;
  size_t rows = x.size() / columns, outputs = weight.size() / columns;
  Vector y(rows * outputs), turned(columns * block);
  for (size_t first = 0; first < outputs; first += block) {
    size_t count = std::min(block, outputs - first);
    for (size_t n = 0; n < count; ++n)
      for (size_t k = 0; k < columns; ++k)
        turned[k * block + n] = weight[(first + n) * columns + k];
    for (size_t r = 0; r < rows; ++r) {
      std::array<float, block> sums{};
      for (size_t k = 0; k < columns; ++k)
        for (size_t n = 0; n < block; ++n)
          sums[n] = std::fma(x[r * columns + k], turned[k * block + n], sums[n]);
      std::copy_n(sums.begin(), count, y.begin() + ptrdiff_t(r * outputs + first));
    }
  }
  return y;
}

} // namespace facet::reference
