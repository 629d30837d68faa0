#include "ir/Storage.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::facet;

namespace {
/// In the order of their codes.
constexpr llvm::StringLiteral kNames[] = {"f32", "bf16", "q8", "q4"};
constexpr int64_t kScaleBytes = 2;
} // namespace

bool facet::isQuantized(Type element) { return isa<Q8Type, Q4Type>(element); }

unsigned facet::storageCode(Type element) {
  return element.isF32() ? 0 : element.isBF16() ? 1 : isa<Q8Type>(element) ? 2 : 3;
}

llvm::StringRef facet::storageName(Type element) { return kNames[storageCode(element)]; }

Type facet::storageNamed(MLIRContext *context, llvm::StringRef name) {
  for (Type type : {Type(Float32Type::get(context)), Type(BFloat16Type::get(context)),
                    Type(Q8Type::get(context)), Type(Q4Type::get(context))})
    if (storageName(type) == name)
      return type;
  return {};
}

int64_t facet::storedBytes(Type element, int64_t columns) {
  if (!isQuantized(element))
    return columns * element.getIntOrFloatBitWidth() / 8;
  return columns / kQuantGroup * (kQuantGroup * (isa<Q8Type>(element) ? 8 : 4) / 8 + kScaleBytes);
}

int64_t facet::storedBytes(RankedTensorType type) {
  int64_t rows = type.getRank() < 2 ? 1 : type.getDimSize(type.getRank() - 2),
          columns = type.getShape().back();
  int64_t matrices = type.getNumElements() / (rows * columns);
  if (auto panel = dyn_cast_or_null<PanelAttr>(type.getEncoding()))
    rows = llvm::alignTo(rows, panel.getRows());
  return matrices * rows * storedBytes(type.getElementType(), columns);
}
