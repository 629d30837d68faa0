// The verbs of facet, in the order in which help lists them.
#include "tools/command/verbs.h"

namespace facet::command {

const std::vector<Verb> &verbs() {
  static const std::vector<Verb> All = {
      {"compile",
       "checkpoint to artifact (or MLIR, LLVM IR, assembly, object code)",
       {"convert", "build", "quantize"}},
      {"run", "generate text from a prompt", {"generate", "infer", "complete", "prompt"}},
      {"chat", "a conversation at the terminal", {"talk", "repl", "interactive"}},
      {"eval", "check an artifact against a folder of goldens", {"test", "check", "perplexity"}},
      {"bench", "measure tokens per second", {"benchmark", "perf"}},
      {"inspect",
       "show an artifact: target, plan, schedule, kernels",
       {"show", "info", "dump", "list", "diff", "compare"}},
      {"tune", "measure how kernels run fastest on this machine", {"autotune", "calibrate"}},
      {"tokenize", "text to ids, and back", {"tokens", "encode", "decode", "detokenize"}},
      {"render", "a conversation to its prompt", {"template", "format"}},
      {"opt", "run passes on .mlir files", {"mlir-opt"}},
      {"lsp-server", "language server for .mlir files in editors", {"lsp", "mlir-lsp-server"}},
      {"reduce", "make a .mlir file smaller that shows a fault", {"mlir-reduce"}},
  };
  return All;
}

} // namespace facet::command
