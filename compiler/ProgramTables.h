// The planned module as the tables of an artifact (runtime/artifact_format.h).
#pragma once

#include "compiler/WeightPacker.h"
#include "runtime/artifact_format.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringMap.h"

namespace mlir::facet {

/// Names of an artifact, each stored once.
class StringTable {
public:
  StringTable() : bytes(1, '\0') {}
  unsigned add(llvm::StringRef text);
  const std::string &data() const { return bytes; }

private:
  std::string bytes;
  llvm::StringMap<unsigned> known;
};

/// Everything about the program but its code and the bytes of its weights.
struct ProgramTables {
  StringTable strings;
  std::vector<facet_kernel_info> kernels;
  std::vector<std::string> kernelNames;
  std::vector<facet_ladder_entry> entries;
  std::vector<facet_dispatch> dispatches;
  std::vector<facet_operand> operands;
  std::vector<unsigned> waits;
  std::vector<facet_kv_kind> kinds;
  std::vector<facet_kv_stream> streams;
  std::vector<facet_weight_info> weights;
  uint64_t weightBytes = 0;
};

/// `module` has been through the plan phase.
ProgramTables makeProgramTables(ModuleOp module);

} // namespace mlir::facet
