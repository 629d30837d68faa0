// facet-fuse-moe: experts become grouped linears.
#include "passes/Passes.h"
#include "passes/fuse/Groups.h"
#include "passes/fuse/MergedWeight.h"

namespace mlir::facet {
#define GEN_PASS_DEF_FUSEMOE
#include "passes/Passes.h.inc"
} // namespace mlir::facet

using namespace mlir;
using namespace mlir::facet;

namespace {

/// Before:  %y = moe_experts %x, %weights, %experts, %gate_up, %down
/// After:   %plan = moe_plan %experts                          (group: rows by expert)
///          %t = moe_linear %x, %plan, %pairs shared geglu     (group: each expert read once)
///          %d = moe_linear %t, %plan, %down                   (group)
///          %y = moe_combine %d, %weights                      (left to the residual chain)
struct FuseMoe : facet::impl::FuseMoeBase<FuseMoe> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    SmallVector<MoeExpertsOp> work;
    getOperation().walk([&](MoeExpertsOp op) { work.push_back(op); });
    for (MoeExpertsOp op : work)
      fuse(rewriter, op);
  }

  void fuse(IRRewriter &rewriter, MoeExpertsOp op) {
    auto down = cast<RankedTensorType>(op.getDown().getType());
    int64_t choices = widthOf(op.getWeights()), inner = down.getDimSize(2);
    Value rows = rowsOf(op.getX());
    if (!rows)
      return remarkMissed(op, "FuseMoe", "the rows are unknown");
    if (inner % kPairWidth)
      return remarkMissed(op, "FuseMoe", "the experts' width is not a multiple of 16");
    rewriter.setInsertionPoint(op);
    Value pairs = interleaveHalves(rewriter, getOperation(), op.getGateUp(), kPairWidth);
    if (!pairs)
      return remarkMissed(op, "FuseMoe", "gate_up is not a weight symbol");
    Location loc = op.getLoc();
    MLIRContext *context = &getContext();
    auto planType = ExpertPlanType::get(context, down.getDimSize(0), choices);
    Attribute layer = op->getAttr("facet.layer");
    auto mark = [&](Operation *made) {
      if (layer)
        made->setAttr("facet.layer", layer);
      return made;
    };
    auto plan = MoePlanOp::create(rewriter, renamed(loc, "plan"), planType, rows, op.getExperts());
    auto hidden = MoeLinearOp::create(rewriter, renamed(loc, "gate_up"), rowsType(context, choices * inner),
                                      op.getX(), plan, pairs, true, true);
    auto out =
        MoeLinearOp::create(rewriter, renamed(loc, "down"), rowsType(context, choices * widthOf(op.getY())),
                            hidden, plan, op.getDown(), false, false);
    auto combine = MoeCombineOp::create(rewriter, loc, op.getY().getType(), out, op.getWeights());
    combine->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    rewriter.replaceOp(op, combine);
    for (auto [made, kind] :
         {std::pair<Operation *, StringRef>{plan, "moe_plan"}, {hidden, "moe_linear"}, {out, "moe_linear"}}) {
      mark(made);
      formGroup(rewriter, kind, {made});
    }
    remarkFused(combine, "FuseMoe", "experts became grouped linears");
  }
};

} // namespace
