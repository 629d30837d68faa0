// facet-outline-kernels: groups become functions, and equal ones become one.
#include "passes/Passes.h"

#include "ir/Facet.h"

#include "mlir/IR/IRMapping.h"

namespace mlir::facet {
#define GEN_PASS_DEF_OUTLINEKERNELS
#include "passes/Passes.h.inc"
} // namespace mlir::facet

using namespace mlir;
using namespace mlir::facet;

namespace {

/// Before:  %y = group "linear" (%x, %w) { ... }           (in each of 35 layers)
/// After:   %y = dispatch @linear_512x192 (%rows, %x, %w)  (in each)
///          func @linear_512x192                           (once)
///
/// Layers differ in weights and K/V streams, which are arguments; bodies that print alike are one kernel.
struct OutlineKernels : facet::impl::OutlineKernelsBase<OutlineKernels> {
  void runOnOperation() override {
    auto step = getOperation().lookupSymbol<func::FuncOp>("step");
    if (!step)
      return;
    SmallVector<GroupOp> groups(step.getOps<GroupOp>());
    OpBuilder builder(step);
    for (GroupOp group : groups)
      if (failed(outline(builder, group)))
        return signalPassFailure();
  }

  LogicalResult outline(OpBuilder &builder, GroupOp group) {
    SmallVector<Value> inputs(group.getInputs());
    if (!namesRows(group)) {
      Value rows = rowsOfGroup(group);
      if (!rows)
        return group.emitOpError("expects an input that is made from rows, or rows themselves");
      inputs.insert(inputs.begin(), rows);
    }
    Location loc = mainLocOf(group);
    SmallVector<NamedAttribute> attributes = traceOf(group);
    builder.setInsertionPointToEnd(getOperation().getBody());
    func::FuncOp kernel = functionOf(builder, group);
    std::string text;
    llvm::raw_string_ostream os(text);
    kernel->print(os, OpPrintingFlags().useLocalScope().assumeVerified());
    auto [known, isNew] = kernels.try_emplace(text, kernel);
    if (isNew) {
      kernel.setName(nameOf(kernel, group.getKind()));
      known->second = kernel;
    } else {
      kernel.erase();
    }
    builder.setInsertionPoint(group);
    auto dispatch = DispatchOp::create(builder, loc, group.getResultTypes(), known->second.getName(), inputs);
    for (NamedAttribute attribute : attributes)
      dispatch->setAttr(attribute.getName(), attribute.getValue());
    if (Attribute layer = group->getAttr("facet.layer"))
      dispatch->setAttr("layer", layer);
    group.replaceAllUsesWith(dispatch.getResults());
    group.erase();
    return success();
  }

  /// Where the linear or attention is that the rest of the group was fused around, and else the last op: what
  /// people look for in a schedule or a profile.
  static Location mainLocOf(GroupOp group) {
    Location loc = group.getLoc();
    group.getBody().walk([&](Operation *op) {
      if (isa<LinearOp, MoeLinearOp, AttentionPartsOp>(op))
        loc = op->getLoc();
    });
    return loc;
  }

  static bool namesRows(GroupOp group) {
    return llvm::any_of(group.getInputs(), [](Value v) { return isa<RowsType>(v.getType()); });
  }

  static Value rowsOfGroup(GroupOp group) {
    for (Value input : group.getInputs())
      if (Value rows = rowsOf(input))
        return rows;
    return {};
  }

  /// The residual stream after n layers, if the group makes it; strips what tells one layer from another.
  SmallVector<NamedAttribute> traceOf(GroupOp group) {
    Builder b(&getContext());
    SmallVector<NamedAttribute> found;
    for (auto [index, value] : llvm::enumerate(group.getBody().front().getTerminator()->getOperands()))
      if (auto trace = value.getDefiningOp()->getAttr("facet.trace")) {
        found.push_back(b.getNamedAttr("trace", trace));
        found.push_back(b.getNamedAttr("trace_result", b.getI64IntegerAttr(index)));
      }
    group.getBody().walk([](Operation *op) {
      op->removeAttr("facet.trace");
      op->removeAttr("facet.layer");
      op->setLoc(UnknownLoc::get(op->getContext()));
    });
    return found;
  }

  func::FuncOp functionOf(OpBuilder &builder, GroupOp group) {
    SmallVector<Type> inputs(group.getInputs().getTypes());
    bool addRows = !namesRows(group);
    if (addRows)
      inputs.insert(inputs.begin(), RowsType::get(&getContext()));
    Location loc = UnknownLoc::get(&getContext());
    auto kernel =
        func::FuncOp::create(builder, loc, "kernel", builder.getFunctionType(inputs, group.getResultTypes()));
    kernel->setAttr("facet.kernel", group.getKindAttr());
    Block *entry = kernel.addEntryBlock();
    IRMapping mapping;
    for (auto [i, argument] : llvm::enumerate(group.getBody().getArguments()))
      mapping.map(argument, entry->getArgument(i + addRows));
    OpBuilder body = OpBuilder::atBlockEnd(entry);
    for (Operation &op : group.getBody().front().without_terminator())
      body.clone(op, mapping);
    SmallVector<Value> results;
    for (Value value : group.getBody().front().getTerminator()->getOperands())
      results.push_back(mapping.lookup(value));
    func::ReturnOp::create(body, loc, results);
    return kernel;
  }

  /// `linear_512x192`, `attention_64_window_64`, `rows`, ...; a number tells namesakes apart.
  std::string nameOf(func::FuncOp kernel, StringRef kind) {
    std::string name = kind.str();
    kernel.walk([&](Operation *op) {
      if (auto linear = dyn_cast<LinearOp>(op))
        name += shapeOf(linear.getWeight());
      if (auto linear = dyn_cast<MoeLinearOp>(op))
        name += shapeOf(linear.getWeight());
      if (auto attention = dyn_cast<AttentionPartsOp>(op))
        name += shapeOf(attention.getParts().getType());
      if (auto merge = dyn_cast<AttentionMergeOp>(op))
        name += shapeOf(merge.getParts().getType());
    });
    int count = ++names[name];
    return count == 1 ? name : name + "_" + std::to_string(count);
  }

  static std::string shapeOf(Value weight) {
    std::string text = "_";
    for (int64_t side : cast<RankedTensorType>(weight.getType()).getShape())
      text += (text.size() > 1 ? "x" : "") + std::to_string(side);
    return text;
  }

  static std::string shapeOf(AttentionPartsType parts) {
    std::string text = "_" + std::to_string(parts.getHeadDim());
    return parts.getWindow() ? text + "_window_" + std::to_string(parts.getWindow()) : text;
  }

  llvm::StringMap<func::FuncOp> kernels;
  llvm::StringMap<int> names;
};

} // namespace
