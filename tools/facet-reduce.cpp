// facet-reduce: makes a .mlir file smaller while a script still finds it interesting.
#include "tools/mlir_options.h"
#include "tools/mlir_tools.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Reducer/Passes.h"
#include "mlir/Tools/mlir-reduce/MlirReduceMain.h"
#include "llvm/Support/WithColor.h"

/// Whether the passes among the arguments understand their options.
static bool hasValidPasses(llvm::ArrayRef<char *> arguments, mlir::MLIRContext &context) {
  mlir::PassManager passes(&context);
  auto say = [](const llvm::Twine &problem) {
    llvm::WithColor::error() << problem << '\n';
    return mlir::failure();
  };
  return llvm::all_of(arguments, [&](llvm::StringRef argument) {
    auto [name, options] = argument.split('=');
    const mlir::PassInfo *pass = name.starts_with("-") ? mlir::PassInfo::lookup(name.ltrim('-')) : nullptr;
    return !pass || succeeded(pass->addToPipeline(passes, options, say));
  });
}

int main(int argc, char **argv) {
  if (auto answered = facet::command::answerHelp(facet::reduceCommand(), argc, argv))
    return *answered;
  if (argc < 2)
    return facet::command::usageError(
        facet::reduceCommand(), "expected FILE; usage: " + facet::command::usageOf(facet::reduceCommand()));
  mlir::DialectRegistry registry;
  facet::registerDialects(registry);
  facet::registerPasses();
  mlir::registerReducerPasses();
  mlir::MLIRContext context(registry);
  if (!hasValidPasses({argv + 1, argv + argc}, context))
    return facet::command::BadUsage;
  return facet::exitStatusOf([&] { return mlir::mlirReduceMain(argc, argv, context); });
}
