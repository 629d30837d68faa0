// facet-fuse-residual-norm: what is left of row-wise ops, in chains.
#include "passes/Passes.h"
#include "passes/fuse/Groups.h"

namespace mlir::facet {
#define GEN_PASS_DEF_FUSERESIDUALNORM
#include "passes/Passes.h.inc"
} // namespace mlir::facet

using namespace mlir;
using namespace mlir::facet;

namespace {

/// Before:  %n = rms_norm %o, %w;  %x1 = add %x, %n;  %x2 = layer_scale %x1, %s
/// After:   %x2 = group "rows" (%o, %w, %x, %s) { all of it }
///
/// Neighbours in program order that range over the same rows share a kernel; runs last, so what is left
/// belongs to no linear and no attention.
struct FuseResidualNorm : facet::impl::FuseResidualNormBase<FuseResidualNorm> {
  void runOnOperation() override {
    func::FuncOp step = stepOf(getOperation());
    if (!step)
      return;
    IRRewriter rewriter(&getContext());
    SmallVector<SmallVector<Operation *>> chains;
    Value rows;
    bool open = false;
    for (Operation &op : step.getBody().front()) {
      if (isa<GetOp, WantedOp>(op))
        continue;
      if (!isRowWise(&op)) {
        open = false;
        continue;
      }
      Value own = rowsOf(op.getResult(0));
      if (!open || own != rows)
        chains.emplace_back();
      open = true;
      rows = own;
      chains.back().push_back(&op);
    }
    for (ArrayRef<Operation *> chain : chains) {
      GroupOp group = formGroup(rewriter, "rows", chain);
      remarkFused(group, "FuseResidualNorm", Twine(chain.size()) + " ops became one kernel");
    }
  }
};

} // namespace
