// The attention reference function: what a row sees, which K/V head it reads, and values at published sizes.
#include "test/ir/reference/Random.h"

#include <gtest/gtest.h>

using namespace facet::reference;

namespace {

/// Keys all alike, so that every visible key weighs the same; values are their positions.
History positions_as_values(size_t window, size_t count) {
  History history{window, 1, 16, Vector(count * 16), {}};
  for (size_t i = 0; i < count * 16; ++i)
    history.v.push_back(float(i / 16));
  return history;
}

float mean_visible(const History &history, int32_t position, int32_t last_visible) {
  Rows row = consecutive(size_t(position), 1);
  row.last_visible[0] = last_visible;
  return attention(Vector(16, 1.0f), 16, row, history)[0];
}

struct Shape {
  const char *name;
  size_t query_heads, heads, head_dim, window;
};

/// Section 1.1: sliding and full layers of the four models.
const Shape kPublished[] = {
    {"E2B sliding", 8, 1, 256, 512},   {"E2B full", 8, 1, 512, 0},         {"E4B sliding", 8, 2, 256, 512},
    {"E4B full", 8, 2, 512, 0},        {"31B sliding", 32, 16, 256, 1024}, {"31B full", 32, 4, 512, 0},
    {"26B sliding", 16, 8, 256, 1024}, {"26B full", 16, 2, 512, 0},
};

/// softmax(q k) v written out in long double, one pass for the maximum and one for the sums.
std::vector<double> expected(const Shape &shape, const Vector &q, size_t position, const History &h) {
  std::vector<double> y;
  size_t first = shape.window && position + 1 > shape.window ? position + 1 - shape.window : 0;
  for (size_t head = 0; head < shape.query_heads; ++head) {
    size_t kv = head * shape.heads / shape.query_heads;
    auto score = [&](size_t j) {
      long double sum = 0;
      for (size_t d = 0; d < shape.head_dim; ++d)
        sum += (long double)q[head * shape.head_dim + d] * h.k[j * h.width() + kv * shape.head_dim + d];
      return sum;
    };
    long double largest = -1e30L, total = 0;
    std::vector<long double> weights;
    for (size_t j = first; j <= position; ++j)
      weights.push_back(score(j)), largest = std::max(largest, weights.back());
    for (long double &w : weights)
      total += w = expl(w - largest);
    for (size_t d = 0; d < shape.head_dim; ++d) {
      long double sum = 0;
      for (size_t j = first; j <= position; ++j)
        sum += weights[j - first] * h.v[j * h.width() + kv * shape.head_dim + d];
      y.push_back(double(sum / total));
    }
  }
  return y;
}

} // namespace

TEST(ReferenceAttention, FullSeesAllUpToItself) {
  History history = positions_as_values(0, 9);
  EXPECT_EQ(mean_visible(history, 0, 0), 0);
  EXPECT_EQ(mean_visible(history, 8, 8), 4);
  EXPECT_EQ(mean_visible(history, 4, 8), 2) << "last_visible is for sliding layers alone";
}

TEST(ReferenceAttention, AWindowCountsItself) {
  History history = positions_as_values(3, 9);
  EXPECT_EQ(mean_visible(history, 1, 1), 0.5f);
  EXPECT_EQ(mean_visible(history, 8, 8), 7) << "6, 7 and 8";
  EXPECT_EQ(mean_visible(history, 4, 8), 5) << "2, 3, 4 and the rest of its block";
}

TEST(ReferenceAttention, WritesAtThePosition) {
  History history{0, 1, 2, {}, {}};
  kv_write(Vector{1, 2}, Vector{3, 4}, consecutive(1, 1), history);
  EXPECT_EQ(history.k, (Vector{0, 0, 1, 2}));
  EXPECT_EQ(history.v, (Vector{0, 0, 3, 4}));
}

TEST(ReferenceAttention, PublishedShapes) {
  for (const Shape &shape : kPublished) {
    size_t length = (shape.window ? shape.window : 256) + 40, position = length - 1;
    size_t width = shape.query_heads * shape.head_dim;
    History history{shape.window, shape.heads, shape.head_dim, {}, {}};
    Vector k = random_vector(length * history.width(), 11), v = random_vector(length * history.width(), 12);
    kv_write(k, v, consecutive(0, length), history);
    Vector q = random_vector(width, 13, 0.2f);
    Vector y = attention(q, width, consecutive(position, 1), history);
    EXPECT_LT(relative(y, expected(shape, q, position, history)), 2 * kUnit) << shape.name;
  }
}
