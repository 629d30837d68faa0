// Attention over a plain history. Specification: sections 2.4 (scale 1, no cap), 2.5 and 2.6 (what is
// visible).
#include "ir/reference/Reference.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace facet::reference {

/// Finished keys and values go to their positions; the history grows to hold them.
void kv_write(Floats k, Floats v, const Rows &rows, History &history) {
  size_t width = history.width();
  for (size_t r = 0; r < rows.count(); ++r) {
    size_t first = size_t(rows.position[r]) * width;
    if (history.k.size() < first + width) {
      history.k.resize(first + width);
      history.v.resize(first + width);
    }
    std::copy_n(k.begin() + ptrdiff_t(r * width), width, history.k.begin() + ptrdiff_t(first));
    std::copy_n(v.begin() + ptrdiff_t(r * width), width, history.v.begin() + ptrdiff_t(first));
  }
}

/// Of each 32: the scale is the largest magnitude / 127 in f16, integers go to the nearest, ties to even.
Vector kv_q8(Floats x) {
  constexpr size_t group = 32;
  Vector y(x.size());
  for (size_t first = 0; first < x.size(); first += group) {
    float largest = 0;
    for (size_t i = first; i < first + group; ++i)
      largest = std::max(largest, std::fabs(x[i]));
    float scale = float(_Float16(std::min(largest / 127, 65504.0f))), inverse = scale > 0 ? 1 / scale : 0;
    for (size_t i = first; i < first + group; ++i)
      y[i] = scale * float(std::clamp(std::nearbyint(double(x[i]) * double(inverse)), -127.0, 127.0));
  }
  return y;
}

static double dot(const float *a, const float *b, size_t n) {
  std::array<double, 16> lanes{}; // any order will do in double
  for (size_t i = 0; i < n; i += 16)
    for (size_t l = 0; l < 16; ++l)
      lanes[l] += double(a[i + l]) * double(b[i + l]);
  double sum = 0;
  for (double lane : lanes)
    sum += lane;
  return sum;
}

/// The keys a row sees: [first, last]. 2.6: without a window up to itself; with one, the window's width below
/// itself and up to `last_visible` (the end of its image block).
static std::pair<int64_t, int64_t> visible(const Rows &rows, size_t row, const History &history) {
  int64_t position = rows.position[row];
  if (history.window == 0)
    return {0, position};
  return {std::max<int64_t>(0, position - int64_t(history.window) + 1), rows.last_visible[row]};
}

/// One query head of one row: softmax(q k) v in double.
static void attend(const float *q, float *y, std::pair<int64_t, int64_t> keys, size_t kv_head,
                   const History &history) {
  size_t dim = history.head_dim, stride = history.width(), count = size_t(keys.second - keys.first + 1);
  const float *k = &history.k[size_t(keys.first) * stride + kv_head * dim];
  const float *v = &history.v[size_t(keys.first) * stride + kv_head * dim];
  std::vector<double> p(count), sum(dim);
  for (size_t j = 0; j < count; ++j)
    p[j] = dot(q, k + j * stride, dim);
  double largest = *std::max_element(p.begin(), p.end()), total = 0;
  for (double &score : p)
    total += score = std::exp(score - largest);
  for (size_t j = 0; j < count; ++j)
    for (size_t d = 0; d < dim; ++d)
      sum[d] += p[j] * double(v[j * stride + d]);
  for (size_t d = 0; d < dim; ++d)
    y[d] = float(sum[d] / total);
}

/// Query head h reads K/V head h / (query heads / heads).
Vector attention(Floats q, size_t width, const Rows &rows, const History &history) {
  Vector y(q.size());
  size_t heads = width / history.head_dim, group = heads / history.heads;
  for (size_t r = 0; r < rows.count(); ++r)
    for (size_t h = 0; h < heads; ++h) {
      size_t first = r * width + h * history.head_dim;
      attend(&q[first], &y[first], visible(rows, r, history), h / group, history);
    }
  return y;
}

} // namespace facet::reference
