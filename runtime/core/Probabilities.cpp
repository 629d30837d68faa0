// Log-probabilities of logits, in double and in index order, so that they are the same everywhere.
#include "runtime/facet.h"

#include <algorithm>
#include <cmath>
#include <limits>

// In lanes, which the compiler makes vectors of: one after another takes as long as a layer.
int32_t facet_argmax(const float *logits, int32_t vocab_size) {
  constexpr int32_t lanes = 16;
  float largest[lanes];
  int32_t at[lanes] = {};
  std::fill(largest, largest + lanes, -INFINITY);
  int32_t done = 0;
  for (; done + lanes <= vocab_size; done += lanes)
    for (int32_t l = 0; l < lanes; ++l) {
      const bool more = logits[done + l] > largest[l];
      largest[l] = more ? logits[done + l] : largest[l];
      at[l] = more ? done + l : at[l];
    }
  float most = -INFINITY;
  int32_t best = 0;
  for (int32_t l = 0; l < lanes; ++l)
    if (largest[l] > most || (largest[l] == most && at[l] < best))
      most = largest[l], best = at[l];
  for (; done < vocab_size; ++done)
    if (logits[done] > most)
      most = logits[done], best = done;
  return best;
}

static double logSumExp(const float *logits, int32_t count) {
  const double largest = logits[facet_argmax(logits, count)];
  double sum = 0;
  for (int32_t i = 0; i < count; ++i)
    sum += std::exp(logits[i] - largest);
  return largest + std::log(sum);
}

double facet_log_probability(const float *logits, int32_t vocab_size, int32_t token) {
  if (token < 0 || token >= vocab_size)
    return std::numeric_limits<double>::quiet_NaN();
  return logits[token] - logSumExp(logits, vocab_size);
}

int32_t facet_top_log_probabilities(const float *logits, int32_t vocab_size, int32_t count, int32_t *tokens,
                                    double *values) {
  int32_t held = 0;
  for (int32_t i = 0; i < vocab_size; ++i) {
    // An equal logit of a later token goes behind: the list is sorted by (logit down, id up).
    if (count <= 0 || std::isnan(logits[i]) || (held == count && !(logits[i] > logits[tokens[held - 1]])))
      continue;
    int32_t at = held < count ? held++ : held - 1;
    for (; at > 0 && logits[i] > logits[tokens[at - 1]]; --at)
      tokens[at] = tokens[at - 1];
    tokens[at] = i;
  }
  const double total = held ? logSumExp(logits, vocab_size) : 0;
  for (int32_t n = 0; n < held; ++n)
    values[n] = logits[tokens[n]] - total;
  return held;
}
