// Packing of weights. Values pass through f32, which holds f32 and bf16 exactly.
#include "compiler/WeightPacker.h"

#include "compiler/RowEncoder.h"

#include "ir/Storage.h"
#include "runtime/abi.h"

#include "llvm/Support/Parallel.h"

#include <atomic>
#include <cmath>

using namespace mlir;
using namespace mlir::facet;

namespace {
/// Of rows in f32 that are encoded together: enough slabs for all threads.
constexpr int64_t kBatchBytes = 32 << 20;

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
} // namespace

llvm::Expected<std::unique_ptr<WeightPacker>> WeightPacker::open(llvm::ArrayRef<std::string> files,
                                                                 llvm::StringRef importance) {
  auto reader = WeightReader::open(files);
  if (!reader)
    return reader.takeError();
  std::unique_ptr<WeightPacker> packer(new WeightPacker(std::move(*reader)));
  if (importance.empty())
    return packer;
  auto moments = Importance::open(importance);
  if (!moments)
    return moments.takeError();
  packer->importance = std::move(*moments);
  return packer;
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

/// A batch of rows is read by one thread, then encoded slab by slab on all.
llvm::Error WeightPacker::packMatrix(WeightOp weight, int64_t matrix, const RowEncoder &encoder,
                                     const Sink &sink) {
  auto type = cast<RankedTensorType>(weight.getType());
  int64_t rows = rowsOfMatrix(type), columns = columnsOf(type), slabBytes = encoder.bytes(FACET_PANEL);
  int64_t slabs = std::max<int64_t>(1, kBatchBytes / (FACET_PANEL * columns * int64_t(sizeof(float))));
  int64_t batch = std::min(slabs * FACET_PANEL, rows);
  values.resize(batch * columns);
  packed.resize((batch + FACET_PANEL - 1) / FACET_PANEL * slabBytes);
  for (int64_t first = 0; first < rows; first += batch) {
    int64_t count = std::min(batch, rows - first);
    for (int64_t r = 0; r < count; ++r)
      if (llvm::Error error = readRow(weight.getRecipe(), matrix, first + r,
                                      llvm::MutableArrayRef(values).slice(r * columns, columns)))
        return error;
    std::atomic<bool> good = true;
    std::atomic<int64_t> size = 0;
    llvm::parallelFor(0, (count + FACET_PANEL - 1) / FACET_PANEL, [&](size_t slab) {
      int64_t begin = slab * FACET_PANEL, taken = std::min<int64_t>(FACET_PANEL, count - begin);
      llvm::MutableArrayRef<char> out =
          llvm::MutableArrayRef(packed).slice(slab * slabBytes, encoder.bytes(taken));
      if (!encoder.encode(llvm::ArrayRef(values).slice(begin * columns, taken * columns), out))
        good = false;
      size += out.size();
    });
    if (!good)
      return llvm::createStringError("weight '" + weight.getSymName() + "': rows " + llvm::Twine(first) +
                                     " to " + llvm::Twine(first + count - 1) + " hold a value that " +
                                     storageName(type.getElementType()) +
                                     " cannot store: expected numbers of at most 65504");
    if (llvm::Error error = sink(llvm::ArrayRef(packed).take_front(size)))
      return error;
  }
  return llvm::Error::success();
}

llvm::Error WeightPacker::pack(WeightOp weight, const Sink &sink) {
  auto type = cast<RankedTensorType>(weight.getType());
  bool informed = importance && isPanelled(type) && isQuantized(type.getElementType());
  for (int64_t matrix = 0; matrix < matricesOf(type); ++matrix) {
    std::optional<SecondMoments> moments;
    if (informed) {
      auto read = importance->read(weight.getSymName(), type, matrix);
      if (!read)
        return read.takeError();
      moments = std::move(*read);
    }
    auto encoder = RowEncoder::create(type, moments ? &*moments : nullptr);
    if (!encoder)
      return encoder.takeError();
    if (llvm::Error error = packMatrix(weight, matrix, *encoder, sink))
      return error;
  }
  return llvm::Error::success();
}
