// facet-fuse-qk-norm-rope-kv: what leads to a K/V write becomes one kernel with it.
#include "passes/Passes.h"
#include "passes/fuse/Groups.h"

namespace mlir::facet {
#define GEN_PASS_DEF_FUSEQKNORMROPEKV
#include "passes/Passes.h.inc"
} // namespace mlir::facet

using namespace mlir;
using namespace mlir::facet;

namespace {

/// Before:  %k = slice; rms_norm; rope   %v = slice; rms_norm   kv_write %k, %v
/// After:   group "rows" (%qkv, ...) { all of it }: finished keys and values go from registers to their page
struct FuseQkNormRopeKv : facet::impl::FuseQkNormRopeKvBase<FuseQkNormRopeKv> {
  void runOnOperation() override {
    func::FuncOp step = stepOf(getOperation());
    if (!step)
      return;
    IRRewriter rewriter(&getContext());
    SmallVector<KvWriteOp> work(step.getOps<KvWriteOp>());
    for (KvWriteOp write : work) {
      auto part = [](Operation *op) { return isa<SliceOp, RmsNormOp, RopeOp>(op); };
      SmallVector<Operation *> ops = coneOf(write.getK(), part);
      for (Operation *op : coneOf(write.getV(), part))
        if (!llvm::is_contained(ops, op))
          ops.push_back(op);
      llvm::sort(ops, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
      ops.push_back(write);
      GroupOp group = formGroup(rewriter, "rows", ops);
      if (ops.size() == 1)
        remarkMissed(group, "FuseQkNormRopeKv",
                     "what makes keys and values has other readers or is a kernel of its own");
      else
        remarkFused(group, "FuseQkNormRopeKv", Twine(ops.size()) + " ops became one kernel");
    }
  }
};

} // namespace
