// Verifiers of the kernel-level ops. The numbers are those of the ops' documentation.
#include "ir/Storage.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace mlir::facet;

#define GET_OP_CLASSES
#include "ir/FacetOps.cpp.inc"

LogicalResult GegluPairsOp::verify() {
  if (widthOf(getX()) != 2 * widthOf(getY()) || widthOf(getX()) % 32)
    return emitOpError("expects twice the result's columns, a multiple of 32, got ")
           << getX().getType(); // C1
  return success();
}

LogicalResult MoePlanOp::verify() {
  int64_t choices = getPlan().getType().getChoices();
  if (widthOf(getExperts()) != choices)
    return emitOpError("expects ") << choices << " choices a row, got " << getExperts().getType(); // C1
  return success();
}

LogicalResult MoeLinearOp::verify() {
  auto weight = cast<RankedTensorType>(getWeight().getType());
  ExpertPlanType plan = getPlan().getType();
  int64_t choices = plan.getChoices();
  int64_t in = weight.getDimSize(2) * (getShared() ? 1 : choices);
  int64_t out = weight.getDimSize(1) * choices / (getGeglu() ? 2 : 1);
  if (weight.getDimSize(0) != plan.getExperts() || widthOf(getX()) != in || widthOf(getY()) != out)
    return emitOpError("expects ") << plan.getExperts() << " experts, " << in << " columns in and " << out
                                   << " out, got " << weight << ", " << getX().getType() << " and "
                                   << getY().getType(); // C1
  if (getGeglu() && weight.getDimSize(1) % 32)
    return emitOpError("expects interleaved matrices of a multiple of 32 rows, got ") << weight; // C2
  return success();
}

LogicalResult MoeCombineOp::verify() {
  if (widthOf(getX()) != widthOf(getWeights()) * widthOf(getY()))
    return emitOpError("expects ") << widthOf(getWeights()) * widthOf(getY()) << " columns, got "
                                   << getX().getType(); // C1
  return success();
}

LogicalResult AttentionPartsOp::verify() {
  KvType kv = getKv().getType();
  AttentionPartsType parts = getParts().getType();
  if (widthOf(getQ()) != parts.getHeads() * parts.getHeadDim() || parts.getWindow() != kv.getWindow() ||
      parts.getHeadDim() != kv.getHeadDim() || parts.getHeads() % kv.getHeads())
    return emitOpError("expects parts of the queries' heads and the stream's window, got ")
           << getQ().getType() << ", " << kv << " and " << parts; // C1
  return success();
}

LogicalResult AttentionMergeOp::verify() {
  AttentionPartsType parts = getParts().getType();
  if (widthOf(getY()) != parts.getHeads() * parts.getHeadDim())
    return emitOpError("expects ") << parts.getHeads() * parts.getHeadDim() << " columns, got "
                                   << getY().getType(); // C1
  return success();
}

void YieldOp::build(OpBuilder &, OperationState &) {} // yields nothing

LogicalResult GroupOp::verify() {
  Block &block = getBody().front();
  if (!llvm::is_contained({"rows", "linear", "attention", "attention_merge", "moe_plan", "moe_linear"},
                          getKind()))
    return emitOpError("expects kind rows, linear, attention, attention_merge, moe_plan or moe_linear, got ")
           << getKind(); // C1
  if (block.getArgumentTypes() != getInputs().getTypes())
    return emitOpError("expects one block argument for each input, of its type"); // C2
  if (block.getTerminator()->getOperandTypes() != getResults().getTypes())
    return emitOpError("expects to yield one value for each result, of its type"); // C3
  if (llvm::any_of(block.getTerminator()->getOperands(), llvm::IsaPred<BlockArgument>))
    return emitOpError("expects to yield what its ops make, not its inputs"); // C4
  return success();
}

LogicalResult DispatchOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto kernel = symbols.lookupNearestSymbolFrom<func::FuncOp>(*this, getKernelAttr());
  if (!kernel || !kernel->hasAttr("facet.kernel"))
    return emitOpError("expects a kernel named ") << getKernelAttr(); // C1
  if (kernel.getArgumentTypes() != getInputs().getTypes() ||
      kernel.getResultTypes() != getResults().getTypes()) // C1
    return emitOpError("expects the kernel's signature ") << kernel.getFunctionType();
  return success();
}

LogicalResult TileLinearOp::verify() {
  if (getSums().size() != 2 * getRows().size())
    return emitOpError("expects two results for each of ")
           << getRows().size() << " rows, got " << getSums().size(); // C1
  uint64_t step = isQuantized(getElement()) ? kQuantGroup : 16;
  if (getDepth() < step || getDepth() % step)
    return emitOpError("expects a depth that is a multiple of ") << step << ", got " << getDepth(); // C2
  if (getIntegers() && (!isQuantized(getElement()) || getRows().size() > 16))
    return emitOpError("expects integers of q8 or q4 and at most 16 rows, got ")
           << getElement() << " and " << getRows().size(); // C3
  return success();
}

LogicalResult TileUnpackOp::verify() {
  if (!isQuantized(getElement()))
    return emitOpError("expects q8 or q4, got ") << getElement(); // C1
  if (getDepth() < kQuantGroup || getDepth() % kQuantGroup)
    return emitOpError("expects a depth that is a multiple of ")
           << kQuantGroup << ", got " << getDepth(); // C2
  return success();
}

LogicalResult TileDotOp::verify() {
  size_t sums = getRows().size() * getLines().size();
  if (getSums().size() != sums || getResults().size() != sums ||
      (!getAhead().empty() && getAhead().size() != getLines().size()))
    return emitOpError("expects ") << sums << " sums and results and " << getLines().size()
                                   << " addresses ahead or none, got " << getSums().size() << ", "
                                   << getResults().size() << " and " << getAhead().size(); // C1
  Type row = getRowElement(), line = getLineElement();
  bool floats = (row.isF32() && (line.isF32() || line.isBF16())) || (row.isBF16() && line.isBF16()),
       integers = (row.isInteger(16) || row.isInteger(8)) && line.isInteger(8);
  if (!floats && !integers)
    return emitOpError("expects f32 x f32, f32 x bf16, bf16 x bf16, i16 x i8 or i8 x i8, got ")
           << row << " x " << line; // C2
  for (Type sum : getResultTypes())
    if (cast<VectorType>(sum).getElementType().isInteger(32) != integers)
      return emitOpError("expects sums of ") << (integers ? "i32" : "f32") << ", got " << sum; // C3
  if (row.isInteger(8) && getSteps() * 4 != kQuantGroup)
    return emitOpError("expects 8 steps of i8 rows, got ") << getSteps(); // C3
  return success();
}
