// Log-probabilities of logits, in double and in index order, so that they are the same everywhere.
#include "runtime/facet.h"

#include <algorithm>
#include <cmath>
#include <limits>

int32_t facet_argmax(const float *logits, int32_t vocab_size) {
  int32_t best = 0;
  for (int32_t i = 1; i < vocab_size; ++i)
    if (logits[i] > logits[best])
      best = i;
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
