// facet-lsp-server: MLIR's language server with the facet dialect, for editors.
#include "tools/mlir_options.h"
#include "tools/mlir_tools.h"

#include "mlir/Tools/mlir-lsp-server/MlirLspServerMain.h"

int main(int argc, char **argv) {
  if (auto answered = facet::command::answerHelp(facet::lspServerCommand(), argc, argv))
    return *answered;
  mlir::DialectRegistry registry;
  facet::registerDialects(registry);
  return facet::exitStatusOf([&] { return mlir::MlirLspServerMain(argc, argv, registry); });
}
