// Compiles one kernel of facet ops for a variant, maps its code and runs it on plain buffers.
#pragma once

#include "targets/Target.h"

#include <memory>
#include <string>
#include <vector>

namespace facet::test {

class KernelRunner {
public:
  /// `text`: a module with one function that has a facet.kernel attribute. Throws std::runtime_error with the
  /// diagnostics if it does not compile.
  KernelRunner(const std::string &text, const mlir::facet::TargetVariant &variant);
  ~KernelRunner();
  KernelRunner(const KernelRunner &) = delete;

  /// Runs the kernel in `pieces` pieces, one after another, last first.
  void run(std::vector<const void *> operands, int pieces = 1) const;

  /// True if this machine has the instructions of `variant`.
  static bool supported(const mlir::facet::TargetVariant &variant);
  /// Those of which it has all but AMX and the dot products of a VEX level, for which others stand in
  /// (ReferenceDots.h).
  static std::vector<mlir::facet::TargetVariant> testableVariants();

private:
  void *code = nullptr;
  size_t codeSize = 0, scratchBytes = 0;
  unsigned long long entry = 0;
};

/// Bytes at an address that is a multiple of 64, as those of an artifact's weights are.
struct alignas(64) Line {
  char bytes[64];
};
/// A matrix [rows][columns] in panels, as the artifact stores it: f32 or (rounded) bf16.
std::vector<Line> packPanels(const std::vector<float> &matrix, size_t rows, size_t columns, bool bf16);
float roundToBf16(float value);

} // namespace facet::test
