// The command line of facet compile as a table.
#include "tools/compile_options.h"
#include "tools/command/values.h"

#include "llvm/ADT/StringExtras.h"

namespace facet {

static std::vector<std::string> targetNames() {
  std::vector<std::string> names = {"x86-64", "native"};
  for (const mlir::facet::TargetVariant &variant : mlir::facet::allVariants())
    names.push_back(variant.name);
  return names;
}

command::Command compileCommand(CompileArguments &a) {
  using namespace command;
  mlir::facet::PipelineOptions &pipeline = a.compile.pipeline;
  return {
      .Verb = "compile",
      .Description =
          "Compiles the Hugging Face checkpoint in DIR to one file, which facet run and every other "
          "program that takes an artifact reads.",
      .Arguments =
          {{directory(a.checkpoint),
            "holds config.json, tokenizer.json and *.safetensors; or a Hugging Face id in the local cache",
            true,
            {"-m", "--model", "--checkpoint"}}},
      .Options =
          {
              {"-o",
               file(a.output),
               "the artifact, or the text or object code of --emit (-: standard output); with --emit lib a "
               "directory",
               {"--output", "--out"},
               true},
              {"--target",
               offering(text(a.target, "LIST"), Kind::Text, targetNames()),
               "x86-64 (default: every level but that of AMX), native, or levels separated by commas: "
               "x86-64-v3, x86-64-v3+vnni, x86-64-v4, x86-64-v4+vnni+bf16, x86-64-v4+vnni+bf16+amx",
               {"-march", "--march", "--arch"}},
              {"--weights",
               offering(text(pipeline.weights, "FORMAT|FILE"), Kind::File, {"f32", "bf16", "q8", "q4"}),
               "storage of matrices: f32, bf16 (default), q8, q4, or a file with a line 'PATTERN FORMAT' for "
               "each "
               "rule; the first that matches a weight's name decides",
               {"--dtype", "--quantize", "--quant", "-q"}},
              {"--importance",
               file(a.compile.importance),
               "round to q8 and q4 by second moments, from facet run --collect-importance",
               {"--imatrix"}},
              {"--kv",
               choice(pipeline.kv, {"f32", "bf16", "q8"}, "FORMAT"),
               "storage of keys and values: f32, bf16 (default) or q8",
               {"--kv-cache", "--kv-dtype"}},
              {"--tuning",
               file(a.tuning),
               "schedules of kernels, from facet tune (default: those that ship; none: the targets' own)",
               {"--tune"}},
              {"--emit", choice(a.emit, {"artifact", "lib", "mlir", "llvm", "asm", "obj"}, "KIND"),
               "artifact (default), lib, mlir, llvm, asm or obj; the last three need one target"},
              {"--name", text(a.compile.library, "NAME"),
               "with --emit lib, which writes NAME.h, libNAME.a and NAME.weights: an identifier of C"},
              {"--embed-weights", flag(a.compile.embedWeights),
               "with --emit lib: weights in libNAME.a, and no NAME.weights"},
              {"--stop-after",
               choice(a.compile.stopAfter, {"fuse", "quantize", "tile", "plan", "lower", "target"}, "PHASE"),
               "with --emit mlir: fuse, quantize, tile, plan, lower or target"},
              {"--dump-phases", directory(a.compile.dumpPhases), "write the IR after each phase"},
              {"--timing", flag(a.compile.timing), "print the time of each phase"},
              {"--remarks", flag(a.remarks), "print why a fusion did or did not happen"},
              {"--allow-config", texts(a.open.allowConfig, "KEY"),
               "accept a config key that Facet does not know"},
          },
      .Surplus = "a checkpoint is one directory, and the output's name follows -o",
      .Examples = {{"facet compile gemma-4-E2B-it -o gemma.facet", "for every x86-64 level"},
                   {"facet compile gemma-4-E2B-it -o gemma.s --emit asm --target native",
                    "the assembly of this machine's kernels"}},
      .Notes =
          "A Hugging Face id, as google/gemma-4-E2B-it, stands for its directory in the local cache: "
          "$HF_HUB_CACHE, $HF_HOME/hub, $XDG_CACHE_HOME/huggingface/hub or ~/.cache/huggingface/hub. Links "
          "are followed only inside it, and nothing is ever downloaded.",
  };
}

/// Words that the header of a library could not declare a model by, in C99 or in C++23.
static constexpr llvm::StringLiteral kKeywords[] = {
    "alignas",     "alignof",      "and",       "and_eq",
    "asm",         "auto",         "bitand",    "bitor",
    "bool",        "break",        "case",      "catch",
    "char",        "char16_t",     "char32_t",  "char8_t",
    "class",       "co_await",     "co_return", "co_yield",
    "compl",       "concept",      "const",     "const_cast",
    "consteval",   "constexpr",    "constinit", "continue",
    "decltype",    "default",      "delete",    "do",
    "double",      "dynamic_cast", "else",      "enum",
    "explicit",    "export",       "extern",    "false",
    "float",       "for",          "friend",    "goto",
    "if",          "inline",       "int",       "long",
    "main",        "mutable",      "namespace", "new",
    "noexcept",    "not",          "not_eq",    "nullptr",
    "operator",    "or",           "or_eq",     "private",
    "protected",   "public",       "register",  "reinterpret_cast",
    "requires",    "restrict",     "return",    "short",
    "signed",      "sizeof",       "static",    "static_assert",
    "static_cast", "struct",       "switch",    "template",
    "this",        "thread_local", "throw",     "true",
    "try",         "typedef",      "typeid",    "typename",
    "union",       "unsigned",     "using",     "virtual",
    "void",        "volatile",     "wchar_t",   "while",
    "xor",         "xor_eq"};

static bool isIdentifier(llvm::StringRef name) {
  auto good = [](char c) { return llvm::isAlnum(c) || c == '_'; };
  return !name.empty() && !llvm::isDigit(name[0]) && llvm::all_of(name, good) &&
         !llvm::is_contained(kKeywords, name);
}

std::string contradictionIn(const CompileArguments &a) {
  const std::string &weights = a.compile.pipeline.weights;
  if (!a.compile.importance.empty() && (weights == "f32" || weights == "bf16"))
    return "--importance guides rounding: it needs --weights q8, q4 or a file of rules";
  if (!a.compile.stopAfter.empty() && a.emit != "mlir")
    return "--stop-after goes with --emit mlir";
  if (a.emit != "lib")
    return a.compile.library.empty() && !a.compile.embedWeights
               ? ""
               : "--name and --embed-weights are for --emit lib";
  if (!isIdentifier(a.compile.library))
    return "--emit lib takes --name, an identifier of C: letters, digits and _, no digit first, no keyword "
           "of C or C++";
  return "";
}

} // namespace facet
