// Runs a text module op by op with the reference functions: what the frontend means, without a compiler.
#pragma once

#include "frontend/models/Gemma4Text.h"
#include "ir/reference/Reference.h"

#include <map>

namespace facet::test {

struct StepResult {
  reference::Vector logits, hidden;           // of the wanted rows
  std::map<int64_t, reference::Vector> trace; // by number of layers, all rows that reach it
};

class ModuleInterpreter {
public:
  /// Both outlive the interpreter.
  ModuleInterpreter(mlir::ModuleOp module, const mlir::facet::Checkpoint &checkpoint)
      : module(module), checkpoint(checkpoint) {}

  /// One step from an empty history.
  StepResult run(const std::vector<int32_t> &ids, const std::vector<bool> &wants);

private:
  const reference::Vector &weight(llvm::StringRef symbol);
  reference::Vector evaluate(mlir::Operation &op, const std::vector<bool> &wants);
  reference::Vector evaluateRowWise(mlir::Operation &op);
  const reference::Vector &floats(mlir::Value value) { return values.at(value.getAsOpaquePointer()); }
  const reference::Rows &rowsOf(mlir::Value value) { return rows.at(value.getAsOpaquePointer()); }
  reference::History &history(mlir::Value value);

  mlir::ModuleOp module;
  const mlir::facet::Checkpoint &checkpoint;
  std::map<std::string, reference::Vector> weights;
  std::map<const void *, reference::Vector> values;
  std::map<const void *, reference::Rows> rows;
  std::map<const void *, reference::Route> routes; // by their weights
  std::map<std::string, reference::History> histories;
};

} // namespace facet::test
