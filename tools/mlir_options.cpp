// The command lines of facet opt, facet lsp-server and facet reduce as tables.
#include "tools/mlir_options.h"

#include "compiler/Pipeline.h"

namespace facet {

using namespace command;

namespace {

const char More[] =
    "These are the options that matter here; --help-hidden lists all that MLIR and LLVM have.";
const char Statuses[] = "0 done, 1 bad input, 2 bad usage";

Value flag() { return {}; }
Value value(Kind Expects, std::string Name, std::vector<std::string> Choices = {}) {
  return {Expects, std::move(Name), std::move(Choices), nullptr};
}
Value file(std::string Name = "FILE") { return value(Kind::File, std::move(Name)); }
Value text(std::string Name) { return value(Kind::Text, std::move(Name)); }

} // namespace

Command optCommand() {
  std::vector<Option> Options = {
      {"-o", file(), "where the module goes (default: standard output)"},
      {"--pass-pipeline", text("PIPELINE"),
       "passes in MLIR's notation, as 'builtin.module(facet-fuse-qkv,cse)'; not together with passes by "
       "name"},
      {"--run-reproducer", flag(), "run the passes that a reproducer of facet compile names"},
      {"--split-input-file", flag(), "the file holds several modules, with lines of '// -----' between them"},
      {"--verify-diagnostics", flag(), "expect just the diagnostics that comments of the file announce"},
      {"--mlir-print-ir-after-change", flag(),
       "print to standard error what each pass that changes something leaves"},
      {"--mlir-print-ir-after-all", flag(), "the same, after each pass"},
      {"--mlir-print-ir-tree-dir", value(Kind::Directory, "DIR"),
       "put what these print into files below DIR"},
      {"--mlir-print-debuginfo", flag(), "print locations too"},
      {"--mlir-disable-threading", flag(), "run passes on one thread, so that what they print is in order"},
      {"--mlir-timing", flag(), "print the time of each pass"},
      {"--list-passes", flag(), "list every pass, MLIR's own too"},
      {"--show-dialects", flag(), "list the dialects"},
  };
  for (auto Phases : {mlir::facet::modelPhases(), mlir::facet::kernelPhases()})
    for (const mlir::facet::Phase &P : Phases)
      Options.push_back(
          {"--facet-phase-" + P.name.str(), flag(), "run the passes of the phase '" + P.name.str() + "'"});
  return {
      .Verb = "opt",
      .Description =
          "Reads a module, runs passes on it in the order of their options, and prints what they "
          "leave. Every pass of Facet is an option of its name, as --facet-fuse-qkv; its own options "
          "follow after '=': --facet-assign-storage=\"weights=q4 kv=f32\".",
      .Arguments = {{file(), "the module; without it, standard input", false}},
      .Options = std::move(Options),
      .Examples = {{"facet compile DIR --emit mlir --stop-after fuse -o fused.mlir",
                    "a module to begin with"},
                   {"facet opt fused.mlir --facet-phase-quantize --facet-phase-tile -o tiled.mlir",
                    "what the next two phases of the compiler make of it"}},
      .Notes = More,
      .ExitStatus = Statuses,
  };
}

Command lspServerCommand() {
  return {
      .Verb = "lsp-server",
      .Description =
          "Speaks the Language Server Protocol on standard input and output: an editor starts it, and "
          "shows errors, types, definitions and completions of .mlir files with the facet dialect.",
      .Options = {{"--log", value(Kind::Choice, "LEVEL", {"error", "info", "verbose"}),
                   "what to tell on standard error (default info)"},
                  {"--input-style", value(Kind::Choice, "STYLE", {"standard", "delimited"}),
                   "messages with lengths (default), or with lines of '// -----' between them"},
                  {"--pretty", flag(), "indent the JSON of answers"},
                  {"--lit-test", flag(), "the options of a test: delimited, indented, verbose"}},
      .Notes = More,
      .ExitStatus = Statuses,
  };
}

Command reduceCommand() {
  return {
      .Verb = "reduce",
      .Description =
          "Takes away from a module what a script of yours does not need: the script gets the name of "
          "a file, and ends with status 1 if the fault still shows in it, or with 0.",
      .Arguments = {{file(), "the module"}},
      .Options =
          {{"-o", file(), "where the smaller module goes (default: standard output)"},
           {"--reduction-tree", text("OPTIONS"),
            "take ops away; OPTIONS are 'traversal-mode=0 test=SCRIPT', and test-arg=ARG for each argument"},
           {"--opt-reduction-pass", text("OPTIONS"),
            "run a pass if that keeps the fault; OPTIONS are 'opt-pass=PASS test=SCRIPT'"}},
      .Examples =
          {{"facet reduce big.mlir --reduction-tree='traversal-mode=0 test=./still-fails.sh' -o small.mlir",
            "the least that still fails"}},
      .Notes = More,
      .ExitStatus = Statuses,
  };
}

} // namespace facet
