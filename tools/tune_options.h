// The command line of facet tune.
#ifndef FACET_TOOLS_TUNE_OPTIONS_H
#define FACET_TOOLS_TUNE_OPTIONS_H

#include "tools/command/command.h"

namespace facet {

struct TuneArguments {
  std::string model, shapes, output, plot, weights = "bf16", target = "native";
  int seconds = 300;
  bool again = false;
};

command::Command tuneCommand(TuneArguments &arguments);

} // namespace facet
#endif
