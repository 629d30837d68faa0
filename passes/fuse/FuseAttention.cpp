// facet-fuse-attention: attention with the norm and RoPE of its queries.
#include "passes/Passes.h"
#include "passes/fuse/Groups.h"

namespace mlir::facet {
#define GEN_PASS_DEF_FUSEATTENTION
#include "passes/Passes.h.inc"
} // namespace mlir::facet

using namespace mlir;
using namespace mlir::facet;

namespace {

/// Before:  %q = slice; rms_norm; rope   %y = attention %q
/// After:   %y = group "attention" (%qkv, ...) { slice; rms_norm; rope; attention }
///
/// Scores and probabilities live in one worker's scratch; queries are finished where they are used.
struct FuseAttention : facet::impl::FuseAttentionBase<FuseAttention> {
  void runOnOperation() override {
    func::FuncOp step = stepOf(getOperation());
    if (!step)
      return;
    IRRewriter rewriter(&getContext());
    SmallVector<AttentionOp> work(step.getOps<AttentionOp>());
    for (AttentionOp op : work) {
      SmallVector<Operation *> ops =
          coneOf(op.getQ(), [](Operation *p) { return isa<SliceOp, RmsNormOp, RopeOp>(p); });
      ops.push_back(op);
      GroupOp group = formGroup(rewriter, "attention", ops);
      if (ops.size() == 1)
        remarkMissed(group, "FuseAttention",
                     "what makes the queries has other readers or is a kernel of its own");
      else
        remarkFused(group, "FuseAttention", Twine(ops.size()) + " ops became one kernel");
    }
  }
};

} // namespace
