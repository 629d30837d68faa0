// Packing of weights. Values pass through f32, which holds f32 and bf16 exactly.
#include "compiler/WeightPacker.h"

#include "compiler/RowEncoder.h"

#include "ir/Storage.h"
#include "runtime/abi.h"

#include "llvm/Support/Parallel.h"

#include <atomic>
#include <cmath>
#include <future>

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

llvm::Error WeightPacker::readRows(Attribute recipe, int64_t matrix, int64_t first,
                                   llvm::MutableArrayRef<float> out, int64_t columns) {
  for (; !out.empty(); out = out.drop_front(columns))
    if (llvm::Error error = readRow(recipe, matrix, first++, out.take_front(columns)))
      return error;
  return llvm::Error::success();
}

/// Slab by slab on all cores. `packed` is then as long as what `rows` became; false as RowEncoder::encode.
static bool encodeRows(const RowEncoder &encoder, llvm::ArrayRef<float> rows, int64_t columns,
                       std::vector<char> &packed) {
  int64_t slab = FACET_PANEL * columns, whole = rows.size() / slab, rest = rows.size() % slab / columns;
  packed.resize(whole * encoder.bytes(FACET_PANEL) + (rest ? encoder.bytes(rest) : 0));
  std::atomic<bool> good = true;
  llvm::parallelFor(0, whole + (rest != 0), [&](size_t i) {
    llvm::ArrayRef<float> in = rows.drop_front(i * slab).take_front(slab);
    llvm::MutableArrayRef<char> out(packed);
    out = out.drop_front(i * encoder.bytes(FACET_PANEL)).take_front(encoder.bytes(in.size() / columns));
    if (!encoder.encode(in, out))
      good = false;
  });
  return good;
}

/// The next batch of rows is read while this one is encoded and handed on.
llvm::Error WeightPacker::packMatrix(WeightOp weight, int64_t matrix, const RowEncoder &encoder,
                                     const Sink &sink) {
  auto type = cast<RankedTensorType>(weight.getType());
  int64_t rows = rowsOfMatrix(type), columns = columnsOf(type);
  int64_t slabs = std::max<int64_t>(1, kBatchBytes / (FACET_PANEL * columns * int64_t(sizeof(float))));
  int64_t batch = std::min(slabs * FACET_PANEL, rows);
  std::vector<float> values, ahead;
  std::vector<char> packed;
  auto read = [&](int64_t first) {
    ahead.resize(std::min(batch, rows - first) * columns);
    return std::async(std::launch::async, &WeightPacker::readRows, this, weight.getRecipe(), matrix, first,
                      llvm::MutableArrayRef(ahead), columns);
  };
  auto encode = [&](int64_t first) -> llvm::Error {
    if (encodeRows(encoder, values, columns, packed))
      return sink(packed);
    return llvm::createStringError("weight '" + weight.getSymName() + "': rows from " + llvm::Twine(first) +
                                   " on hold a value that " + storageName(type.getElementType()) +
                                   " cannot store: expected numbers of at most 65504");
  };
  std::future<llvm::Error> next = read(0);
  for (int64_t first = 0; first < rows; first += batch) {
    if (llvm::Error error = next.get())
      return error;
    values.swap(ahead);
    bool last = first + batch >= rows;
    if (!last)
      next = read(first + batch);
    if (llvm::Error error = encode(first))
      return last ? std::move(error) : llvm::joinErrors(std::move(error), next.get());
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
