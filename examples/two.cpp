// Two models in one program, each answering on a thread of its own, with one pool of threads.
#include "inside.h"
#include "other.h"

#include <facet/facet.hpp>

#include <cstdio>
#include <thread>

static void answer(const facet::Model &model, const facet::Executor &executor,
                   const std::string &conversation, std::string &out) try {
  facet::Text text(model);
  facet_session_options options = {};
  options.executor = executor.get();
  facet::Session session(model, options);
  facet::Sequence sequence = session.newSequence();
  facet_sampler_options greedy = {};
  greedy.greedy = 1;
  facet_text_options generation = {};
  generation.max_tokens = 40;
  generation.sampling = &greedy;
  auto add = [&](facet_text_part, std::string_view piece) {
    out += piece;
    return true;
  };
  text.generate(session, sequence, text.encodeChat(conversation), add, generation);
} catch (const facet::Error &error) {
  out = std::string("error: ") + error.what();
}

int main(int argc, char **argv) {
  const std::string conversation =
      argc > 1 ? argv[1] : R"([{"role": "user", "content": "Tell me a story about a fox."}])";
  facet::Model first = facet::Model::open(inside), second = facet::Model::open(other);
  facet::Executor executor;
  std::string one, two;
  std::thread thread([&] { answer(first, executor, conversation, one); });
  answer(second, executor, conversation, two);
  thread.join();
  std::printf("inside: %s\nother: %s\n", one.c_str(), two.c_str());
}
