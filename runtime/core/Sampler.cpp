// Temperature, top-k, top-p, min-p, draw. Ties go to the lowest id; sums run in one fixed order, in double; a
// draw depends on the seed and its number alone.
#include "runtime/core/Memory.h"
#include "runtime/core/Model.h"
#include "runtime/core/Options.h"
#include "runtime/core/Random.h"

#include <algorithm>
#include <cmath>

using namespace facet;

// Without top-k, tokens this far below the best one (in units of temperature) are not candidates: all 262,144
// together would weigh less than 1e-11.
static constexpr float negligible = 38;
static constexpr int32_t blockSize = 64; // tokens that are passed over together

struct facet_sampler {
public:
  struct Candidate {
    int32_t token;
    float logit;
    double weight; // exp((logit - best) / temperature)
  };

  static Result<facet_sampler *> create(int32_t vocabSize, const facet_sampler_options &options,
                                        const Allocator &allocator);
  void destroy() { Allocator::destroy(allocator, this); }
  Result<int32_t> next(const float *logits);
  uint64_t draw = 0;

private:
  friend class facet::Allocator;
  facet_sampler(int32_t vocabSize, const facet_sampler_options &options, const Allocator &allocator)
      : allocator(allocator), options(options), vocabSize(vocabSize) {}
  size_t gather(const float *logits, float best);
  size_t keepLikely(size_t count);

  Allocator allocator;
  facet_sampler_options options;
  int32_t vocabSize;
  Buffer<Candidate> candidates;
};

/// Whether any of `count` logits is at least `floor`, or NaN; the compiler makes vectors of it.
static bool anyAtLeast(const float *logits, int32_t count, float floor) {
  int32_t found = 0;
  for (int32_t i = 0; i < count; ++i)
    found += !(logits[i] < floor);
  return found != 0;
}

static bool better(const facet_sampler::Candidate &a, const facet_sampler::Candidate &b) {
  return a.logit != b.logit ? a.logit > b.logit : a.token < b.token;
}

Result<facet_sampler *> facet_sampler::create(int32_t vocabSize, const facet_sampler_options &options,
                                              const Allocator &allocator) {
  if (vocabSize < 1)
    return failure(FACET_BAD_ARGUMENT, "a vocabulary of %d tokens", vocabSize);
  if (!(options.temperature >= 0) || std::isinf(options.temperature) || !(options.top_p >= 0) ||
      !(options.min_p >= 0 && options.min_p <= 1) || options.top_k < 0)
    return failure(
        FACET_BAD_ARGUMENT,
        "sampler: temperature %g, top_k %d, top_p %g, min_p %g: expected numbers >= 0, and min_p <= 1",
        double(options.temperature), options.top_k, double(options.top_p), double(options.min_p));
  auto *sampler = allocator.create<facet_sampler>(vocabSize, options, allocator);
  if (!sampler)
    return outOfMemory(sizeof(facet_sampler), "a sampler");
  Status made = allocateInto(sampler->candidates, allocator, static_cast<size_t>(vocabSize), "a sampler");
  if (made)
    return sampler;
  sampler->destroy();
  return made.error();
}

/// Fills `candidates`, best first, after temperature and top-k.
size_t facet_sampler::gather(const float *logits, float best) {
  const bool all = options.top_k == 0 || options.top_k >= vocabSize;
  const auto limit = all ? static_cast<size_t>(vocabSize) : static_cast<size_t>(options.top_k);
  float floor = best - negligible * options.temperature;
  size_t count = 0;
  // A heap whose top is the worst candidate, replaced by what is better.
  auto offer = [&](int32_t token) {
    Candidate candidate = {token, logits[token], 0};
    if (count < limit) {
      candidates[count++] = candidate;
      if (count == limit && !all)
        std::make_heap(candidates.data(), candidates.data() + count, better);
    } else if (better(candidate, candidates[0])) {
      std::pop_heap(candidates.data(), candidates.data() + count, better);
      candidates[count - 1] = candidate;
      std::push_heap(candidates.data(), candidates.data() + count, better);
    }
    if (count == limit && !all)
      floor = std::max(floor, candidates[0].logit);
  };
  for (int32_t block = 0; block < vocabSize; block += blockSize) {
    const int32_t end = std::min(block + blockSize, vocabSize);
    if (!anyAtLeast(logits + block, end - block, floor))
      continue;
    for (int32_t i = block; i < end; ++i)
      if (logits[i] >= floor)
        offer(i);
  }
  std::sort(candidates.data(), candidates.data() + count, better);
  for (size_t n = 0; n < count; ++n)
    candidates[n].weight = std::exp((double(candidates[n].logit) - best) / options.temperature);
  return count;
}

/// Top-p, then min-p: how many of the best remain.
size_t facet_sampler::keepLikely(size_t count) {
  if (options.top_p > 0 && options.top_p < 1) {
    double total = 0, sum = 0;
    for (size_t n = 0; n < count; ++n)
      total += candidates[n].weight;
    size_t kept = 0;
    while (kept < count && sum < options.top_p * total)
      sum += candidates[kept++].weight;
    count = kept;
  }
  while (count > 1 && candidates[count - 1].weight < options.min_p) // the best one's weight is 1
    --count;
  return count;
}

Result<int32_t> facet_sampler::next(const float *logits) {
  if (anyAtLeast(logits, vocabSize, INFINITY)) {
    const auto bad = static_cast<int32_t>(
        std::find_if(logits, logits + vocabSize, [](float logit) { return !(logit < INFINITY); }) - logits);
    return failure(FACET_BAD_ARGUMENT, "logit %d is %g: expected a finite number or -inf", bad,
                   double(logits[bad]));
  }
  const int32_t best = facet_argmax(logits, vocabSize);
  if (logits[best] == -INFINITY)
    return failure(FACET_BAD_ARGUMENT, "all logits are -inf: no token is left to choose");
  ++draw;
  if (options.greedy || options.temperature == 0)
    return best;
  const size_t count = keepLikely(gather(logits, logits[best]));
  double total = 0;
  for (size_t n = 0; n < count; ++n)
    total += candidates[n].weight;
  double rest = uniform(options.seed, draw - 1) * total;
  for (size_t n = 0; n < count; ++n)
    if ((rest -= candidates[n].weight) < 0)
      return candidates[n].token;
  return candidates[count - 1].token; // the sums' rounding
}

void facet_sampler_defaults(const facet_model *model, facet_sampler_options *out) {
  const facet_model_info &info = *model->artifact().model;
  *out = {};
  out->size = sizeof *out;
  out->greedy = !info.do_sample;
  out->top_k = static_cast<int32_t>(info.top_k);
  out->temperature = info.temperature;
  out->top_p = info.top_p;
  out->min_p = info.min_p;
}

facet_code facet_sampler_create(int32_t vocab_size, const facet_sampler_options *options,
                                const facet_allocator *allocator, facet_sampler **out, facet_error *err) {
  if (!options || !out)
    return report(failure(FACET_BAD_ARGUMENT, "options or out is NULL"), err);
  auto given = readOptions(options);
  if (!given)
    return report(given.error(), err);
  auto sampler = facet_sampler::create(vocab_size, *given, Allocator(allocator));
  if (!sampler)
    return report(sampler.error(), err);
  *out = *sampler;
  return FACET_OK;
}

void facet_sampler_destroy(facet_sampler *sampler) {
  if (sampler)
    sampler->destroy();
}

facet_code facet_sampler_next(facet_sampler *sampler, const float *logits, int32_t *token, facet_error *err) {
  auto drawn = sampler->next(logits);
  if (!drawn)
    return report(drawn.error(), err);
  *token = *drawn;
  return FACET_OK;
}

uint64_t facet_sampler_draw(const facet_sampler *sampler) { return sampler->draw; }
void facet_sampler_set_draw(facet_sampler *sampler, uint64_t draw) { sampler->draw = draw; }
