// The command lines of facet opt, facet lsp-server and facet reduce as tables, for --help and what is
// generated from it. MLIR parses these command lines; the tables hold what is worth knowing of its several
// hundred options.
#ifndef FACET_TOOLS_MLIR_OPTIONS_H
#define FACET_TOOLS_MLIR_OPTIONS_H

#include "tools/command/command.h"

namespace facet {

command::Command optCommand();
command::Command lspServerCommand();
command::Command reduceCommand();

} // namespace facet
#endif
