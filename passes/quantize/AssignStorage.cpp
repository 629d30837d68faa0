// facet-assign-storage: the element types of matrices and K/V, and the layout of every weight.
#include "passes/Passes.h"

#include "ir/Facet.h"
#include "runtime/abi.h"

namespace mlir::facet {
#define GEN_PASS_DEF_ASSIGNSTORAGE
#include "passes/Passes.h.inc"
} // namespace mlir::facet

using namespace mlir;
using namespace mlir::facet;

namespace {

/// Matrices that a linear reads lie in panels, tables that are only looked up in rows; vectors are f32.
struct AssignStorage : facet::impl::AssignStorageBase<AssignStorage> {
  using AssignStorageBase::AssignStorageBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    Type weightType = parse(weights), kvType = parse(kv);
    if (!weightType || !kvType) {
      module.emitError("expects storage f32 or bf16, got '") << (weightType ? kv : weights) << "'";
      return signalPassFailure();
    }
    llvm::StringMap<SmallVector<GetOp>> readers;
    module.walk([&](GetOp get) {
      if (get->use_empty())
        get.erase(); // of a weight that a fusion merged into another
      else
        readers[get.getSymbol()].push_back(get);
    });
    for (auto weight : llvm::make_early_inc_range(module.getOps<WeightOp>())) {
      ArrayRef<GetOp> gets = readers[weight.getSymName()];
      if (gets.empty()) { // nobody reads it: its bytes stay out of the artifact
        weight.erase();
        continue;
      }
      Type type = storageOf(cast<RankedTensorType>(weight.getType()), weightType, gets);
      weight.setTypeAttr(TypeAttr::get(type));
      for (GetOp get : gets)
        retype(get, type);
    }
    for (auto stream : module.getOps<KvStreamOp>()) {
      auto old = cast<KvType>(stream.getType());
      Type type = KvType::get(&getContext(), old.getWindow(), old.getHeads(), old.getHeadDim(), kvType);
      stream.setTypeAttr(TypeAttr::get(type));
      for (GetOp get : readers[stream.getSymName()])
        retype(get, type);
    }
  }

  Type parse(StringRef name) {
    if (name == "f32")
      return Float32Type::get(&getContext());
    return name == "bf16" ? Type(BFloat16Type::get(&getContext())) : Type();
  }

  RankedTensorType storageOf(RankedTensorType type, Type element, ArrayRef<GetOp> gets) {
    if (type.getRank() == 1)
      return RankedTensorType::get(type.getShape(), Float32Type::get(&getContext()));
    bool multiplied = llvm::any_of(gets, [](GetOp get) { return isMultiplied(get.getValue()); });
    Attribute layout = multiplied ? Attribute(PanelAttr::get(&getContext(), FACET_PANEL)) : Attribute();
    return RankedTensorType::get(type.getShape(), element, layout);
  }

  static bool isMultiplied(Value weight) {
    for (OpOperand &use : weight.getUses()) {
      if (isa<LinearOp, MoeLinearOp, MoeExpertsOp>(use.getOwner()))
        return true;
      if (auto group = dyn_cast<GroupOp>(use.getOwner()))
        if (isMultiplied(group.getBody().getArgument(use.getOperandNumber())))
          return true;
    }
    return false;
  }

  static void retype(GetOp get, Type type) {
    get.getValue().setType(type);
    for (OpOperand &use : get.getValue().getUses())
      if (auto group = dyn_cast<GroupOp>(use.getOwner()))
        group.getBody().getArgument(use.getOperandNumber()).setType(type);
  }
};

} // namespace
