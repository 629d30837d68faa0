#include "test/targets/conformance/KernelRunner.h"

#include "test/targets/conformance/ReferenceDots.h"

#include "compiler/Pipeline.h"
#include "runtime/abi.h"
#include "runtime/artifact_format.h"
#include "runtime/core/Cpu.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/raw_ostream.h"

#include <bit>
#include <cstring>
#include <stdexcept>
#include <sys/mman.h>

using namespace mlir;
using namespace mlir::facet;

namespace facet::test {

KernelRunner::KernelRunner(const std::string &text, const TargetVariant &variant) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  context.loadDialect<FacetDialect, func::FuncDialect, arith::ArithDialect, scf::SCFDialect,
                      vector::VectorDialect, LLVM::LLVMDialect>();
  std::string problems;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &d) { problems += d.str() + "\n"; });
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context);
  if (!module)
    throw std::runtime_error(problems);
  (*module)->setAttr("facet.target", variant.facts(&context));
  std::string name;
  for (const Phase &phase : kernelPhases()) {
    PassManager pm(&context);
    addPhase(pm, phase, {});
    if (failed(pm.run(*module)))
      throw std::runtime_error(problems);
    if (phase.name == "lower")
      for (auto function : module->getOps<func::FuncOp>()) {
        name = function.getName().str();
        scratchBytes = function->getAttrOfType<IntegerAttr>("facet.scratch_bytes").getInt();
      }
  }
  TargetVariant emitted = variant;
  if (!supported(variant)) {
    variant.int8Tiles ? replaceTiles(*module) : replaceDots(*module);
    for (const TargetVariant &below : allVariants())
      if (below.cpu == variant.cpu && supported(below))
        emitted.llvmFeatures = below.llvmFeatures;
  }
  llvm::Expected<CodeImage> image = emitImage(*module, emitted);
  if (!image)
    throw std::runtime_error(llvm::toString(image.takeError()));
  entry = image->entries.at(name);
  codeSize = image->textSize;
  code = mmap(nullptr, codeSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  std::memcpy(code, image->bytes.data(), codeSize);
  mprotect(code, codeSize, PROT_READ | PROT_EXEC);
}

KernelRunner::~KernelRunner() { munmap(code, codeSize); }

void KernelRunner::run(std::vector<const void *> operands, int pieces) const {
  std::vector<char> scratch(scratchBytes + 64);
  char *aligned = reinterpret_cast<char *>((reinterpret_cast<uintptr_t>(scratch.data()) + 63) / 64 * 64);
  auto kernel = reinterpret_cast<facet_kernel_fn>(static_cast<char *>(code) + entry);
  long long prepared = -1;
  for (int piece = pieces - 1; piece >= 0; --piece)
    kernel(const_cast<void *const *>(operands.data()), piece, pieces, aligned, &prepared);
}

bool KernelRunner::supported(const TargetVariant &variant) {
  Result<unsigned> features = cpuFeatures();
  return features && !(variant.requiredFeatures & ~*features) && (!variant.int8Tiles || requestTiles());
}

std::vector<TargetVariant> KernelRunner::testableVariants() {
  std::vector<TargetVariant> testable;
  for (const TargetVariant &variant : allVariants()) {
    TargetVariant base = variant;
    base.requiredFeatures &= ~unsigned(FACET_FEATURE_AVX_VNNI | FACET_FEATURE_AMX);
    base.int8Tiles = false;
    if (supported(base))
      testable.push_back(variant);
  }
  return testable;
}

float roundToBf16(float value) {
  uint32_t bits = std::bit_cast<uint32_t>(value);
  return std::bit_cast<float>((bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000u);
}

std::vector<Line> packPanels(const std::vector<float> &matrix, size_t rows, size_t columns, bool bf16) {
  size_t size = bf16 ? 2 : 4, panels = (rows + FACET_PANEL - 1) / FACET_PANEL;
  std::vector<Line> packed(panels * columns * size / 2);
  char *bytes = packed.data()->bytes;
  for (size_t n = 0; n < rows; ++n)
    for (size_t k = 0; k < columns; ++k) {
      size_t j = n % FACET_PANEL, slot = bf16 ? j % 16 * 2 + j / 16 : j;
      uint32_t bits =
          std::bit_cast<uint32_t>(bf16 ? roundToBf16(matrix[n * columns + k]) : matrix[n * columns + k]);
      char *at = &bytes[((n / FACET_PANEL * columns + k) * FACET_PANEL + slot) * size];
      if (bf16)
        bits >>= 16;
      std::memcpy(at, &bits, size);
    }
  return packed;
}

} // namespace facet::test
