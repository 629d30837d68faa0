// facet-fuse-norm-linear: every linear becomes a kernel with the norm before it and the element-wise ops
// after it.
#include "passes/Passes.h"
#include "passes/fuse/Groups.h"

namespace mlir::facet {
#define GEN_PASS_DEF_FUSENORMLINEAR
#include "passes/Passes.h.inc"
} // namespace mlir::facet

using namespace mlir;
using namespace mlir::facet;

namespace {

/// Before:  %n = rms_norm %x, %w;  %y = linear %n, %m;  %z = geglu_pairs %y
/// After:   %z = group "linear" (%x, %w, %m) { rms_norm; linear; geglu_pairs }
///
/// The norm is applied to the activation while it is loaded; stored weights stay as they are.
struct FuseNormLinear : facet::impl::FuseNormLinearBase<FuseNormLinear> {
  void runOnOperation() override {
    func::FuncOp step = stepOf(getOperation());
    if (!step)
      return;
    IRRewriter rewriter(&getContext());
    SmallVector<LinearOp> work(step.getOps<LinearOp>());
    for (LinearOp linear : work)
      fuse(rewriter, linear);
  }

  void fuse(IRRewriter &rewriter, LinearOp linear) {
    SmallVector<Operation *> ops = prologue(rewriter, linear);
    size_t before = ops.size();
    ops.push_back(linear);
    for (Operation *op : epilogue(linear))
      ops.push_back(op);
    if (before)
      remarkFused(linear, "FuseNormLinear", "the norm moved into the linear");
    else
      remarkMissed(linear, "FuseNormLinear", "the linear reads no norm");
    formGroup(rewriter, "linear", ops);
  }

  /// Norms and scales that lead to the linear. One with other readers is cloned: it is cheap, and a kernel of
  /// its own is not.
  SmallVector<Operation *> prologue(IRRewriter &rewriter, LinearOp linear) {
    SmallVector<Operation *> ops;
    Operation *reader = linear;
    while (true) {
      Operation *producer = reader->getOperand(0).getDefiningOp();
      if (!isa_and_nonnull<RmsNormOp, ScaleOp>(producer) || producer->hasAttr("facet.trace"))
        break;
      if (!producer->hasOneUse()) {
        rewriter.setInsertionPoint(reader);
        Operation *copy = rewriter.clone(*producer);
        reader->setOperand(0, copy->getResult(0));
        producer = copy;
      }
      ops.insert(ops.begin(), producer);
      reader = producer;
    }
    return ops;
  }

  /// Element-wise readers, as long as each is the only one and what else it reads exists before the linear.
  SmallVector<Operation *> epilogue(LinearOp linear) {
    SmallVector<Operation *> ops;
    Value value = linear.getY();
    while (value.hasOneUse()) {
      Operation *reader = *value.getUsers().begin();
      bool fits = isElementWise(reader) || isa<GegluPairsOp>(reader);
      bool ready = llvm::all_of(reader->getOperands(), [&](Value operand) {
        Operation *def = operand.getDefiningOp();
        return operand == value || !def || def->isBeforeInBlock(linear) || isa<GetOp>(def);
      });
      if (!fits || !ready || widthOf(reader->getResult(0)) % 16)
        break;
      ops.push_back(reader);
      value = reader->getResult(0);
      if (isa<GegluPairsOp>(reader))
        break; // its columns are no longer the panel's
    }
    return ops;
  }
};

} // namespace
