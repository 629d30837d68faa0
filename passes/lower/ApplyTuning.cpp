// apply-tuning: schedules of a tuning database onto the kernels of their classes.
#include "passes/Passes.h"
#include "passes/lower/TuningClass.h"

#include "ir/Storage.h"

#include "llvm/ADT/bit.h"

namespace mlir::facet {
#define GEN_PASS_DEF_APPLYTUNING
#include "passes/Passes.h.inc"
} // namespace mlir::facet

using namespace mlir;
using namespace mlir::facet;

static std::string classOf(StringRef operation, Value weight) {
  auto type = cast<RankedTensorType>(weight.getType());
  auto side = [&](int64_t i) { return std::to_string(llvm::bit_ceil(uint64_t(type.getDimSize(i)))); };
  int64_t rank = type.getRank();
  return (operation + " n" + side(rank - 2) + " k" + side(rank - 1) + " " +
          storageName(type.getElementType()))
      .str();
}

std::string facet::tuningClass(func::FuncOp kernel) {
  std::string found;
  kernel.walk([&](Operation *op) {
    if (auto linear = dyn_cast<LinearOp>(op))
      found = classOf("linear", linear.getWeight());
    if (auto linear = dyn_cast<MoeLinearOp>(op))
      found = classOf("moe_linear", linear.getWeight());
  });
  return found;
}

namespace {
struct ApplyTuning : facet::impl::ApplyTuningBase<ApplyTuning> {
  void runOnOperation() override {
    auto tuning = getOperation()->getAttrOfType<DictionaryAttr>("facet.tuning");
    if (!tuning)
      return;
    for (auto kernel : getOperation().getOps<func::FuncOp>())
      if (kernel->hasAttr("facet.kernel") && !kernel->hasAttr("facet.schedule"))
        if (auto schedule = tuning.getAs<ScheduleAttr>(tuningClass(kernel)))
          kernel->setAttr("facet.schedule", schedule);
  }
};
} // namespace
