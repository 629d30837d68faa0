// What the tools that read .mlir files know.
#include "tools/mlir_tools.h"

#include "ir/Facet.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/Passes.h"

#include "compiler/Pipeline.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "passes/Passes.h"
#include "targets/Target.h"
#include "tools/command/command.h"

#include <cstdlib>
#include <unistd.h>

void facet::registerDialects(mlir::DialectRegistry &registry) {
  registry.insert<mlir::facet::FacetDialect, mlir::func::FuncDialect, mlir::arith::ArithDialect,
                  mlir::scf::SCFDialect, mlir::vector::VectorDialect, mlir::math::MathDialect,
                  mlir::LLVM::LLVMDialect>();
}

void facet::registerPasses() {
  mlir::registerTransformsPasses();
  mlir::registerConversionPasses(); // for reproducers of the target phase
  mlir::facet::registerFacetPasses();
  mlir::registerPass([] { return mlir::facet::createLowerTileLinearPass(); });
  mlir::registerPass([] { return mlir::facet::createLowerTileDotPass(); });
  // Each phase of the compiler under its own name: --facet-phase-fuse, ...
  for (auto list : {mlir::facet::modelPhases(), mlir::facet::kernelPhases()})
    for (const mlir::facet::Phase &phase : list)
      mlir::PassPipelineRegistration<>(
          "facet-phase-" + phase.name.str(), "one phase of the compiler",
          [&phase](mlir::OpPassManager &pm) { mlir::facet::addPhase(pm, phase, {}); });
}

int facet::exitStatusOf(const std::function<llvm::LogicalResult()> &mlirMain) {
  static bool returned;
  on_exit(
      [](int status, void *) {
        if (status == command::BadInput && !returned) // llvm::cl, having said what is wrong
          _exit(command::BadUsage);
      },
      nullptr);
  llvm::LogicalResult result = mlirMain();
  returned = true;
  return llvm::succeeded(result) ? command::Ok : command::BadInput;
}
