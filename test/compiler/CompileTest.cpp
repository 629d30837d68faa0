// What a failing phase leaves: a file with which facet-opt fails in the same words.
#include "compiler/Compile.h"

#include "mlir/Parser/Parser.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace mlir::facet;

namespace {

struct Reproducer : testing::Test {
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("facet-compile-test", directory));
    loadDialects(context);
    handler = std::make_unique<ScopedDiagnosticHandler>(&context, [this](Diagnostic &d) {
      said += d.str() + "\n";
      for (Diagnostic &note : d.getNotes())
        said += note.str() + "\n";
    });
    options.dumpPhases = (directory + "/not/there/yet").str();
  }
  void TearDown() override { llvm::sys::fs::remove_directories(directory); }

  OwningOpRef<ModuleOp> parse(llvm::StringRef text) { return parseSourceString<ModuleOp>(text, &context); }

  /// Runs facet-opt on what the phase left, as `advice` says, and expects `error` of both.
  void reproduce(llvm::StringRef phase, llvm::StringRef advice, llvm::StringRef error) {
    std::string file = options.dumpPhases + "/facet-" + phase.str() + ".reproducer.mlir",
                errors = file + ".errors";
    EXPECT_NE(said.find(error.str()), std::string::npos) << said;
    EXPECT_EQ(advice, ("phase '" + phase + "' failed, for the reason above; to see it again: " +
                       "facet opt --run-reproducer " + file)
                          .str());
    std::optional<llvm::StringRef> redirects[] = {"", "", errors};
    EXPECT_EQ(
        llvm::sys::ExecuteAndWait(FACET_OPT, {FACET_OPT, "--run-reproducer", file}, std::nullopt, redirects),
        1);
    auto text = llvm::MemoryBuffer::getFile(errors);
    ASSERT_TRUE(text) << errors;
    EXPECT_TRUE((*text)->getBuffer().contains(error)) << (*text)->getBuffer().str();
  }

  MLIRContext context{MLIRContext::Threading::DISABLED};
  std::unique_ptr<ScopedDiagnosticHandler> handler;
  llvm::SmallString<128> directory;
  std::string said;
  CompileOptions options;
};

// An option of the pass is part of it.
TEST_F(Reproducer, OfAModelPhase) {
  options.pipeline.kv = "f16";
  OwningOpRef<ModuleOp> module = parse("func.func @step() { return }");
  ASSERT_TRUE(module);
  reproduce("quantize", llvm::toString(runModelPhases(*module, options)),
            "expects storage f32, bf16 or q8, got 'f16'");
}

// The passes of the target phase are MLIR's own.
TEST_F(Reproducer, OfAKernelPhase) {
  auto variants = selectVariants("x86-64-v3");
  ASSERT_TRUE(bool(variants));
  OwningOpRef<ModuleOp> module =
      parse(R"(func.func @kernel(%rows: !facet.rows) attributes {facet.kernel = "columns"} { return })");
  ASSERT_TRUE(module);
  llvm::Error failure = lowerKernels(*module, variants->front(), options).takeError();
  reproduce("lower", llvm::toString(std::move(failure)), "has an unknown kernel kind");
}

} // namespace
