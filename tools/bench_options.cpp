// The command line of facet bench as a table.
#include "tools/bench_options.h"
#include "tools/command/values.h"

namespace facet {

command::Command benchCommand(BenchOptions &O) {
  using namespace command;
  constexpr int Most = 1'000'000;
  return {
      .Verb = "bench",
      .Description =
          "Measures how fast an artifact reads a prompt (pp) and generates (tg), in tokens a second and as a "
          "share of what this machine can do.",
      .Arguments = {{file(O.Model, "MODEL.facet")}},
      .Options =
          {
              {"-p",
               number(O.Prompt, 0, Most),
               "tokens of a prompt (default 512; 0: none)",
               {"--prompt", "--n-prompt"}},
              {"-n",
               number(O.Generate, 0, Most),
               "tokens to generate (default 64; 0: none)",
               {"--n-gen", "--max-tokens"}},
              {"-d",
               numbers(O.Depths, 0, Most),
               "depths: tokens in the context before each test (default 0)",
               {"--depth", "--n-depth"}},
              {"-t", numbers(O.Threads, 1, 256), "threads (default: all)", {"--threads"}},
              {"-r", number(O.Rounds, 1, Most), "rounds (default 3)", {"--repetitions", "--rounds"}},
              {"--all-positions", flag(O.All),
               "take each position of the prompt through all layers, for its hidden state, where a prompt as "
               "users have it wants nothing but the last position's logits"},
              {"--profile", flag(O.Profile),
               "after each test, where its time went: bytes and operations of each kind of dispatch"},
              {"--trace", file(O.Trace), "write the dispatches of one round of each test as a Chrome trace"},
              {"--memory", flag(O.Memory),
               "instead of measuring speed, fill a context of -d and -p tokens and compare the memory that "
               "this "
               "process then uses with the plan; exit status 1 if they disagree"},
              {"--json", flag(O.Json), "one object a line, as docs/json.md lists"},
          },
      .Examples = {{"facet bench model.facet -p 128 -n 32 -r 1", "a quick look"}},
      .Notes =
          "The ceilings are measured beside each round: read bandwidth for tg, arithmetic for pp. The "
          "fastest "
          "round counts in which the bandwidth was the same before and after it; * marks a test that had "
          "none. There is no share for tg where what a token reads fits the last level of cache.",
  };
}

} // namespace facet
