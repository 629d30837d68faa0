// Runs the phases of Pipeline.cpp: stop, dump, time, and a reproducer when one fails.
#include "compiler/Compile.h"

#include "compiler/LibraryWriter.h"
#include "passes/Passes.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/ToolOutputFile.h"

#include <chrono>

using namespace mlir;
using namespace mlir::facet;

void facet::loadDialects(MLIRContext &context) {
  context.loadDialect<FacetDialect, func::FuncDialect, arith::ArithDialect, scf::SCFDialect,
                      vector::VectorDialect, LLVM::LLVMDialect>();
}

static llvm::Error dump(ModuleOp module, llvm::StringRef directory, const llvm::Twine &name) {
  llvm::SmallString<256> path(directory);
  llvm::sys::path::append(path, name + ".mlir");
  std::string message;
  auto file = openOutputFile(path, &message);
  if (!file)
    return llvm::createStringError(message);
  module.print(file->os());
  file->keep();
  return llvm::Error::success();
}

/// One phase, with its dump and its time. A phase that fails leaves `facet-<phase>.reproducer.mlir` where
/// dumps go.
static llvm::Error runPhase(ModuleOp module, const Phase &phase, const llvm::Twine &name,
                            const CompileOptions &options) {
  if (!options.dumpPhases.empty())
    if (std::error_code ec = llvm::sys::fs::create_directories(options.dumpPhases))
      return llvm::createStringError(ec, "cannot create '" + options.dumpPhases + "': " + ec.message());
  auto start = std::chrono::steady_clock::now();
  PassManager pm(module.getContext());
  addPhase(pm, phase, options.pipeline);
  llvm::SmallString<256> reproducer(options.dumpPhases.empty() ? "." : options.dumpPhases);
  llvm::sys::path::append(reproducer, "facet-" + phase.name + ".reproducer.mlir");
  pm.enableCrashReproducerGeneration(reproducer);
  if (failed(pm.run(module)))
    return llvm::createStringError(
        "phase '" + phase.name +
        "' failed, for the reason above; to see it again: " + "facet opt --run-reproducer " + reproducer);
  if (options.timing) {
    double ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    llvm::errs() << llvm::formatv("{0,-32} {1,8:f1} ms\n", name.str(), ms);
  }
  return options.dumpPhases.empty() ? llvm::Error::success() : dump(module, options.dumpPhases, name);
}

llvm::Error facet::runModelPhases(ModuleOp module, const CompileOptions &options) {
  for (auto [i, phase] : llvm::enumerate(modelPhases())) {
    if (llvm::Error error = runPhase(module, phase, llvm::Twine(i + 1) + "-" + phase.name, options))
      return error;
    if (options.stopAfter == phase.name)
      break;
  }
  return llvm::Error::success();
}

llvm::Expected<OwningOpRef<ModuleOp>> facet::lowerKernels(ModuleOp module, const TargetVariant &variant,
                                                          const CompileOptions &options) {
  OwningOpRef<ModuleOp> copy = module.clone();
  (*copy)->setAttr("facet.target", variant.facts(module.getContext()));
  if (DictionaryAttr tuning = options.tuning.select(module.getContext(), variant.name, options.machine))
    (*copy)->setAttr("facet.tuning", tuning);
  for (auto [i, phase] : llvm::enumerate(kernelPhases())) {
    size_t number = modelPhases().size() + i + 1;
    std::string name = (llvm::Twine(number) + "-" + phase.name + "-" + variant.name).str();
    if (llvm::Error error = runPhase(*copy, phase, name, options))
      return std::move(error);
    if (options.stopAfter == phase.name)
      break;
  }
  return copy;
}

/// A kernel needs as much scratch as in the variant that needs most.
static void addScratch(ModuleOp lowered, ProgramTables &tables) {
  for (auto [info, name] : llvm::zip(tables.kernels, tables.kernelNames)) {
    auto function = lowered.lookupSymbol<LLVM::LLVMFuncOp>(name);
    uint64_t scratch = function->getAttrOfType<IntegerAttr>("facet.scratch_bytes").getInt();
    info.scratch_bytes = std::max<uint64_t>(info.scratch_bytes, scratch);
  }
}

static llvm::Error linkImage(ModuleOp lowered, const ProgramTables &tables, CompiledVariant &out) {
  llvm::Expected<CodeImage> image = emitImage(lowered, out.target);
  if (!image)
    return image.takeError();
  for (const std::string &name : tables.kernelNames)
    if (!image->entries.count(name))
      return llvm::createStringError("kernel '" + name + "' is missing from the image of " + out.target.name);
  out.image = std::move(*image);
  return llvm::Error::success();
}

/// Kernels as hidden symbols that carry the model's name: two models link into one program.
static llvm::Error emitLibraryObject(ModuleOp lowered, llvm::StringRef library, CompiledVariant &out) {
  for (auto function : lowered.getOps<LLVM::LLVMFuncOp>()) {
    function.setSymName(libraryKernel(library, out.target, function.getSymName()));
    function.setVisibility_(LLVM::Visibility::Hidden);
  }
  llvm::Expected<std::string> object = emitText(lowered, out.target, EmitKind::Object);
  if (!object)
    return object.takeError();
  out.object = std::move(*object);
  return llvm::Error::success();
}

llvm::Expected<std::vector<CompiledVariant>> facet::compileVariants(ModuleOp module, ProgramTables &tables,
                                                                    const CompileOptions &options) {
  std::vector<CompiledVariant> compiled;
  for (const TargetVariant &variant : options.variants) {
    llvm::Expected<OwningOpRef<ModuleOp>> lowered = lowerKernels(module, variant, options);
    if (!lowered)
      return lowered.takeError();
    addScratch(**lowered, tables);
    CompiledVariant &out = compiled.emplace_back(CompiledVariant{variant, {}, {}});
    llvm::Error error = options.library.empty() ? linkImage(**lowered, tables, out)
                                                : emitLibraryObject(**lowered, options.library, out);
    if (error)
      return error;
  }
  return compiled;
}
