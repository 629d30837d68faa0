// facet-hoist-wanted: rows that nobody wants stop after the last K/V write.
#include "passes/Passes.h"
#include "passes/fuse/Groups.h"

#include "mlir/IR/IRMapping.h"

namespace mlir::facet {
#define GEN_PASS_DEF_HOISTWANTED
#include "passes/Passes.h.inc"
} // namespace mlir::facet

using namespace mlir;
using namespace mlir::facet;

namespace {

/// Before:  %y = op(%x)          After:  %x' = take %x, %wanted
///          %z = take %y                 %z  = op(%x')
///
/// Works backwards from each take. A value with readers beyond the take (a K/V write reads it) is computed
/// for all rows, and taken; attention moves too, for its queries are row-wise and it only reads K/V.
struct HoistWanted : facet::impl::HoistWantedBase<HoistWanted> {
  void runOnOperation() override {
    func::FuncOp step = stepOf(getOperation());
    if (!step)
      return;
    IRRewriter rewriter(&getContext());
    Operation *wanted = nullptr;
    for (auto op : step.getOps<WantedOp>())
      wanted = op;
    if (!wanted)
      return;
    wanted->moveBefore(&step.getBody().front(), step.getBody().front().begin());
    // Ops in reverse order: when an op is reached, all its readers have been decided.
    bool changed = true;
    while (changed) {
      changed = false;
      for (Operation &op : llvm::make_early_inc_range(llvm::reverse(step.getBody().front())))
        changed |= hoistAbove(rewriter, &op, wanted->getResult(0));
    }
  }

  /// If all readers of `op` are takes, compute it for the wanted rows alone. A norm or RoPE
  /// table with other readers is computed again for the wanted rows: that costs less than taking
  /// its result, and it then fuses with its reader.
  bool hoistAbove(IRRewriter &rewriter, Operation *op, Value wanted) {
    auto isTake = [](Operation *user) { return isa<TakeOp>(user); };
    if (!canMove(op) || llvm::none_of(op->getUsers(), isTake))
      return false;
    if (!isa<RmsNormOp, RopeTableOp>(op) && !llvm::all_of(op->getUsers(), isTake))
      return false;
    rewriter.setInsertionPoint(op);
    IRMapping mapping;
    for (Value operand : op->getOperands()) {
      if (isa<RowsType>(operand.getType()))
        mapping.map(operand, wanted);
      else if (isActivation(operand) && !mapping.contains(operand))
        mapping.map(operand, TakeOp::create(rewriter, op->getLoc(), operand.getType(), operand, wanted));
    }
    Operation *moved = rewriter.clone(*op, mapping);
    for (auto [before, after] : llvm::zip(op->getResults(), moved->getResults()))
      for (Operation *user : llvm::make_early_inc_range(before.getUsers()))
        if (isTake(user))
          rewriter.replaceOp(user, after);
    if (op->use_empty())
      rewriter.eraseOp(op);
    return true;
  }

  static bool canMove(Operation *op) { return (isRowWise(op) && !isa<TakeOp>(op)) || isa<AttentionOp>(op); }
  static bool isActivation(Value value) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    return type && type.getRank() == 2 && type.isDynamicDim(0);
  }
};

} // namespace
