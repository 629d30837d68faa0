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

/// Counts of a type are at most this, so that verifiers can multiply them.
static constexpr int64_t kMost = 65536;
static bool isCount(int64_t n) { return n >= 1 && n <= kMost; }

LogicalResult KvType::verify(function_ref<InFlightDiagnostic()> emitError, int64_t window, int64_t heads,
                             int64_t headDim, Type element) {
  if (window < 0)
    return emitError() << "expects a window of 0 (none) or more, got " << window;
  if (!isCount(heads) || !isCount(headDim) || headDim % 32)
    return emitError() << "expects 1 to " << kMost << " heads and a head_dim that is a multiple of 32, got "
                       << heads << " and " << headDim;
  if (!element.isF32() && !element.isBF16() && !isa<Q8Type>(element))
    return emitError() << "expects f32, bf16 or !facet.q8 elements, got " << element;
  return success();
}

LogicalResult ExpertPlanType::verify(function_ref<InFlightDiagnostic()> emitError, int64_t experts,
                                     int64_t choices) {
  if (!isCount(experts) || choices < 1 || choices > experts)
    return emitError() << "expects 1 to " << kMost << " experts and as many choices at most, got " << choices
                       << " of " << experts;
  return success();
}

LogicalResult AttentionPartsType::verify(function_ref<InFlightDiagnostic()> emitError, int64_t window,
                                         int64_t slots, int64_t heads, int64_t headDim) {
  if (window < 0 || !isCount(slots) || !isCount(heads) || !isCount(headDim))
    return emitError() << "expects a window of 0 or more and 1 to " << kMost
                       << " slots, heads and columns, got " << window << ", " << slots << ", " << heads
                       << " and " << headDim;
  return success();
}

LogicalResult TargetAttr::verify(function_ref<InFlightDiagnostic()> emitError, StringAttr, int64_t vectorBits,
                                 int64_t registers, int64_t rowTile, int64_t quantRowTile, StringAttr dot,
                                 bool, bool) {
  if (!llvm::is_contained({128, 256, 512}, vectorBits) || registers < 8 || registers > 1024)
    return emitError() << "expects 8 to 1024 registers of 128, 256 or 512 bits, got " << registers << " of "
                       << vectorBits;
  if (rowTile < 1 || rowTile > 64 || quantRowTile < 1 || quantRowTile > 64)
    return emitError() << "expects micro-kernels of 1 to 64 rows, got " << rowTile << " and " << quantRowTile;
  if (dot != "maddubs" && dot != "vnni")
    return emitError() << "expects dot products by \"maddubs\" or \"vnni\", got " << dot;
  return success();
}

LogicalResult ScheduleAttr::verify(function_ref<InFlightDiagnostic()> emitError, int64_t rowTile,
                                   int64_t unroll, int64_t thinUnroll, int64_t prefetch) {
  if (rowTile < 0 || rowTile > 64 || unroll < 0 || unroll > 64 || thinUnroll < 0 || thinUnroll > 64)
    return emitError() << "expects tiles and unrolls of 0 to 64, got " << rowTile << ", " << unroll << " and "
                       << thinUnroll;
  if (prefetch < 0 || prefetch > 65536)
    return emitError() << "expects a prefetch of 0 to 65536 bytes ahead, got " << prefetch;
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

/// The dimension that recipes cut and stack: the second-to-last, or the only one.
static int64_t &rowsOfShape(SmallVector<int64_t> &shape) {
  return shape[shape.size() < 2 ? 0 : shape.size() - 2];
}

/// Empty unless every dimension can be a weight's and the file index and offset can be one.
static SmallVector<int64_t> sourceShape(SourceAttr source) {
  bool sound = llvm::all_of(source.getShape(), [](int64_t n) { return n > 0 && n <= INT32_MAX; });
  if (!sound || source.getFile() < 0 || source.getOffset() < 0)
    return {};
  return SmallVector<int64_t>(source.getShape());
}

/// Parts take turns, `rows` rows each: they must be alike, and a whole number of turns long.
static SmallVector<int64_t> interleavedShape(InterleaveAttr interleave) {
  SmallVector<int64_t> first;
  for (Attribute part : interleave.getParts()) {
    SmallVector<int64_t> shape = recipeShape(part);
    if (shape.empty() || (!first.empty() && shape != first))
      return {};
    first = shape;
  }
  if (first.empty() || interleave.getRows() < 1 || rowsOfShape(first) % interleave.getRows())
    return {};
  return stackRows(interleave.getParts());
}

static SmallVector<int64_t> slicedShape(SliceRowsAttr slice) {
  SmallVector<int64_t> shape = recipeShape(slice.getPart());
  if (shape.empty())
    return {};
  int64_t &rows = rowsOfShape(shape), first = slice.getFirst(), count = slice.getCount();
  if (first < 0 || count < 1 || first > rows || count > rows - first)
    return {};
  rows = count;
  return shape;
}

/// Positive theta and factor, and no more rotated pairs than the head has.
static SmallVector<int64_t> frequenciesShape(InverseFrequenciesAttr a) {
  int64_t pairs = a.getHeadDim() / 2;
  bool positive = a.getTheta().getValueAsDouble() > 0 && a.getFactor().getValueAsDouble() > 0;
  if (!positive || a.getHeadDim() < 2 || a.getHeadDim() % 2 || a.getRotated() < 0 || a.getRotated() > pairs)
    return {};
  return {pairs};
}

SmallVector<int64_t> facet::recipeShape(Attribute recipe) {
  return llvm::TypeSwitch<Attribute, SmallVector<int64_t>>(recipe)
      .Case([](SourceAttr a) { return sourceShape(a); })
      .Case([](ConcatAttr a) { return stackRows(a.getParts()); })
      .Case([](InterleaveAttr a) { return interleavedShape(a); })
      .Case([](SliceRowsAttr a) { return slicedShape(a); })
      .Case([](InverseFrequenciesAttr a) { return frequenciesShape(a); })
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
  for (Value operand : op->getOperands())
    if (Value rows = rowsOf(operand))
      return rows;
  return {};
}
