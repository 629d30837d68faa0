// The command line of facet run as a table.
#include "tools/run_options.h"
#include "tools/command/values.h"

namespace facet {

command::Command runCommand(RunOptions &O) {
  using namespace command;
  Command C = {
      .Verb = "run",
      .Description =
          "Writes the model's answer to PROMPT as it comes. Standard output holds the answer alone, "
          "with a newline at its end; thoughts go to standard error.",
      .Arguments = {modelArgument(O),
                    {text(O.Prompt, "PROMPT"),
                     "the question; - reads it from standard input",
                     false,
                     {"-p", "--prompt"}}},
      .Options =
          {
              {"--prompt-file", file(O.PromptFile), "read the prompt from a file instead", {"-f", "--file"}},
              {"--stop", texts(O.Stops), "ends the answer before TEXT; may be repeated"},
              {"--raw", flag(O.Raw),
               "no chat template: the prompt is what the model continues. Special tokens such as <|turn> are "
               "recognised in it; <bos> is put in front unless it begins with it"},
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
      .Notes = MemoryNote,
  };
  addGenerationOptions(O, C.Options);
  return C;
}

std::string contradictionIn(const RunOptions &O) {
  if (O.Prompt.ends_with(".facet") && !O.Model.ends_with(".facet"))
    return "expected MODEL.facet before PROMPT, found '" + O.Prompt + "' after it";
  if (O.Prompt.empty() && O.PromptFile.empty() && !O.Raw)
    return "expected PROMPT after MODEL.facet, or --prompt-file FILE";
  if (!O.Prompt.empty() && !O.PromptFile.empty())
    return "expected PROMPT or --prompt-file, found both";
  if (!O.Importance.empty() && (O.Raw || O.Json || O.Threads > 1))
    return "--collect-importance does not go with --raw, --json or more than one thread";
  if (O.Raw && (O.Think || !O.System.empty()))
    return "--raw does not go with --system or --think: they are the chat template's";
  return "";
}

} // namespace facet
