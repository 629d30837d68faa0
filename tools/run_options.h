// The command line of facet run.
#ifndef FACET_TOOLS_RUN_OPTIONS_H
#define FACET_TOOLS_RUN_OPTIONS_H

#include "runtime/facet.h"
#include "tools/command/command.h"

#include <optional>
#include <string>
#include <vector>

namespace facet {

/// Sampling settings that are not given are the checkpoint's.
struct RunOptions {
  std::string Model, Prompt, System, Importance;
  std::vector<std::string> Stops;
  int MaxTokens = 0, Context = 0, Threads = 0;
  std::optional<int> TopK;
  std::optional<float> Temperature, TopP, MinP;
  uint64_t Seed = 0;
  facet_verify Verify = FACET_VERIFY_AUTO;
  bool Greedy = false, Think = false, Raw = false, Json = false, Verbose = false;
};

command::Command runCommand(RunOptions &Options);

/// "" or what does not go together.
std::string contradictionIn(const RunOptions &Options);

} // namespace facet
#endif
