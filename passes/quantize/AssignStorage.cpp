// facet-assign-storage: the element types of matrices and K/V, and the layout of every weight.
#include "passes/Passes.h"

#include "passes/quantize/Recipe.h"

#include "ir/Storage.h"
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
    llvm::Expected<StorageRecipe> recipe = StorageRecipe::parse(weights);
    if (!recipe) {
      module.emitError("weights: ") << llvm::toString(recipe.takeError());
      return signalPassFailure();
    }
    Type kvType = storageNamed(&getContext(), kv);
    if (!kvType || isa<Q4Type>(kvType)) {
      module.emitError("kv: expects storage f32, bf16 or q8, got '") << kv << "'";
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
      Type type = storageOf(weight, *recipe, gets);
      if (!type)
        return signalPassFailure();
      weight.setTypeAttr(TypeAttr::get(type));
      for (GetOp get : gets)
        retype(get, type);
    }
    for (llvm::StringRef pattern : recipe->idleRules()) {
      module.emitError("weights: the rule for '")
          << pattern << "' decides no weight; --emit mlir shows their names";
      return signalPassFailure();
    }
    for (auto stream : module.getOps<KvStreamOp>()) {
      auto old = cast<KvType>(stream.getType());
      Type type = KvType::get(&getContext(), old.getWindow(), old.getHeads(), old.getHeadDim(), kvType);
      stream.setTypeAttr(TypeAttr::get(type));
      for (GetOp get : readers[stream.getSymName()])
        retype(get, type);
    }
  }

  /// Null, with a diagnostic, if the recipe asks for what the shape does not allow.
  RankedTensorType storageOf(WeightOp weight, StorageRecipe &recipe, ArrayRef<GetOp> gets) {
    auto type = cast<RankedTensorType>(weight.getType());
    if (type.getRank() == 1)
      return RankedTensorType::get(type.getShape(), Float32Type::get(&getContext()));
    Type element = recipe.formatOf(weight.getSymName(), &getContext());
    if (!element)
      element = storedElement(weight.getRecipe());
    if (isQuantized(element) && type.getShape().back() % kQuantGroup) {
      weight.emitError("of ") << type.getShape().back() << " columns cannot be stored in "
                              << storageName(element) << ": expects a multiple of " << kQuantGroup
                              << "; a rule " << weight.getSymName() << "=stored keeps it as it is";
      return {};
    }
    bool multiplied = llvm::any_of(gets, [](GetOp get) { return isMultiplied(get.getValue()); });
    Attribute layout = multiplied ? Attribute(PanelAttr::get(&getContext(), FACET_PANEL)) : Attribute();
    return RankedTensorType::get(type.getShape(), element, layout);
  }

  /// The element of the first tensor that a recipe reads.
  static Type storedElement(Attribute recipe) {
    Type element;
    recipe.walk<WalkOrder::PreOrder>([&](SourceAttr source) {
      element = source.getElement();
      return WalkResult::interrupt();
    });
    return element;
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
