// The command line of facet inspect.
#ifndef FACET_TOOLS_INSPECT_OPTIONS_H
#define FACET_TOOLS_INSPECT_OPTIONS_H

#include "tools/command/command.h"

namespace facet {

struct InspectOptions {
  std::string Model, Kernel;
  std::string Old; // what the model is compared with
  int Rows = 1;
  std::optional<int> Layer;
  bool Json = false, Dot = false;
};

command::Command inspectCommand(InspectOptions &O);
/// What is wrong with options that do not go together, or "".
std::string contradictionIn(const InspectOptions &O);

} // namespace facet
#endif
