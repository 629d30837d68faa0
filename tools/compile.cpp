// facet compile: a checkpoint directory to an artifact, or to MLIR, LLVM IR, assembly or object code.
#include "compiler/OutputFile.h"
#include "passes/quantize/Recipe.h"
#include "tools/command/model_path.h"
#include "tools/compile_options.h"
#include "tools/fatal_errors.h"
#include "tools/terminal.h"

#include "mlir/IR/Remarks.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

#include <csignal>

using namespace mlir;
using namespace mlir::facet;
using namespace ::facet::command;
using ::facet::CompileArguments;

namespace {

int fail(llvm::Error error) {
  llvm::errs() << "facet compile: " << llvm::toString(std::move(error)) << "\n";
  return BadInput;
}

llvm::Error readTuning(CompileArguments &arguments) {
  if (arguments.tuning == "none")
    return llvm::Error::success();
  auto database = arguments.tuning.empty() ? llvm::Expected<TuningDatabase>(TuningDatabase::builtIn())
                                           : TuningDatabase::read(arguments.tuning);
  if (!database)
    return database.takeError();
  arguments.compile.tuning = std::move(*database);
  return llvm::Error::success();
}

/// Pipes and devices are written as they are, files whole or not at all.
int writeText(llvm::StringRef path, llvm::StringRef text) {
  if (path != "-" && (llvm::sys::fs::is_regular_file(path) || !llvm::sys::fs::exists(path))) {
    llvm::Error error = writeWhole(path, text);
    return error ? fail(std::move(error)) : int(Ok);
  }
  std::error_code ec;
  llvm::raw_fd_ostream os(path, ec);
  if (!ec) {
    os << text;
    os.flush();
    ec = os.error();
    os.clear_error();
  }
  return ec ? fail(llvm::createStringError(ec, "cannot write '" + path + "': " + ec.message())) : int(Ok);
}

/// --emit mlir, llvm, asm, obj.
int emitIntermediate(ModuleOp module, const CompileArguments &arguments, const Command &table) {
  const CompileOptions &options = arguments.compile;
  bool modelLevel =
      options.stopAfter.empty()
          ? arguments.emit == "mlir"
          : llvm::any_of(modelPhases(), [&](const Phase &p) { return p.name == options.stopAfter; });
  if (!modelLevel && options.variants.size() != 1)
    return usageError(table, "--emit of code needs one target, as --target native");
  if (llvm::Error error = runModelPhases(module, options))
    return fail(std::move(error));
  std::string text;
  llvm::raw_string_ostream os(text);
  if (modelLevel) {
    module.print(os);
    return writeText(arguments.output, text);
  }
  auto lowered = lowerKernels(module, options.variants.front(), options);
  if (!lowered)
    return fail(lowered.takeError());
  if (arguments.emit == "mlir") {
    (*lowered)->print(os);
    return writeText(arguments.output, text);
  }
  EmitKind kind = arguments.emit == "llvm"  ? EmitKind::LLVMIR
                  : arguments.emit == "asm" ? EmitKind::Assembly
                                            : EmitKind::Object;
  auto code = emitText(**lowered, options.variants.front(), kind);
  if (!code)
    return fail(code.takeError());
  return writeText(arguments.output, *code);
}

/// A context prints errors alone.
LogicalResult printRemark(Diagnostic &diagnostic) {
  if (diagnostic.getSeverity() != DiagnosticSeverity::Remark)
    return failure(); // for the next handler
  llvm::errs() << diagnostic.getLocation() << ": remark: " << diagnostic << "\n";
  return success();
}

} // namespace

int main(int argc, char **argv) {
  std::signal(SIGXFSZ, SIG_IGN); // a limit on the size of files is an error, like a full disk
  ::facet::exitOnFatalErrors("compile");
  CompileArguments arguments;
  const Command table = compileCommand(arguments);
  if (argc == 2 && llvm::StringRef(argv[1]) == "--version") { // for `facet --version`
    llvm::outs() << "LLVM " LLVM_VERSION_STRING ", targets:";
    for (const TargetVariant &variant : allVariants())
      llvm::outs() << " " << variant.name;
    llvm::outs() << "\n";
    return Ok;
  }
  if (std::optional<int> status = parse(table, argc, argv))
    return *status;
  if (std::string problem = contradictionIn(arguments); !problem.empty())
    return usageError(table, problem);
  auto variants = selectVariants(arguments.target);
  if (!variants)
    return usageError(table, "--target: " + llvm::toString(variants.takeError()));
  arguments.compile.variants = *variants;
  if (arguments.target == "native")
    arguments.compile.machine = hostMachine();
  if (llvm::Error error = readTuning(arguments))
    return fail(std::move(error));
  auto rules = StorageRecipe::read(arguments.compile.pipeline.weights);
  if (!rules)
    return fail(rules.takeError());
  arguments.compile.pipeline.weights = *rules;

  MLIRContext context(MLIRContext::Threading::DISABLED);
  loadDialects(context);
  std::optional<ScopedDiagnosticHandler> handler;
  if (arguments.remarks) {
    handler.emplace(&context, printRemark);
    remark::RemarkCategories categories;
    categories.passed = categories.missed = "fuse";
    if (failed(remark::enableOptimizationRemarks(
            context, nullptr, std::make_unique<remark::RemarkEmittingPolicyAll>(), categories, true)))
      return fail(llvm::createStringError("remarks are not available"));
  }
  if (std::string why = whyNotACheckpoint(arguments.checkpoint); !why.empty())
    return fail(llvm::createStringError(why));
  auto checkpoint = Checkpoint::open(arguments.checkpoint, arguments.open);
  if (!checkpoint)
    return fail(checkpoint.takeError());
  auto module = buildTextModule(context, **checkpoint);
  if (!module)
    return fail(module.takeError());
  if (arguments.emit != "artifact" && arguments.emit != "lib")
    return emitIntermediate(**module, arguments, table);
  ::facet::Progress packing("packing", "MB", 1e6);
  arguments.compile.progress = [&](uint64_t done, uint64_t all) { packing.update(done, all); };
  llvm::Error error = compileCheckpoint(**checkpoint, **module, arguments.compile, arguments.output);
  packing.finish();
  return error ? fail(std::move(error)) : int(Ok);
}
