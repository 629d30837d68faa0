// The command line of facet run as a table.
#include "tools/run_options.h"
#include "tools/command/values.h"

#include <cstdint>

namespace facet {

command::Command runCommand(RunOptions &O) {
  using namespace command;
  return {
      .Verb = "run",
      .Description =
          "Writes the model's answer to PROMPT as it comes. Standard output holds the answer alone, "
          "with a newline at its end.",
      .Arguments = {{file(O.Model, "MODEL.facet"), "what facet compile wrote"},
                    {text(O.Prompt, "PROMPT"), "the question; - reads it from standard input"}},
      .Options =
          {
              {"-n",
               number(O.MaxTokens, 1, INT32_MAX),
               "at most N tokens (default: until the model stops or the context is full)",
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
              {"--stop", texts(O.Stops), "ends the answer before TEXT; may be repeated"},
              {"--system", text(O.System), "a system message before the prompt", {"--system-prompt", "-sys"}},
              {"--think",
               flag(O.Think),
               "let the model think first; its thoughts go to standard error",
               {"--thinking", "--reasoning"}},
              {"--raw", flag(O.Raw),
               "no chat template: the prompt is what the model continues. Special tokens such as <|turn> are "
               "recognised in it; <bos> is put in front unless it begins with it"},
              {"--context",
               number(O.Context, 1, INT32_MAX),
               "positions of prompt and answer together (default: 8192, or less if the model has less)",
               {"-c", "--ctx", "--ctx-size", "--num-ctx"}},
              {"--threads", number(O.Threads, 1, 256, "T"), "default: the CPUs there are", {"-t", "-j"}},
              {"--verify",
               named<facet_verify>(O.Verify,
                                   {{"auto", FACET_VERIFY_AUTO},
                                    {"always", FACET_VERIFY_ALWAYS},
                                    {"never", FACET_VERIFY_NEVER}},
                                   "WHEN"),
               "whether the weights' hashes are checked: auto (default; skips a file that was checked "
               "before), "
               "always or never",
               {"--no-verify"}},
              {"--collect-importance", file(O.Importance),
               "no answer: PROMPT names a file of prompts, one a line, which the model answers, or of "
               "conversations as JSON; FILE is written for facet compile --importance"},
              {"--json", flag(O.Json), "write one JSON object instead, as docs/json.md says"},
              {"--verbose",
               flag(O.Verbose),
               "write the whole memory plan and the speed to standard error",
               {"-v"}},
          },
      .Surplus = "quote the prompt",
      .Examples = {{"facet run model.facet \"Tell me a story about a fox.\" -n 200",
                    "a story of 200 tokens at most"},
                   {"facet run model.facet - < question.txt", "the answer to what a file asks"}},
      .Notes = "What it will take of memory is written to standard error before it is loaded, and refused if "
               "there is less, or "
               "if the environment variable FACET_MEMORY is set to fewer bytes.",
  };
}

std::string contradictionIn(const RunOptions &O) {
  if (!O.Importance.empty() && (O.Raw || O.Json || O.Threads > 1))
    return "--collect-importance does not go with --raw, --json or more than one thread";
  if (O.Raw && (O.Think || !O.System.empty()))
    return "--raw does not go with --system or --think: they are the chat template's";
  return "";
}

} // namespace facet
