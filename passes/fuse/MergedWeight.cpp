// New weights put together from others.
#include "passes/fuse/MergedWeight.h"

using namespace mlir;
using namespace mlir::facet;

static WeightOp weightOf(ModuleOp module, Value value) {
  auto get = value.getDefiningOp<GetOp>();
  return get ? module.lookupSymbol<WeightOp>(get.getSymbol()) : WeightOp();
}

static Value addWeight(RewriterBase &rewriter, WeightOp beside, const std::string &name,
                       RankedTensorType type, Attribute recipe) {
  {
    OpBuilder::InsertionGuard guard(rewriter);
    rewriter.setInsertionPointAfter(beside);
    WeightOp::create(rewriter, beside.getLoc(), rewriter.getStringAttr(name), TypeAttr::get(type), recipe);
  }
  return GetOp::create(rewriter, beside.getLoc(), type, FlatSymbolRefAttr::get(rewriter.getContext(), name));
}

static Value merge(RewriterBase &rewriter, ModuleOp module, ArrayRef<Value> parts, StringRef name,
                   llvm::function_ref<Attribute(ArrayRef<Attribute>)> combine) {
  SmallVector<Attribute> recipes;
  SmallVector<int64_t> shape;
  WeightOp first;
  for (Value part : parts) {
    WeightOp weight = weightOf(module, part);
    if (!weight)
      return {};
    auto type = cast<RankedTensorType>(weight.getType());
    if (!first) {
      first = weight;
      shape.assign(type.getShape().begin(), type.getShape().end());
    } else {
      if (type.getRank() != 2 || type.getDimSize(1) != shape[1] ||
          type.getElementType() != cast<RankedTensorType>(first.getType()).getElementType())
        return {};
      shape[0] += type.getDimSize(0);
    }
    recipes.push_back(weight.getRecipe());
  }
  std::string full = (first.getSymName().rsplit('.').first + "." + name).str();
  auto type = RankedTensorType::get(shape, cast<RankedTensorType>(first.getType()).getElementType());
  return addWeight(rewriter, first, full, type, combine(recipes));
}

Value facet::concatWeights(RewriterBase &rewriter, ModuleOp module, ArrayRef<Value> parts, StringRef name) {
  return merge(rewriter, module, parts, name,
               [&](ArrayRef<Attribute> recipes) { return ConcatAttr::get(rewriter.getContext(), recipes); });
}

Value facet::interleaveWeights(RewriterBase &rewriter, ModuleOp module, ArrayRef<Value> parts, int64_t rows,
                               StringRef name) {
  return merge(rewriter, module, parts, name, [&](ArrayRef<Attribute> recipes) {
    return InterleaveAttr::get(rewriter.getContext(), rows, recipes);
  });
}

Value facet::interleaveHalves(RewriterBase &rewriter, ModuleOp module, Value stack, int64_t rows) {
  WeightOp weight = weightOf(module, stack);
  if (!weight)
    return {};
  MLIRContext *context = rewriter.getContext();
  auto type = cast<RankedTensorType>(weight.getType());
  int64_t half = type.getDimSize(1) / 2;
  Attribute recipe = InterleaveAttr::get(context, rows,
                                         {SliceRowsAttr::get(context, 0, half, weight.getRecipe()),
                                          SliceRowsAttr::get(context, half, half, weight.getRecipe())});
  return addWeight(rewriter, weight, (weight.getSymName() + ".pairs").str(), type, recipe);
}
