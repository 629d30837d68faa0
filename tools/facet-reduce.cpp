// facet-reduce: makes a .mlir file smaller while a script still finds it interesting.
#include "tools/mlir_tools.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/Tools/mlir-reduce/MlirReduceMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  facet::registerDialects(registry);
  facet::registerPasses();
  mlir::MLIRContext context(registry);
  return failed(mlir::mlirReduceMain(argc, argv, context));
}
