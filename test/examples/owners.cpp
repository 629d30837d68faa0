// The owners of facet.hpp over the model that examples/CMakeLists.txt calls `inside`. Prints what it says to
// 2 5 7 as examples/ids.c does, having gone through fork, save and restore.
#include "inside.h"

#include <facet/facet.hpp>

#include <cstdio>
#include <cstdlib>

static void expect(bool holds, const char *what) {
  if (!holds) {
    std::fprintf(stderr, "expected %s\n", what);
    std::exit(1);
  }
}

static int print(void *, int32_t token) {
  std::printf("%d\n", static_cast<int>(token));
  return 0;
}

int main() try {
  const facet::Model model = facet::Model::open(inside);
  const int vocabulary = model.describe().vocab_size;
  facet_session_options options = {};
  options.sequences = 4;
  facet::Session session(model, options);
  facet::Sequence first = session.newSequence();

  const int32_t prompt[] = {2, 5, 7};
  std::vector<float> logits(static_cast<size_t>(vocabulary));
  const facet_outputs outputs = {.logits = logits.data(), .hidden = nullptr};
  session.prefill(first, prompt, FACET_WANTS_LOGITS, &outputs);
  const int likeliest = facet_argmax(logits.data(), vocabulary);
  facet_sampler_options greedy = {};
  greedy.greedy = 1;
  facet::Sampler sampler(vocabulary, greedy);
  expect(sampler.next(logits) == likeliest, "a greedy sampler to draw the likeliest token");

  first.truncate(0);
  facet_generate_options generation = {};
  generation.max_tokens = 20;
  generation.on_token = print;
  session.generate(first, prompt, sampler, generation);

  facet::Sequence fork = first.fork(), restored = session.restore(first.save());
  expect(fork.length() == first.length() && restored.length() == first.length(), "copies of the same length");
  expect(restored.save() == first.save(), "the same state after save and restore");
  facet::Sequence moved = std::move(fork);
  expect(fork.get() == nullptr && moved.get() != nullptr, "a moved-from owner to be empty");
  try {
    const std::vector<std::byte> bytes = restored.save();
    session.restore(std::span(bytes).first(10));
    expect(false, "damaged bytes to be refused");
  } catch (const facet::Error &error) {
    expect(error.code() == FACET_BAD_STATE, "the code of a damaged state");
  }
  return 0;
} catch (const facet::Error &error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
