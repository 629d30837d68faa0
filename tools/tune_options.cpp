// The command line of facet tune as a table.
#include "tools/tune_options.h"
#include "tools/command/values.h"

namespace facet {

command::Command tuneCommand(TuneArguments &a) {
  using namespace command;
  return {
      .Verb = "tune",
      .Description =
          "Measures how each kernel of a checkpoint is best scheduled on this machine, for facet compile "
          "--tuning. What the database knows already stays and is not measured again.",
      .Arguments = {{directory(a.model), "the checkpoint; or give --shapes", false}},
      .Options =
          {
              {"-o", file(a.output), "the database, which is made or added to", {"--output", "--out"}, true},
              {"--shapes", file(a.shapes),
               "kernels instead of a checkpoint's: lines 'linear N K FORMAT' or 'moe_linear EXPERTS CHOICES "
               "N K "
               "FORMAT'"},
              {"--weights", choice(a.weights, {"f32", "bf16", "q8", "q4"}, "FORMAT"),
               "storage of the checkpoint's matrices (default bf16)"},
              {"--target", text(a.target, "LEVEL"), "native (default) or a level that this machine runs"},
              {"--budget", number(a.seconds, 0, 1000000, "SECONDS"),
               "begin no further kernel after this time (default 300); another run goes on from there"},
              {"--again", flag(a.again), "measure also what the database knows"},
              {"--plot", file(a.plot, "SVG"), "draw the candidates"},
          },
      .Examples = {{"facet tune gemma-4-E2B-it --weights q8 -o mine.tuning", "on an otherwise idle machine"},
                   {"facet compile gemma-4-E2B-it -o gemma.facet --target native --tuning mine.tuning",
                    "uses it"}},
  };
}

} // namespace facet
