// Verifiers and folders of the model-level ops. The numbers are those of the ops' documentation.
#include "ir/Storage.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace mlir::facet;

static RankedTensorType tensorOf(Value value) { return cast<RankedTensorType>(value.getType()); }

LogicalResult WeightOp::verify() {
  auto type = cast<RankedTensorType>(getType());
  SmallVector<int64_t> shape = recipeShape(getRecipe());
  if (shape.empty())
    return emitOpError("expects a recipe whose parts agree, got ") << getRecipe(); // C1
  if (ArrayRef<int64_t>(shape) != type.getShape())
    return emitOpError("expects a recipe of shape ") << type << ", got [" << shape << "]"; // C1
  Type element = type.getElementType();
  if (!element.isF32() && !element.isBF16() && !isQuantized(element))
    return emitOpError("expects f32, bf16, q8 or q4 storage, got ") << element; // C2
  if (isQuantized(element) && (type.getRank() < 2 || type.getShape().back() % kQuantGroup))
    return emitOpError("expects a matrix whose columns are a multiple of ")
           << kQuantGroup << " in " << storageName(element) << ", got " << type; // C2
  return success();
}

LogicalResult GetOp::verifySymbolUses(SymbolTableCollection &symbols) {
  Operation *symbol = symbols.lookupNearestSymbolFrom(*this, getSymbolAttr());
  Type declared;
  if (auto weight = dyn_cast_or_null<WeightOp>(symbol))
    declared = weight.getType();
  else if (auto stream = dyn_cast_or_null<KvStreamOp>(symbol))
    declared = stream.getType();
  else
    return emitOpError("expects a facet.weight or facet.kv_stream named ") << getSymbolAttr(); // C1
  if (declared != getValue().getType()) {                                                      // C1
    InFlightDiagnostic diag = emitOpError("expects the symbol's type ")
                              << declared << ", got " << getValue().getType();
    diag.attachNote(symbol->getLoc()) << "declared here";
    return diag;
  }
  return success();
}

LogicalResult TakeOp::verify() {
  if (Operation *def = getRows().getDefiningOp(); def && !isa<WantedOp>(def))
    return emitOpError("expects rows from facet.wanted"); // C1
  return success();
}

OpFoldResult ScaleOp::fold(FoldAdaptor) {
  return getFactor().isExactlyValue(1.0) ? OpFoldResult(getX()) : OpFoldResult();
}

LogicalResult SoftcapOp::verify() {
  if (!(getCap().convertToFloat() > 0))
    return emitOpError("expects a positive cap"); // C1
  return success();
}

LogicalResult LayerScaleOp::verify() {
  if (tensorOf(getScalar()).getNumElements() != 1)
    return emitOpError("expects a scalar of one element, got ") << getScalar().getType(); // C1
  return success();
}

LogicalResult SliceOp::verify() {
  int64_t offset = getOffset(), width = widthOf(getY());
  if (offset < 0 || offset > widthOf(getX()) || width > widthOf(getX()) - offset)
    return emitOpError("expects columns within ")
           << widthOf(getX()) << ", got " << width << " from " << offset << " on"; // C1
  return success();
}

OpFoldResult SliceOp::fold(FoldAdaptor) {
  return getX().getType() == getY().getType() ? OpFoldResult(getX()) : OpFoldResult();
}

LogicalResult EmbedOp::verify() {
  if (widthOf(getY()) != tensorOf(getTable()).getDimSize(1))
    return emitOpError("expects a result as wide as the table, got ")
           << getY().getType() << " from " << getTable().getType(); // C1
  return success();
}

LogicalResult RmsNormOp::verify() {
  int64_t width = widthOf(getX()), groups = getGroups();
  if (groups < 1 || width % groups || (width / groups) % 16)
    return emitOpError("expects groups whose width is a multiple of 16, got ")
           << groups << " of " << width << " columns";                           // C1
  if (getWeight() && tensorOf(getWeight()).getNumElements() != width / groups) { // C2
    InFlightDiagnostic diag = emitOpError("expects a weight of ")
                              << width / groups << " elements, got " << getWeight().getType();
    if (Operation *def = getWeight().getDefiningOp())
      diag.attachNote(def->getLoc()) << "weight is defined here";
    return diag;
  }
  if (!(getEps().convertToFloat() > 0))
    return emitOpError("expects a positive eps"); // C3
  return success();
}

LogicalResult RopeTableOp::verify() {
  int64_t count = tensorOf(getFrequencies()).getNumElements();
  if (count % 16 || widthOf(getY()) != 2 * count)
    return emitOpError("expects a multiple of 16 frequencies and twice as many columns, got ")
           << count << " and " << widthOf(getY()); // C1
  return success();
}

LogicalResult RopeOp::verify() {
  if (widthOf(getTable()) % 2 || widthOf(getX()) % widthOf(getTable()))
    return emitOpError("expects heads of an even ")
           << widthOf(getTable()) << " columns, got " << getX().getType(); // C1
  return success();
}

void LinearOp::build(OpBuilder &builder, OperationState &state, Value x, Value weight) {
  build(builder, state, rowsType(builder.getContext(), tensorOf(weight).getDimSize(0)), x, weight);
}

LogicalResult LinearOp::verify() {
  RankedTensorType weight = tensorOf(getWeight());
  if (weight.getDimSize(1) != widthOf(getX()))
    return emitOpError("expects a weight of ") << widthOf(getX()) << " columns, got " << weight; // C1
  if (weight.getDimSize(0) != widthOf(getY()))
    return emitOpError("expects a weight of ") << widthOf(getY()) << " rows, got " << weight; // C2
  return success();
}

LogicalResult KvWriteOp::verify() {
  KvType kv = getKv().getType();
  int64_t width = kv.getHeads() * kv.getHeadDim();
  if (widthOf(getK()) != width || widthOf(getV()) != width)
    return emitOpError("expects keys and values of ")
           << width << " columns, got " << getK().getType() << " and " << getV().getType(); // C1
  return success();
}

LogicalResult AttentionOp::verify() {
  KvType kv = getKv().getType();
  if (widthOf(getQ()) % (kv.getHeads() * kv.getHeadDim()))
    return emitOpError("expects a multiple of ")
           << kv.getHeads() * kv.getHeadDim() << " query columns, got " << getQ().getType(); // C1
  return success();
}

LogicalResult MoeRouteOp::verify() {
  int64_t experts = widthOf(getLogits()), choices = widthOf(getWeights());
  if (tensorOf(getScale()).getNumElements() != experts)
    return emitOpError("expects a scale of ") << experts << " elements, got " << getScale().getType(); // C1
  if (widthOf(getExperts()) != choices || choices < 1 || choices > experts)
    return emitOpError("expects 1 to ") << experts << " choices in both results, got " << choices << " and "
                                        << widthOf(getExperts()); // C2
  return success();
}

LogicalResult MoeExpertsOp::verify() {
  RankedTensorType gateUp = tensorOf(getGateUp()), down = tensorOf(getDown());
  if (gateUp.getDimSize(2) != widthOf(getX()) || down.getDimSize(1) != widthOf(getY()) ||
      gateUp.getDimSize(0) != down.getDimSize(0) || gateUp.getDimSize(1) != 2 * down.getDimSize(2))
    return emitOpError("expects gate_up [E, 2I, ") << widthOf(getX()) << "] and down [E, " << widthOf(getY())
                                                   << ", I], got " << gateUp << " and " << down; // C1
  if (widthOf(getWeights()) != widthOf(getExperts()))
    return emitOpError("expects as many weights as experts, got ")
           << widthOf(getWeights()) << " and " << widthOf(getExperts()); // C2
  return success();
}
