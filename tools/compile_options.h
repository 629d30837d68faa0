// The command line of facet compile.
#ifndef FACET_TOOLS_COMPILE_OPTIONS_H
#define FACET_TOOLS_COMPILE_OPTIONS_H

#include "compiler/CompileCheckpoint.h"
#include "frontend/models/Gemma4Text.h"
#include "tools/command/command.h"

namespace facet {

struct CompileArguments {
  std::string checkpoint, output, target = "x86-64", emit = "artifact", tuning;
  bool remarks = false;
  mlir::facet::CompileOptions compile;
  mlir::facet::CheckpointOptions open;
};

command::Command compileCommand(CompileArguments &arguments);

/// "" or what does not go together.
std::string contradictionIn(const CompileArguments &arguments);

} // namespace facet
#endif
