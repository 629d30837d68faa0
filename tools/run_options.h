// The command line of facet run.
#ifndef FACET_TOOLS_RUN_OPTIONS_H
#define FACET_TOOLS_RUN_OPTIONS_H

#include "tools/generation_options.h"

namespace facet {

struct RunOptions : GenerationOptions {
  std::string Prompt, PromptFile, Importance;
  std::vector<std::string> Stops;
  bool Raw = false, Json = false, Verbose = false;
};

command::Command runCommand(RunOptions &Options);

/// "" or what does not go together.
std::string contradictionIn(const RunOptions &Options);

} // namespace facet
#endif
