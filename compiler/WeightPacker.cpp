// Packing of weights. Values pass through f32, which holds f32 and bf16 exactly.
#include "compiler/WeightPacker.h"

#include "runtime/abi.h"

#include "llvm/ADT/TypeSwitch.h"

#include <bit>
#include <cmath>
#include <cstring>

using namespace mlir;
using namespace mlir::facet;

namespace {
constexpr size_t kBlockBytes = 8u << 20;

int64_t rowsOfMatrix(RankedTensorType type) {
  return type.getRank() < 2 ? 1 : type.getDimSize(type.getRank() - 2);
}
int64_t columnsOf(RankedTensorType type) { return type.getShape().back(); }
int64_t matricesOf(RankedTensorType type) {
  return type.getNumElements() / (rowsOfMatrix(type) * columnsOf(type));
}
bool isPanelled(RankedTensorType type) { return isa_and_nonnull<PanelAttr>(type.getEncoding()); }

int64_t rowsIn(Attribute recipe) {
  SmallVector<int64_t> shape = recipeShape(recipe);
  return shape.size() < 2 ? 1 : shape[shape.size() - 2];
}

/// Round to nearest even, as torch does.
uint16_t toBf16(float value) {
  uint32_t bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7fffffff) > 0x7f800000)
    return uint16_t(bits >> 16 | 0x40);
  return uint16_t((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

void put(char *to, float value, bool bf16) {
  if (bf16) {
    uint16_t half = toBf16(value);
    std::memcpy(to, &half, 2);
  } else {
    std::memcpy(to, &value, 4);
  }
}
} // namespace

llvm::Expected<std::unique_ptr<WeightPacker>> WeightPacker::open(llvm::ArrayRef<std::string> files) {
  auto reader = WeightReader::open(files);
  if (!reader)
    return reader.takeError();
  return std::unique_ptr<WeightPacker>(new WeightPacker(std::move(*reader)));
}

uint64_t WeightPacker::packedSize(RankedTensorType type) {
  int64_t rows = rowsOfMatrix(type);
  if (isPanelled(type))
    rows = (rows + FACET_PANEL - 1) / FACET_PANEL * FACET_PANEL;
  return uint64_t(matricesOf(type)) * rows * columnsOf(type) * type.getElementTypeBitWidth() / 8;
}

WeightPacker::RowSource WeightPacker::locate(Attribute recipe, int64_t matrix, int64_t row) const {
  if (auto source = dyn_cast<SourceAttr>(recipe))
    return {source, matrix * rowsIn(recipe) + row};
  if (auto slice = dyn_cast<SliceRowsAttr>(recipe))
    return locate(slice.getPart(), matrix, row + slice.getFirst());
  if (auto interleave = dyn_cast<InterleaveAttr>(recipe)) {
    int64_t run = interleave.getRows(), parts = interleave.getParts().size();
    return locate(interleave.getParts()[row / run % parts], matrix, row / (run * parts) * run + row % run);
  }
  for (Attribute part : cast<ConcatAttr>(recipe).getParts()) {
    if (row < rowsIn(part))
      return locate(part, matrix, row);
    row -= rowsIn(part);
  }
  return {};
}

static void inverseFrequencies(InverseFrequenciesAttr recipe, llvm::MutableArrayRef<float> out) {
  // As transformers computes them: the exponent and the power in f32.
  float theta = recipe.getTheta().getValueAsDouble(), factor = recipe.getFactor().getValueAsDouble();
  for (auto [j, value] : llvm::enumerate(out)) {
    float exponent = float(2 * j) / float(recipe.getHeadDim());
    value = int64_t(j) < recipe.getRotated()
                ? 1.0f / float(std::pow(double(theta), double(exponent))) / factor
                : 0.0f;
  }
}

llvm::Error WeightPacker::readRow(Attribute recipe, int64_t matrix, int64_t row,
                                  llvm::MutableArrayRef<float> out) {
  if (auto frequencies = dyn_cast<InverseFrequenciesAttr>(recipe)) {
    inverseFrequencies(frequencies, out);
    return llvm::Error::success();
  }
  RowSource from = locate(recipe, matrix, row);
  return reader->readRow(from.source, from.row, out);
}

/// [K][32] elements a panel; in bf16, columns j and j + 16 share a word.
llvm::Error WeightPacker::packPanels(WeightOp weight, RankedTensorType type, const Sink &sink) {
  int64_t rows = rowsOfMatrix(type), columns = columnsOf(type);
  bool bf16 = type.getElementType().isBF16();
  size_t size = bf16 ? 2 : 4;
  std::vector<float> row(columns);
  std::vector<char> panel(columns * FACET_PANEL * size);
  for (int64_t matrix = 0; matrix < matricesOf(type); ++matrix)
    for (int64_t first = 0; first < rows; first += FACET_PANEL) {
      std::fill(panel.begin(), panel.end(), 0);
      for (int64_t j = 0; j < std::min<int64_t>(FACET_PANEL, rows - first); ++j) {
        if (llvm::Error error = readRow(weight.getRecipe(), matrix, first + j, row))
          return error;
        int64_t slot = bf16 ? j % 16 * 2 + j / 16 : j;
        for (int64_t k = 0; k < columns; ++k)
          put(&panel[(k * FACET_PANEL + slot) * size], row[k], bf16);
      }
      if (llvm::Error error = sink(panel))
        return error;
    }
  return llvm::Error::success();
}

llvm::Error WeightPacker::packRows(WeightOp weight, RankedTensorType type, const Sink &sink) {
  int64_t rows = rowsOfMatrix(type), columns = columnsOf(type);
  bool bf16 = type.getElementType().isBF16();
  size_t size = bf16 ? 2 : 4, rowBytes = columns * size;
  std::vector<float> row(columns);
  std::vector<char> block;
  block.reserve(kBlockBytes + rowBytes);
  for (int64_t matrix = 0; matrix < matricesOf(type); ++matrix)
    for (int64_t r = 0; r < rows; ++r) {
      if (llvm::Error error = readRow(weight.getRecipe(), matrix, r, row))
        return error;
      size_t at = block.size();
      block.resize(at + rowBytes);
      for (int64_t k = 0; k < columns; ++k)
        put(&block[at + k * size], row[k], bf16);
      if (block.size() < kBlockBytes)
        continue;
      if (llvm::Error error = sink(block))
        return error;
      block.clear();
    }
  return block.empty() ? llvm::Error::success() : sink(block);
}

llvm::Error WeightPacker::pack(WeightOp weight, const Sink &sink) {
  auto type = cast<RankedTensorType>(weight.getType());
  return isPanelled(type) ? packPanels(weight, type, sink) : packRows(weight, type, sink);
}
