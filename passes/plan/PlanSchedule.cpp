// facet-plan-schedule: what each dispatch waits for, and what it can be cut into.
#include "passes/Passes.h"
#include "passes/plan/DispatchGraph.h"

#include "runtime/abi.h"

namespace mlir::facet {
#define GEN_PASS_DEF_PLANSCHEDULE
#include "passes/Passes.h.inc"
} // namespace mlir::facet

using namespace mlir;
using namespace mlir::facet;

DispatchGraph::DispatchGraph(func::FuncOp step) : dispatches(step.getOps<DispatchOp>()) {
  for (auto [i, dispatch] : llvm::enumerate(dispatches))
    index[dispatch] = i;
  for (auto [i, dispatch] : llvm::enumerate(dispatches)) {
    llvm::BitVector all(dispatches.size());
    if (auto waits = dispatch->getAttrOfType<DenseI64ArrayAttr>("waits"))
      for (int64_t wait : waits.asArrayRef())
        if (wait >= 0 && wait < int64_t(i)) {
          all |= before[wait];
          all.set(wait);
        }
    before.push_back(all);
  }
}

SmallVector<int64_t> DispatchGraph::touching(Value value) const {
  SmallVector<int64_t> all;
  if (Operation *writer = value.getDefiningOp(); writer && index.contains(writer))
    all.push_back(index.lookup(writer));
  for (Operation *user : value.getUsers())
    if (index.contains(user))
      all.push_back(index.lookup(user));
  return all;
}

bool DispatchGraph::isDead(Value value, int64_t at) const {
  return llvm::all_of(touching(value), [&](int64_t i) { return before[at].test(i); });
}

int64_t facet::bytesOf(Type type, int64_t rows) {
  if (auto plan = dyn_cast<ExpertPlanType>(type))
    return 4 * (plan.getExperts() + 1 + rows * plan.getChoices());
  if (auto parts = dyn_cast<AttentionPartsType>(type)) {
    int64_t slots = std::max(rows, std::min<int64_t>(rows, FACET_SPLIT_ROWS) * parts.getSlots());
    return 4 * slots * parts.getHeads() * (16 + parts.getHeadDim());
  }
  auto tensor = cast<RankedTensorType>(type);
  return rows * tensor.getDimSize(1) * tensor.getElementTypeBitWidth() / 8;
}

bool facet::isOutput(Value value) {
  return llvm::any_of(value.getUsers(), [](Operation *user) { return isa<func::ReturnOp>(user); });
}

namespace {

struct PlanSchedule : facet::impl::PlanScheduleBase<PlanSchedule> {
  void runOnOperation() override {
    auto step = getOperation().lookupSymbol<func::FuncOp>("step");
    if (!step)
      return;
    DenseMap<Operation *, int64_t> index;
    DenseMap<Value, int64_t> lastWrite; // K/V stream symbol's value, by get
    llvm::StringMap<int64_t> written;
    Builder b(&getContext());
    int64_t i = 0;
    for (auto dispatch : step.getOps<DispatchOp>()) {
      llvm::SmallSetVector<int64_t, 4> waits;
      auto kernel = getOperation().lookupSymbol<func::FuncOp>(dispatch.getKernel());
      bool writesKv = !kernel.getBody().getOps<KvWriteOp>().empty();
      for (Value input : dispatch.getInputs()) {
        Operation *producer = input.getDefiningOp();
        if (producer && index.contains(producer))
          waits.insert(index.lookup(producer));
        auto get = dyn_cast_or_null<GetOp>(producer);
        if (!get || !isa<KvType>(input.getType()))
          continue;
        if (auto it = written.find(get.getSymbol()); it != written.end())
          waits.insert(it->second);
        if (writesKv)
          written[get.getSymbol()] = i;
      }
      SmallVector<int64_t> sorted(waits.begin(), waits.end());
      llvm::sort(sorted);
      dispatch->setAttr("waits", b.getDenseI64ArrayAttr(sorted));
      setUnits(dispatch, kernel);
      index[dispatch] = i++;
    }
  }

  /// A linear is cut by row group and panel, that of experts by panel, a row kernel by rows, attention by
  /// query block and heads.
  void setUnits(DispatchOp dispatch, func::FuncOp kernel) {
    Builder b(&getContext());
    StringRef kind = kernel->getAttrOfType<StringAttr>("facet.kernel").getValue(), unit = "constant";
    int64_t units = 1;
    auto panelsOf = [](Value weight) {
      auto type = cast<RankedTensorType>(weight.getType());
      return (type.getDimSize(type.getRank() - 2) + FACET_PANEL - 1) / FACET_PANEL;
    };
    kernel.walk([&](Operation *op) {
      if (auto linear = dyn_cast<LinearOp>(op)) {
        units = panelsOf(linear.getWeight());
        unit = "row_groups";
      }
      if (auto linear = dyn_cast<MoeLinearOp>(op)) // at least as many experts as a row chooses have rows
        units = panelsOf(linear.getWeight()) * linear.getPlan().getType().getChoices();
      if (auto attention = dyn_cast<AttentionPartsOp>(op)) { // each slot is a piece in a step of few rows
        units = attention.getParts().getType().getSlots() * attention.getKv().getType().getHeads();
        unit = "query_blocks";
      }
      if (auto merge = dyn_cast<AttentionMergeOp>(op)) {
        units = merge.getParts().getType().getHeads();
        unit = "rows";
      }
    });
    if (kind == "rows")
      unit = "rows";
    dispatch->setAttr("unit", b.getStringAttr(unit));
    dispatch->setAttr("units", b.getI64IntegerAttr(units));
    bool wanted = llvm::any_of(dispatch.getInputs(),
                               [](Value v) { return isa_and_nonnull<WantedOp>(v.getDefiningOp()); });
    dispatch->setAttr("row_set", b.getI64IntegerAttr(wanted));
  }
};

} // namespace
