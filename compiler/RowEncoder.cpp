#include "compiler/RowEncoder.h"

#include "compiler/QuantizedLayout.h"

#include "ir/Storage.h"
#include "runtime/abi.h"

#include <bit>
#include <cstring>

using namespace mlir;
using namespace mlir::facet;

static Grid gridOf(Type element) { return isa<Q8Type>(element) ? Grid::q8 : Grid::q4; }

/// Round to nearest even, as torch does.
static uint16_t toBf16(float value) {
  uint32_t bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7fffffff) > 0x7f800000)
    return uint16_t(bits >> 16 | 0x40);
  return uint16_t((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

RowEncoder::RowEncoder(RankedTensorType type)
    : element(type.getElementType()), columns(type.getShape().back()),
      panelled(isa_and_nonnull<PanelAttr>(type.getEncoding())) {}

llvm::Expected<RowEncoder> RowEncoder::create(RankedTensorType type, const SecondMoments *moments) {
  RowEncoder encoder(type);
  if (!moments)
    return encoder;
  auto feedback = FeedbackRounder::create(gridOf(encoder.element), *moments);
  if (!feedback)
    return feedback.takeError();
  encoder.feedback = std::move(*feedback);
  return encoder;
}

int64_t RowEncoder::bytes(int64_t rows) const {
  return (panelled ? FACET_PANEL : rows) * storedBytes(element, columns);
}

bool RowEncoder::encode(llvm::ArrayRef<float> rows, llvm::MutableArrayRef<char> slab) const {
  if (isQuantized(element))
    return encodeQuantized(rows, slab);
  encodeFloats(rows, slab);
  return true;
}

/// A panel is [columns][32] elements; in bf16, rows j and j + 16 share a word.
void RowEncoder::encodeFloats(llvm::ArrayRef<float> rows, llvm::MutableArrayRef<char> slab) const {
  bool bf16 = element.isBF16();
  int64_t size = bf16 ? 2 : 4, count = rows.size() / columns;
  if (count < FACET_PANEL)
    std::fill(slab.begin(), slab.end(), 0); // rows that a panel lacks
  for (int64_t r = 0; r < count; ++r) {
    int64_t slot = bf16 ? r % 16 * 2 + r / 16 : r;
    char *to = slab.data() + size * (panelled ? slot : r * columns);
    for (int64_t k = 0; k < columns; ++k, to += size * (panelled ? FACET_PANEL : 1)) {
      float value = rows[r * columns + k];
      uint16_t half = toBf16(value);
      bf16 ? std::memcpy(to, &half, 2) : std::memcpy(to, &value, 4);
    }
  }
}

bool RowEncoder::encodeQuantized(llvm::ArrayRef<float> rows, llvm::MutableArrayRef<char> slab) const {
  Grid grid = gridOf(element);
  int64_t count = rows.size() / columns, groups = columns / kQuantGroup;
  std::vector<int8_t> values(rows.size());
  std::vector<uint16_t> scales(count * groups);
  auto row = [&](auto list, int64_t r) {
    int64_t size = list.size() / count;
    return list.slice(r * size, size);
  };
  llvm::MutableArrayRef<int8_t> allValues(values);
  llvm::MutableArrayRef<uint16_t> allScales(scales);
  if (feedback) {
    if (!feedback->round(rows, allValues, allScales))
      return false;
  } else {
    for (int64_t r = 0; r < count; ++r)
      if (!roundRow(grid, row(rows, r), {}, row(allValues, r), row(allScales, r)))
        return false;
  }
  if (panelled) {
    packQuantizedPanel(grid, columns, values, scales, slab);
    return true;
  }
  for (int64_t r = 0; r < count; ++r)
    packQuantizedRow(grid, row(allValues, r), row(allScales, r), row(slab, r));
  return true;
}
