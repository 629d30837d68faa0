// facet-fuse-ple: the parts of the per-layer embedding.
#include "passes/Passes.h"
#include "passes/fuse/Groups.h"

namespace mlir::facet {
#define GEN_PASS_DEF_FUSEPLE
#include "passes/Passes.h.inc"
} // namespace mlir::facet

using namespace mlir;
using namespace mlir::facet;

namespace {

/// Before:  %g = linear %x, %gate;  %p = slice %ple;  %y = geglu %g, %p
/// After:   %y = group "linear" (%x, %gate, %ple) { slice; linear; geglu }
///
/// A layer's slice of the per-layer input is read in place by the gate's epilogue; it is never copied out.
struct FusePle : facet::impl::FusePleBase<FusePle> {
  void runOnOperation() override {
    func::FuncOp step = stepOf(getOperation());
    if (!step)
      return;
    IRRewriter rewriter(&getContext());
    SmallVector<GegluOp> work(step.getOps<GegluOp>());
    for (GegluOp op : work) {
      auto linear = op.getGate().getDefiningOp<LinearOp>();
      auto slice = op.getUp().getDefiningOp<SliceOp>();
      if (!linear || !slice || !linear->hasOneUse()) {
        remarkMissed(op, "FusePle", "it is not a linear times a slice of the per-layer input");
        continue;
      }
      rewriter.setInsertionPoint(linear);
      Operation *own = rewriter.clone(*slice);
      op.getUpMutable().assign(own->getResult(0));
      if (slice->use_empty())
        rewriter.eraseOp(slice);
      GroupOp group = formGroup(rewriter, "linear", {own, linear, op});
      remarkFused(group, "FusePle", "gate, gelu and product became one kernel");
    }
  }
};

} // namespace
