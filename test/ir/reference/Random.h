// Repeatable numbers for tests of the reference functions, and how far two vectors are apart.
#pragma once

#include "ir/reference/Reference.h"

#include <cmath>
#include <random>

namespace facet::reference {

/// Normal deviates, the same on every machine.
inline Vector random_vector(size_t count, uint32_t seed, float deviation = 1.0f) {
  std::mt19937 bits(seed);
  Vector values(count);
  for (float &value : values) {
    double sum = 0;
    for (int i = 0; i < 12; ++i)
      sum += double(bits()) / 4294967296.0;
    value = float(sum - 6.0) * deviation;
  }
  return values;
}

/// Rows first .. first + count - 1 of one sequence.
inline Rows consecutive(size_t first, size_t count) {
  Rows rows;
  for (size_t i = 0; i < count; ++i) {
    rows.token.push_back(0);
    rows.position.push_back(int32_t(first + i));
    rows.last_visible.push_back(int32_t(first + i));
    rows.parent.push_back(int32_t(i));
  }
  return rows;
}

/// |a - b| / |b| over whole vectors.
template <typename B> double relative(const Vector &a, const B &b) {
  double difference = 0, norm = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    difference += (double(a[i]) - double(b[i])) * (double(a[i]) - double(b[i]));
    norm += double(b[i]) * double(b[i]);
  }
  return a.size() == b.size() ? std::sqrt(difference / norm) : INFINITY;
}

constexpr double kUnit = 5.9604644775390625e-8; // half an ulp of f32, relative

} // namespace facet::reference
