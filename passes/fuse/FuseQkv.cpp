// facet-fuse-qkv: linears of one value become one.
#include "passes/Passes.h"
#include "passes/fuse/Groups.h"
#include "passes/fuse/MergedWeight.h"

#include "llvm/ADT/MapVector.h"

namespace mlir::facet {
#define GEN_PASS_DEF_FUSEQKV
#include "passes/Passes.h.inc"
} // namespace mlir::facet

using namespace mlir;
using namespace mlir::facet;

namespace {

/// Before:  %q = linear %x, %wq;  %k = linear %x, %wk;  %v = linear %x, %wv
/// After:   %qkv = linear %x, %wqkv;  %q, %k, %v = slices of it
struct FuseQkv : facet::impl::FuseQkvBase<FuseQkv> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    llvm::MapVector<Value, SmallVector<LinearOp>> readers;
    getOperation().walk([&](LinearOp op) {
      // A geglu's linear and a router have an epilogue of their own.
      bool plain = llvm::all_of(op->getUsers(),
                                [](Operation *user) { return isa<RmsNormOp, SliceOp, KvWriteOp>(user); });
      if (plain)
        readers[op.getX()].push_back(op);
    });
    for (auto &[x, linears] : readers)
      if (linears.size() > 1)
        fuse(rewriter, linears);
  }

  void fuse(IRRewriter &rewriter, MutableArrayRef<LinearOp> linears) {
    SmallVector<Value> weights;
    std::string name;
    for (LinearOp linear : linears) {
      weights.push_back(linear.getWeight());
      if (auto get = linear.getWeight().getDefiningOp<GetOp>())
        name += (name.empty() ? "" : "_") + get.getSymbol().rsplit('.').second.str();
    }
    // Weights are read by facet.get at the linear's place: all parts are in scope at the first.
    rewriter.setInsertionPoint(linears.front());
    Value weight = concatWeights(rewriter, getOperation(), weights, name);
    if (!weight)
      return remarkMissed(linears.front(), "FuseQkv", "a weight is not a symbol, or their types differ");
    auto all =
        LinearOp::create(rewriter, renamed(linears.front().getLoc(), name), linears.front().getX(), weight);
    all->setDiscardableAttrs(linears.front()->getDiscardableAttrDictionary());
    int64_t offset = 0;
    for (LinearOp linear : linears) {
      Type type = linear.getY().getType();
      int64_t width = widthOf(linear.getY());
      rewriter.setInsertionPointAfter(offset ? linear.getOperation() : all.getOperation());
      Value part = SliceOp::create(rewriter, linear.getLoc(), type, all, rewriter.getI64IntegerAttr(offset));
      rewriter.replaceOp(linear, part);
      cloneForEachReader(rewriter, part.getDefiningOp());
      offset += width;
    }
    remarkFused(all, "FuseQkv", Twine(linears.size()) + " linears became one");
  }
  /// A slice costs nothing: one for each reader leaves every reader's cone its own.
  void cloneForEachReader(IRRewriter &rewriter, Operation *slice) {
    SmallVector<OpOperand *> uses;
    for (OpOperand &use : slice->getUses())
      uses.push_back(&use);
    for (OpOperand *use : ArrayRef(uses).drop_front(uses.empty() ? 0 : 1)) {
      rewriter.setInsertionPointAfter(slice);
      use->set(rewriter.clone(*slice)->getResult(0));
    }
  }
};

} // namespace
