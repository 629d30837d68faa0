// facet-fuse-geglu: gate and up become one linear whose rows alternate, 16 of each.
#include "passes/Passes.h"
#include "passes/fuse/Groups.h"
#include "passes/fuse/MergedWeight.h"

namespace mlir::facet {
#define GEN_PASS_DEF_FUSEGEGLU
#include "passes/Passes.h.inc"
} // namespace mlir::facet

using namespace mlir;
using namespace mlir::facet;

namespace {

/// Before:  %g = linear %x, %gate;  %u = linear %x, %up;  %y = geglu %g, %u
/// After:   %gu = linear %x, %gate_up;  %y = geglu_pairs %gu
///
/// A panel then holds 16 gates and the 16 ups that belong to them: the product never leaves the registers.
struct FuseGeglu : facet::impl::FuseGegluBase<FuseGeglu> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    SmallVector<GegluOp> work;
    getOperation().walk([&](GegluOp op) { work.push_back(op); });
    for (GegluOp op : work)
      fuse(rewriter, op);
  }

  void fuse(IRRewriter &rewriter, GegluOp op) {
    auto gate = op.getGate().getDefiningOp<LinearOp>(), up = op.getUp().getDefiningOp<LinearOp>();
    if (!gate || !up || gate.getX() != up.getX())
      return remarkMissed(op, "FuseGeglu", "gate and up are not linears of one value");
    if (!gate->hasOneUse() || !up->hasOneUse())
      return remarkMissed(op, "FuseGeglu", "gate or up has other readers");
    if (widthOf(op.getY()) % kPairWidth)
      return remarkMissed(op, "FuseGeglu", "the width is not a multiple of 16");
    rewriter.setInsertionPoint(op);
    Value weight = interleaveWeights(rewriter, getOperation(), {gate.getWeight(), up.getWeight()}, kPairWidth,
                                     "gate_up");
    if (!weight)
      return remarkMissed(op, "FuseGeglu", "a weight is not a symbol, or their types differ");
    auto both = LinearOp::create(rewriter, renamed(gate.getLoc(), "gate_up"), gate.getX(), weight);
    both->setDiscardableAttrs(gate->getDiscardableAttrDictionary());
    auto pairs = GegluPairsOp::create(rewriter, op.getLoc(), op.getY().getType(), both);
    pairs->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    rewriter.replaceOp(op, pairs);
    rewriter.eraseOp(up);
    rewriter.eraseOp(gate);
    remarkFused(pairs, "FuseGeglu", "gate, up and geglu became one linear");
  }
};

} // namespace
