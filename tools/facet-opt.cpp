// facet-opt: the MLIR driver over the facet dialect and its passes.
#include "tools/mlir_options.h"
#include "tools/mlir_tools.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

/// Whether the command line's pipeline can be built: passes by name, their options, not both of
/// --pass-pipeline and single passes.
static bool hasValidPipeline(const mlir::DialectRegistry &registry) {
  auto config = mlir::MlirOptMainConfig::createFromCLOptions();
  if (config.shouldDumpPassPipeline()) // building it prints it
    return true;
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  mlir::PassManager passes(&context, mlir::ModuleOp::getOperationName(),
                           mlir::PassManager::Nesting::Implicit);
  return succeeded(config.setupPassPipeline(passes));
}

int main(int argc, char **argv) {
  if (auto answered = facet::command::answerHelp(facet::optCommand(), argc, argv))
    return *answered;
  mlir::DialectRegistry registry;
  facet::registerDialects(registry);
  facet::registerPasses();
  return facet::exitStatusOf([&] {
    auto [input, output] =
        mlir::registerAndParseCLIOptions(argc, argv, "Facet's optimizer driver\n", registry);
    if (!hasValidPipeline(registry))
      exit(facet::command::BadUsage);
    return mlir::MlirOptMain(argc, argv, input, output, registry);
  });
}
