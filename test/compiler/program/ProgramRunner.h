// Executes a planned program on one thread, straight from the compiler's tables: one sequence, one page.
// The compiler is thus held to the goldens without the runtime.
#pragma once

#include "compiler/Compile.h"

#include <string>
#include <vector>

namespace facet::test {

class ProgramRunner {
public:
  /// `module` is model-level IR; `directory` holds the files that its sources name.
  ProgramRunner(mlir::ModuleOp module, const std::string &directory, const std::string &weights,
                const std::string &kv, const mlir::facet::TargetVariant &variant, int context);
  ~ProgramRunner();

  struct Result {
    std::vector<float> logits, hidden;     // of the wanted rows
    std::vector<std::vector<float>> trace; // [layers + 1] residual stream of the last row
  };
  /// Appends tokens; `wanted` are indices into them. At most 256 tokens a call.
  Result step(const std::vector<int> &tokens, const std::vector<int> &wanted);
  void reset() { length = 0; }

  int vocabulary = 0, hidden = 0, pieces = 2;

private:
  std::vector<char> gather(const facet_operand &table, const std::vector<int> &tokens) const;

  mlir::facet::ProgramTables tables;
  std::vector<struct AlignedBytes> weightBytes;
  void *code = nullptr;
  size_t codeSize = 0;
  std::vector<unsigned long long> entries;
  std::vector<std::vector<char>> pools;
  int context, length = 0;
};

struct alignas(64) AlignedBytes {
  char bytes[64];
};

} // namespace facet::test
