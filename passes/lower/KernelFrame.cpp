// What every kernel shares: its row set, its share of the work, and what is prepared once a worker.
#include "passes/lower/KernelFrame.h"

using namespace mlir;
using namespace mlir::facet;

KernelFrame::KernelFrame(Location loc, func::FuncOp source, TargetAttr target)
    : b(loc, source.getContext()), source(source), target(target),
      schedule(source->getAttrOfType<ScheduleAttr>("facet.schedule")) {}

Value KernelFrame::rowSet() {
  for (BlockArgument argument : ops().getArguments())
    if (isa<RowsType>(argument.getType()))
      return addresses.lookup(argument);
  return {};
}

std::pair<Value, Value> KernelFrame::share(Value units) {
  return {b.div(b.mul(units, piece), pieces), b.div(b.mul(units, b.add(piece, 1)), pieces)};
}

void KernelFrame::prepareOnce(Value what, llvm::function_ref<void()> body) {
  Value there = b.load(b.getI64Type(), prepared);
  b.when(arith::CmpIOp::create(b, arith::CmpIPredicate::ne, there, what), [&] {
    body();
    b.store(what, prepared);
  });
}
