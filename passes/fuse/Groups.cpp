// Gathering ops into facet.group.
#include "passes/fuse/Groups.h"

#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace mlir::facet;

bool facet::isRowWise(Operation *op) { return op && op->hasTrait<RowWise>(); }
bool facet::isElementWise(Operation *op) { return op && op->hasTrait<ElementWise>(); }

GroupOp facet::formGroup(RewriterBase &rewriter, StringRef kind, ArrayRef<Operation *> ops) {
  llvm::SmallPtrSet<Operation *, 16> inside(ops.begin(), ops.end());
  llvm::SetVector<Value> inputs;
  SmallVector<Value> outputs;
  for (Operation *op : ops) {
    for (Value operand : op->getOperands())
      if (!inside.contains(operand.getDefiningOp()))
        inputs.insert(operand);
    for (Value result : op->getResults())
      if (llvm::any_of(result.getUsers(), [&](Operation *user) { return !inside.contains(user); }))
        outputs.push_back(result);
  }
  SmallVector<Type> types;
  for (Value output : outputs)
    types.push_back(output.getType());
  Operation *last = ops.back();
  rewriter.setInsertionPointAfter(last);
  auto group =
      GroupOp::create(rewriter, last->getLoc(), types, rewriter.getStringAttr(kind), inputs.getArrayRef());
  Block *block = rewriter.createBlock(&group.getBody());
  IRMapping mapping;
  for (Value input : inputs)
    mapping.map(input, block->addArgument(input.getType(), input.getLoc()));
  rewriter.setInsertionPointToEnd(block);
  for (Operation *op : ops)
    rewriter.clone(*op, mapping);
  SmallVector<Value> yielded;
  for (Value output : outputs)
    yielded.push_back(mapping.lookup(output));
  YieldOp::create(rewriter, last->getLoc(), yielded);
  if (Attribute layer = last->getAttr("facet.layer"))
    group->setAttr("facet.layer", layer);
  for (auto [output, result] : llvm::zip(outputs, group.getResults()))
    rewriter.replaceAllUsesExcept(output, result, group);
  for (Operation *op : llvm::reverse(ops))
    rewriter.eraseOp(op);
  return group;
}

SmallVector<Operation *> facet::coneOf(Value value, llvm::function_ref<bool(Operation *)> wanted) {
  SmallVector<Operation *> cone;
  Operation *op = value.getDefiningOp();
  if (!op || !wanted(op) ||
      !llvm::all_of(op->getResults(), [](Value r) { return r.hasOneUse() || r.use_empty(); }))
    return cone;
  for (Value operand : op->getOperands())
    for (Operation *producer : coneOf(operand, wanted))
      if (!llvm::is_contained(cone, producer))
        cone.push_back(producer);
  cone.push_back(op);
  llvm::sort(cone, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
  return cone;
}

Location facet::renamed(Location loc, StringRef last) {
  auto named = loc->findInstanceOf<NameLoc>();
  if (!named)
    return loc;
  StringRef name = named.getName().getValue();
  std::string place = (name.take_front(name.rfind('.') + 1) + last).str();
  return NameLoc::get(StringAttr::get(loc.getContext(), place), named.getChildLoc());
}

func::FuncOp facet::stepOf(ModuleOp module) { return module.lookupSymbol<func::FuncOp>("step"); }

void facet::remarkFused(Operation *op, StringRef pass, const Twine &what) {
  remark::passed(op->getLoc(), remark::RemarkOpts::name(pass).category("fuse")) << what.str();
}

void facet::remarkMissed(Operation *op, StringRef pass, const Twine &why) {
  remark::missed(op->getLoc(), remark::RemarkOpts::name(pass).category("fuse")) << why.str();
}
