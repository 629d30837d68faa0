// The whole compiler, top to bottom. Read this first.
#include "compiler/Pipeline.h"

#include "passes/Passes.h"
#include "targets/Target.h"

#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace mlir::facet;

/// Ops of the model become groups, one a kernel.
static void buildFuse(OpPassManager &pm, const PipelineOptions &) {
  // First of all: it decides which rows each op ranges over, and ops of different rows never fuse.
  pm.addPass(createHoistWanted());
  pm.addPass(createCSEPass()); // takes of one value that several ops asked for
  // Before anything looks at single linears: these put two or three of them side by side.
  pm.addPass(createFuseGeglu());
  pm.addPass(createFuseQkv());
  pm.addPass(createFuseMoe());
  // The per-layer gate is a linear with an epilogue of its own: before fuse-norm-linear takes it.
  pm.addPass(createFusePle());
  pm.addPass(createFuseNormLinear());
  // Both read what the fused Q/K/V linear wrote; they differ in where the result goes.
  pm.addPass(createFuseQkNormRopeKv());
  pm.addPass(createFuseAttention());
  // Last: what no linear and no attention took.
  pm.addPass(createFuseResidualNorm());
}

/// Storage formats and layouts become part of the types.
static void buildQuantize(OpPassManager &pm, const PipelineOptions &options) {
  pm.addPass(createAssignStorage({options.weights, options.kv}));
}

/// Groups become kernel functions, shared between layers.
static void buildTile(OpPassManager &pm, const PipelineOptions &) {
  // Before outlining: what merges the segments is a kernel of its own.
  pm.addPass(createTileAttention());
  pm.addPass(createOutlineKernels());
  pm.addPass(createCSEPass()); // one facet.get a weight
}

/// Dispatches get their order, their cut and their place in the arena.
static void buildPlan(OpPassManager &pm, const PipelineOptions &options) {
  pm.addPass(createPlanSchedule());
  PlanBuffersOptions buffers;
  buffers.ladder.assign(options.ladder.begin(), options.ladder.end());
  pm.addPass(createPlanBuffers(buffers));
  pm.addPass(createVerifyArena()); // from the result alone: it does not know how the planner chose
}

/// Kernels become functions of the ABI over vectors of 16 lanes; targets supply the micro-kernels.
static void buildLower(OpPassManager &pm, const PipelineOptions &) {
  pm.addPass(createApplyTuning()); // while the weights' types tell what class a kernel is of
  pm.addPass(createLowerKernels());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

static void buildTarget(OpPassManager &pm, const PipelineOptions &) { buildTargetLowering(pm); }

llvm::ArrayRef<Phase> facet::modelPhases() {
  static const std::vector<Phase> phases = {
      // name      build          dialects (or single ops) that may remain after it
      {"fuse", buildFuse, {"facet", "func", "builtin"}},
      {"quantize", buildQuantize, {"facet", "func", "builtin"}},
      {"tile", buildTile, {"facet", "func", "builtin"}},
      {"plan", buildPlan, {"facet", "func", "builtin"}},
  };
  return phases;
}

llvm::ArrayRef<Phase> facet::kernelPhases() {
  static const std::vector<Phase> phases = {
      {"lower",
       buildLower,
       {"facet.tile_linear", "facet.tile_unpack", "facet.tile_dot", "vector", "scf", "arith", "llvm", "func",
        "builtin"}},
      {"target", buildTarget, {"llvm", "builtin"}},
  };
  return phases;
}

void facet::addPhase(OpPassManager &pm, const Phase &phase, const PipelineOptions &options) {
  phase.build(pm, options);
  VerifyPhaseOptions verify;
  verify.phase = phase.name.str();
  verify.allowed.assign(phase.allowed.begin(), phase.allowed.end());
  pm.addPass(createVerifyPhase(verify));
}
