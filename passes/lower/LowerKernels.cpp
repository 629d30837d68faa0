// lower-kernels: each kernel of facet ops becomes a function of the kernel ABI over vector, scf and LLVM.
#include "passes/Passes.h"
#include "passes/lower/KernelFrame.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringSwitch.h"

namespace mlir::facet {
#define GEN_PASS_DEF_LOWERKERNELS
#include "passes/Passes.h.inc"
} // namespace mlir::facet

using namespace mlir;
using namespace mlir::facet;

/// A kernel of row-wise ops: each piece takes some rows.
LogicalResult facet::emitRowsKernel(KernelFrame &frame) {
  KernelBuilder &b = frame.b;
  auto [first, last] = frame.share(rows::count(b, frame.rowSet()));
  LogicalResult result = success();
  b.loop(first, last, 1, [&](Value row) {
    frame.scratch.used = 0;
    RowEmitter emitter(b, frame.addresses, frame.scratch, row);
    for (Operation &op : frame.ops())
      if (failed(emitter.visit(&op)))
        result = failure();
  });
  return result;
}

namespace {
struct LowerKernels : facet::impl::LowerKernelsBase<LowerKernels> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto target = module->getAttrOfType<TargetAttr>("facet.target");
    if (!target) {
      module.emitError("expects a facet.target attribute");
      return signalPassFailure();
    }
    // Kernels alone remain: the schedule and the weights have been read by now.
    SmallVector<func::FuncOp> kernels;
    for (Operation &op : llvm::make_early_inc_range(*module.getBody())) {
      if (op.hasAttr("facet.kernel"))
        kernels.push_back(cast<func::FuncOp>(op));
      else
        op.erase();
    }
    for (func::FuncOp kernel : kernels)
      if (failed(lower(kernel, target)))
        return signalPassFailure();
  }

  /// Replaces `source` by a function of (operands, piece, pieces, scratch, prepared) of the same name.
  LogicalResult lower(func::FuncOp source, TargetAttr target) {
    KernelFrame frame(source.getLoc(), source, target);
    KernelBuilder &b = frame.b;
    b.setInsertionPoint(source);
    Type i64 = b.getI64Type();
    auto type = b.getFunctionType({b.ptr(), i64, i64, b.ptr(), b.ptr()}, {});
    std::string name = source.getName().str();
    auto function = func::FuncOp::create(b, name, type);
    b.setInsertionPointToStart(function.addEntryBlock());
    Value operands = function.getArgument(0);
    frame.piece = function.getArgument(1);
    frame.pieces = function.getArgument(2);
    frame.scratch.base = function.getArgument(3);
    frame.prepared = function.getArgument(4);
    int64_t index = 0;
    for (BlockArgument argument : frame.ops().getArguments())
      frame.addresses[argument] = b.loadPointer(operands, 8 * index++);
    for (Value result : frame.ops().getTerminator()->getOperands())
      frame.addresses[result] = b.loadPointer(operands, 8 * index++);

    using Emitter = LogicalResult (*)(KernelFrame &);
    auto emit = llvm::StringSwitch<Emitter>(source->getAttrOfType<StringAttr>("facet.kernel").getValue())
                    .Case("rows", emitRowsKernel)
                    .Case("linear", emitLinearKernel)
                    .Case("attention", emitAttentionKernel)
                    .Case("attention_merge", emitAttentionMergeKernel)
                    .Case("moe_plan", emitMoePlanKernel)
                    .Case("moe_linear", emitMoeLinearKernel)
                    .Default(nullptr);
    if (!emit)
      return source.emitError("has an unknown kernel kind");
    if (failed(emit(frame)))
      return failure();
    func::ReturnOp::create(b);
    function->setAttr("facet.kernel", source->getAttr("facet.kernel"));
    function->setAttr("facet.scratch_bytes", b.getI64IntegerAttr(frame.scratch.peak));
    function->setAttr("facet.operands", b.getI64IntegerAttr(index));
    source.erase();
    return success();
  }
};
} // namespace
