// One executable that holds program, model and weights: single CONVERSATION
#include "inside.h"

#include <facet/facet.hpp>

#include <cstdio>

static int run(const std::string &conversation) {
  facet::Model model = facet::Model::open(inside);
  facet::Text text(model);
  facet::Executor executor(2); // a number of its own: asking the system for one reads files
  facet_session_options options = {};
  options.executor = executor.get();
  facet::Session session(model, options);
  facet::Sequence sequence = session.newSequence();

  std::vector<int32_t> prompt = text.encodeChat(conversation);
  facet_sampler_options greedy = {};
  greedy.greedy = 1;
  facet_text_options generation = {};
  generation.max_tokens = 40;
  generation.sampling = &greedy;
  text.generate(
      session, sequence, prompt,
      [](facet_text_part, std::string_view piece) {
        return std::fwrite(piece.data(), 1, piece.size(), stdout) == piece.size();
      },
      generation);
  std::puts("");
  return 0;
}

int main(int argc, char **argv) {
  try {
    return run(argc > 1 ? argv[1] : R"([{"role": "user", "content": "Tell me a story about a fox."}])");
  } catch (const facet::Error &error) {
    std::fprintf(stderr, "%s: %s\n", facet_code_name(error.code()), error.what());
    return 1;
  }
}
