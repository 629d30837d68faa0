// What facet run and facet chat have in common on their command lines.
#include "tools/generation_options.h"
#include "tools/command/values.h"

#include <cstdint>

namespace facet {

using namespace command;

const char MemoryNote[] = "What it will take of memory is written to standard error before it is loaded, and "
                          "refused if there is less, "
                          "or if the environment variable FACET_MEMORY is set to fewer bytes.";

Argument modelArgument(GenerationOptions &O) {
  return {file(O.Model, "MODEL.facet"), "what facet compile wrote", true, {"-m", "--model"}};
}

void addGenerationOptions(GenerationOptions &O, std::vector<Option> &Rows) {
  const Option All[] = {
      {"-n",
       number(O.MaxTokens, 1, INT32_MAX),
       "at most N tokens an answer (default: until the model stops or the context is full)",
       {"--max-tokens", "--max-new-tokens", "--n-predict", "--num-predict", "--tokens"}},
      {"--greedy", flag(O.Greedy), "always the likeliest token", {"--no-sample"}},
      {"--seed", seed(O.Seed), "of the draws (default 0): the same seed gives the same text", {"-s"}},
      {"--temp",
       real(O.Temperature, 100, "T"),
       "temperature of sampling (default: the checkpoint's)",
       {"--temperature"}},
      {"--top-k", number(O.TopK, 0, INT32_MAX, "K"),
       "sample from the K likeliest (default: the checkpoint's)"},
      {"--top-p", real(O.TopP, 1, "P"),
       "sample from the likeliest that sum up to P (default: the checkpoint's)"},
      {"--min-p", real(O.MinP, 1, "P"),
       "sample from those at least P times as likely as the likeliest (default: the checkpoint's)"},
      {"--system", text(O.System), "a system message before the prompt", {"--system-prompt", "-sys"}},
      {"--think",
       flag(O.Think),
       "let the model think first; its thoughts are kept apart from the answer",
       {"--thinking", "--reasoning"}},
      {"--context",
       number(O.Context, 1, INT32_MAX),
       "positions of prompt and answer together (default: 8192, or less if the model has less)",
       {"-c", "--ctx", "--ctx-size", "--num-ctx"}},
      {"--threads", number(O.Threads, 1, 256, "T"), "default: the CPUs there are", {"-t", "-j"}},
      {"--verify",
       named<facet_verify>(
           O.Verify,
           {{"auto", FACET_VERIFY_AUTO}, {"always", FACET_VERIFY_ALWAYS}, {"never", FACET_VERIFY_NEVER}},
           "WHEN"),
       "whether the weights' hashes are checked: auto (default; skips a file that was checked before), "
       "always or "
       "never",
       {"--no-verify"}},
  };
  Rows.insert(Rows.end(), std::begin(All), std::end(All));
}

facet_sampler_options samplingOf(const facet_model *Model, const GenerationOptions &O) {
  facet_sampler_options Sampling = {};
  facet_sampler_defaults(Model, &Sampling);
  // Any setting of sampling means that sampling is wanted.
  if (O.Temperature || O.TopK || O.TopP || O.MinP)
    Sampling.greedy = 0;
  if (O.Temperature)
    Sampling.temperature = *O.Temperature;
  if (O.TopK)
    Sampling.top_k = *O.TopK;
  if (O.TopP)
    Sampling.top_p = *O.TopP;
  if (O.MinP)
    Sampling.min_p = *O.MinP;
  if (O.Greedy)
    Sampling.greedy = 1;
  Sampling.seed = O.Seed;
  return Sampling;
}

} // namespace facet
