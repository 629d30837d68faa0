// facet compile: a checkpoint directory to an artifact, or to MLIR, LLVM IR, assembly or object code.
#include "compiler/CompileCheckpoint.h"
#include "compiler/OutputFile.h"
#include "frontend/models/Gemma4Text.h"
#include "passes/quantize/Recipe.h"

#include "mlir/IR/Remarks.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

#include <csignal>

using namespace mlir;
using namespace mlir::facet;
namespace cl = llvm::cl;

namespace {

enum ExitCode { kOk = 0, kBadInput = 1, kUsage = 2 };

struct Arguments {
  std::string checkpoint, output, target = "x86-64", emit = "artifact", phase;
  CompileOptions compile;
  CheckpointOptions open;
};

int usage(const char *problem) {
  llvm::errs() << "facet compile: " << problem << "; see facet compile --help\n";
  return kUsage;
}

int fail(llvm::Error error) {
  llvm::errs() << "facet compile: " << llvm::toString(std::move(error)) << "\n";
  return kBadInput;
}

const char kHelp[] = R"(usage: facet compile DIR -o OUTPUT [options]

Compiles the Hugging Face checkpoint in DIR.

  -o FILE                  the artifact, or the text or object code of --emit ("-": standard output)
  --target LIST            x86-64 (default: every level), native, or levels separated by commas:
                           x86-64-v3, x86-64-v4, x86-64-v4+vnni+bf16
  --weights FORMAT|FILE    storage of matrices: f32, bf16 (default), q8, q4, or a file with a line
                           'PATTERN FORMAT' for each rule; the first that matches a weight's name decides
  --importance FILE        round to q8 and q4 by second moments, from facet run --collect-importance
  --kv f32|bf16            storage of keys and values (default bf16)
  --emit KIND              artifact (default), mlir, llvm, asm, obj; the last four need one target
  --stop-after PHASE       with --emit mlir: fuse, quantize, tile, plan, lower, target
  --dump-phases DIR        write the IR after each phase
  --timing                 print the time of each phase
  --remarks                print why a fusion did or did not happen
  --allow-config KEY       accept a config key that Facet does not know
  --help                   this text

Exit codes: 0 ok, 1 bad input, 2 usage, 70 internal.
)";

/// Value of "--name V" or "--name=V"; advances `i`.
const char *valueOf(llvm::StringRef name, int argc, char **argv, int &i) {
  llvm::StringRef argument = argv[i];
  if (argument == name)
    return i + 1 < argc ? argv[++i] : nullptr;
  if (argument.starts_with(name) && argument.size() > name.size() && argument[name.size()] == '=')
    return argv[i] + name.size() + 1;
  return nullptr;
}

/// Returns -1, or the exit code of a usage error.
int parse(int argc, char **argv, Arguments &arguments, bool &remarks) {
  for (int i = 1; i < argc; ++i) {
    llvm::StringRef argument = argv[i];
    auto take = [&](llvm::StringRef name, std::string &out) {
      if (argument != name && !argument.starts_with((name + "=").str()))
        return false;
      const char *value = valueOf(name, argc, argv, i);
      out = value ? value : "";
      return true;
    };
    std::string key;
    if (argument == "--timing")
      arguments.compile.timing = true;
    else if (argument == "--remarks")
      remarks = true;
    else if (take("--allow-config", key))
      arguments.open.allowConfig.push_back(key);
    else if (take("-o", arguments.output) || take("--target", arguments.target) ||
             take("--emit", arguments.emit) || take("--weights", arguments.compile.pipeline.weights) ||
             take("--kv", arguments.compile.pipeline.kv) ||
             take("--importance", arguments.compile.importance) ||
             take("--stop-after", arguments.compile.stopAfter) ||
             take("--dump-phases", arguments.compile.dumpPhases))
      continue;
    else if (argument.starts_with("-"))
      return usage(("unknown option '" + argument + "'").str().c_str());
    else if (arguments.checkpoint.empty())
      arguments.checkpoint = argument.str();
    else
      return usage("expected one directory");
  }
  const PipelineOptions &pipeline = arguments.compile.pipeline;
  if (arguments.checkpoint.empty())
    return usage("expected a checkpoint directory");
  if (arguments.output.empty())
    return usage("expected -o FILE");
  if (pipeline.kv != "f32" && pipeline.kv != "bf16")
    return usage("--kv is f32 or bf16");
  if (!arguments.compile.importance.empty() && (pipeline.weights == "f32" || pipeline.weights == "bf16"))
    return usage("--importance guides rounding: it needs --weights q8, q4 or a file of rules");
  if (!llvm::is_contained({"artifact", "mlir", "llvm", "asm", "obj"}, arguments.emit))
    return usage("--emit is artifact, mlir, llvm, asm or obj");
  if (!arguments.compile.stopAfter.empty() &&
      (arguments.emit != "mlir" || !isPhase(arguments.compile.stopAfter)))
    return usage("--stop-after takes a phase, with --emit mlir");
  return -1;
}

/// Pipes and devices are written as they are, files whole or not at all.
int writeText(llvm::StringRef path, llvm::StringRef text) {
  if (path != "-" && (llvm::sys::fs::is_regular_file(path) || !llvm::sys::fs::exists(path))) {
    OutputFile file;
    llvm::Error error = file.open(path);
    if (!error)
      error = file.write(0, llvm::ArrayRef<char>(text.data(), text.size()));
    if (!error)
      error = file.publish();
    return error ? fail(std::move(error)) : int(kOk);
  }
  std::error_code ec;
  llvm::raw_fd_ostream os(path, ec);
  if (!ec) {
    os << text;
    os.flush();
    ec = os.error();
    os.clear_error();
  }
  return ec ? fail(llvm::createStringError(ec, "cannot write '" + path + "': " + ec.message())) : int(kOk);
}

/// --emit mlir, llvm, asm, obj.
int emitIntermediate(ModuleOp module, const Arguments &arguments) {
  const CompileOptions &options = arguments.compile;
  bool modelLevel =
      options.stopAfter.empty()
          ? arguments.emit == "mlir"
          : llvm::any_of(modelPhases(), [&](const Phase &p) { return p.name == options.stopAfter; });
  if (!modelLevel && options.variants.size() != 1)
    return usage("--emit of code needs one target, as --target native");
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
  if (argc == 2 && (llvm::StringRef(argv[1]) == "--help" || llvm::StringRef(argv[1]) == "-h")) {
    llvm::outs() << kHelp;
    return kOk;
  }
  std::signal(SIGXFSZ, SIG_IGN); // a limit on the size of files is an error, like a full disk
  Arguments arguments;
  bool remarks = false;
  if (int code = parse(argc, argv, arguments, remarks); code >= 0)
    return code;
  auto variants = selectVariants(arguments.target);
  if (!variants) {
    llvm::errs() << "facet compile: " << llvm::toString(variants.takeError()) << "\n";
    return kUsage;
  }
  arguments.compile.variants = *variants;
  auto rules = StorageRecipe::read(arguments.compile.pipeline.weights);
  if (!rules)
    return fail(rules.takeError());
  arguments.compile.pipeline.weights = *rules;

  MLIRContext context(MLIRContext::Threading::DISABLED);
  loadDialects(context);
  std::optional<ScopedDiagnosticHandler> handler;
  if (remarks) {
    handler.emplace(&context, printRemark);
    remark::RemarkCategories categories;
    categories.passed = categories.missed = "fuse";
    if (failed(remark::enableOptimizationRemarks(
            context, nullptr, std::make_unique<remark::RemarkEmittingPolicyAll>(), categories, true)))
      return fail(llvm::createStringError("remarks are not available"));
  }
  auto checkpoint = Checkpoint::open(arguments.checkpoint, arguments.open);
  if (!checkpoint)
    return fail(checkpoint.takeError());
  auto module = buildTextModule(context, **checkpoint);
  if (!module)
    return fail(module.takeError());
  if (arguments.emit != "artifact")
    return emitIntermediate(**module, arguments);
  if (llvm::Error error = compileCheckpoint(**checkpoint, **module, arguments.compile, arguments.output))
    return fail(std::move(error));
  return kOk;
}
