// facet-opt: the MLIR driver over the facet dialect and its passes.
#include "tools/mlir_tools.h"

#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  facet::registerDialects(registry);
  facet::registerPasses();
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, "Facet's optimizer driver\n", registry));
}
