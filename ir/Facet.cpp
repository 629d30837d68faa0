// Registration of the dialect; types, attributes and the questions passes ask of values.
#include "ir/Facet.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::facet;

#include "ir/FacetDialect.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "ir/FacetTypes.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "ir/FacetAttrs.cpp.inc"

void FacetDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "ir/FacetTypes.cpp.inc"
      >();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "ir/FacetAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "ir/FacetOps.cpp.inc"
      >();
}

LogicalResult KvType::verify(function_ref<InFlightDiagnostic()> emitError, int64_t window, int64_t heads,
                             int64_t headDim, Type element) {
  if (window < 0)
    return emitError() << "expects a window of 0 (none) or more, got " << window;
  if (heads < 1 || headDim < 32 || headDim % 32)
    return emitError() << "expects heads >= 1 and a head_dim that is a multiple of 32, got " << heads << " and "
                       << headDim;
  if (!element.isF32() && !element.isBF16())
    return emitError() << "expects f32 or bf16 elements, got " << element;
  return success();
}

int64_t facet::widthOf(Value value) { return cast<RankedTensorType>(value.getType()).getShape().back(); }

RankedTensorType facet::rowsType(MLIRContext *context, int64_t width) {
  return RankedTensorType::get({ShapedType::kDynamic, width}, Float32Type::get(context));
}

/// Shapes of `parts` must agree but for the rows; returns the first with the rows summed.
static SmallVector<int64_t> stackRows(ArrayRef<Attribute> parts) {
  SmallVector<int64_t> shape;
  for (Attribute part : parts) {
    SmallVector<int64_t> next = recipeShape(part);
    if (next.empty())
      return {};
    if (shape.empty()) {
      shape = next;
      continue;
    }
    size_t rowDim = next.size() < 2 ? 0 : next.size() - 2;
    if (next.size() != shape.size())
      return {};
    for (size_t i = 0; i < next.size(); ++i)
      if (i != rowDim && next[i] != shape[i])
        return {};
    shape[rowDim] += next[rowDim];
  }
  return shape;
}

SmallVector<int64_t> facet::recipeShape(Attribute recipe) {
  return llvm::TypeSwitch<Attribute, SmallVector<int64_t>>(recipe)
      .Case([](SourceAttr a) { return SmallVector<int64_t>(a.getShape()); })
      .Case([](ConcatAttr a) { return stackRows(a.getParts()); })
      .Case([](InterleaveAttr a) { return stackRows(a.getParts()); })
      .Case([](SliceRowsAttr a) {
        SmallVector<int64_t> shape = recipeShape(a.getPart());
        if (shape.empty())
          return shape;
        int64_t &rows = shape[shape.size() < 2 ? 0 : shape.size() - 2];
        if (a.getFirst() < 0 || a.getCount() < 1 || a.getFirst() + a.getCount() > rows)
          return SmallVector<int64_t>();
        rows = a.getCount();
        return shape;
      })
      .Case([](InverseFrequenciesAttr a) { return SmallVector<int64_t>{a.getHeadDim() / 2}; })
      .Default([](Attribute) { return SmallVector<int64_t>(); });
}

Value facet::rowsOf(Value value) {
  if (isa<RowsType>(value.getType()))
    return value;
  Operation *op = value.getDefiningOp();
  if (!op)
    return {};
  // An op that names its rows ranges over those; the others inherit from their operands.
  for (Value operand : op->getOperands())
    if (isa<RowsType>(operand.getType()))
      return operand;
  Value rows;
  for (Value operand : op->getOperands()) {
    Value found = rowsOf(operand);
    if (found && rows && found != rows)
      return {};
    if (found)
      rows = found;
  }
  return rows;
}
