// Puts the module together: attributes, weights, streams, step.
#include "frontend/models/Gemma4Text.h"
#include "frontend/Json.h"
#include "frontend/models/Gemma4TextGraph.h"
#include "frontend/models/Gemma4TextWeights.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"

using namespace mlir;
using namespace mlir::facet;

/// What the artifact's reader wants to know of the model, beyond what the code says.
static DictionaryAttr describeModel(Builder &b, const TextConfig &config) {
  int64_t owners = 0;
  for (int64_t i = 0; i < int64_t(config.layers.size()); ++i)
    owners += config.ownsKv(i);
  NamedAttrList model;
  model.append("architecture", b.getStringAttr("gemma4_text"));
  model.append("vocab_size", b.getI64IntegerAttr(config.vocab));
  model.append("hidden_size", b.getI64IntegerAttr(config.hidden));
  model.append("layers", b.getI64IntegerAttr(int64_t(config.layers.size())));
  model.append("kv_layers", b.getI64IntegerAttr(owners));
  model.append("heads", b.getI64IntegerAttr(config.heads));
  model.append("max_positions", b.getI64IntegerAttr(config.maxPositions));
  model.append("window", b.getI64IntegerAttr(config.window));
  model.append("bidirectional_vision", b.getBoolAttr(config.bidirectionalVision));
  return model.getDictionary(b.getContext());
}

llvm::Expected<OwningOpRef<ModuleOp>> mlir::facet::buildTextModule(MLIRContext &context,
                                                                   const Checkpoint &checkpoint) {
  context.loadDialect<FacetDialect, func::FuncDialect>();
  OpBuilder b(&context);
  OwningOpRef<ModuleOp> module = ModuleOp::create(NameLoc::get(b.getStringAttr("gemma4_text")));
  SmallVector<StringRef> files(checkpoint.fileNames().begin(), checkpoint.fileNames().end());
  (*module)->setAttr("facet.files", b.getStrArrayAttr(files));
  (*module)->setAttr("facet.model", describeModel(b, checkpoint.textConfig()));
  b.setInsertionPointToEnd(module->getBody());
  if (llvm::Error error = declareTextWeights(b, checkpoint))
    return error;
  buildTextStep(b, checkpoint.textConfig());

  std::string problem;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    if (problem.empty() && diagnostic.getSeverity() == DiagnosticSeverity::Error)
      problem = diagnostic.str();
    return success();
  });
  if (failed(verify(*module)))
    return refuse("the module built from this checkpoint is not valid: " + Twine(problem));
  return module;
}
