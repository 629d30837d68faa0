#include "passes/lower/KvPages.h"

using namespace mlir;
using namespace mlir::facet;

static constexpr int64_t kLine = 64;

KvLayout::KvLayout(KvType type)
    : type(type), element(type.getElement()), depths(element.isF32()    ? 1
                                                     : element.isBF16() ? 2
                                                                        : 4),
      dim(type.getHeadDim()), sideBytes(dim * kLine / depths),
      scaleBytes(isQuantized(element) ? dim / kQuantGroup * kScaleRow : 0) {}

int64_t KvLayout::valueLines() const { return FACET_KV_BLOCK / depths; }

Value facet::kvBlockAddress(KernelBuilder &b, Value view, const KvLayout &layout, Value sequence,
                            Value position) {
  Value base = b.loadPointer(view, 0), pageBytes = b.loadI64(b.at(view, 8)),
        shift = b.loadI64(b.at(view, 16));
  Value tables = b.loadPointer(view, 24), stride = b.loadI64(b.at(view, 32));
  Value page = arith::ShRUIOp::create(b, position, shift);
  Value physical = b.loadI32(b.at(tables, b.mul(b.add(b.mul(sequence, stride), page), 4)));
  Value inPage = b.sub(position, arith::ShLIOp::create(b, page, shift));
  return b.at(base,
              b.add(b.mul(physical, pageBytes), b.mul(b.div(inPage, FACET_KV_BLOCK), layout.blockBytes())));
}

namespace {

/// Writes one position of one head. The rest of a value's word may be another worker's.
class PositionWriter {
public:
  PositionWriter(KernelBuilder &b, const KvLayout &layout, Value head, Value position)
      : b(b), layout(layout), head(head), slot(b.rem(position, FACET_KV_BLOCK)) {
    Value line = b.mul(b.div(slot, layout.depths), layout.valueStride());
    values =
        b.at(b.at(head, layout.sideBytes), b.add(line, b.mul(b.rem(slot, layout.depths), 4 / layout.depths)));
  }

  void write(ReadColumns key, ReadColumns value) {
    if (layout.quantized())
      b.loop(0, layout.dim, kQuantGroup, [&](Value column) {
        Value scales =
            b.at(head, b.add(b.mul(b.div(column, kQuantGroup), KvLayout::kScaleRow), b.mul(slot, 2)));
        writeGroup(column, key, b.at(scales, layout.keyScales()), &PositionWriter::storeKey);
        writeGroup(column, value, b.at(scales, layout.valueScales()), &PositionWriter::storeValue);
      });
    else
      b.loop(0, layout.dim, kLanes, [&](Value column) {
        storeKey(column, stored(key(column)));
        storeValue(column, stored(value(column)));
      });
  }

private:
  using Store = void (PositionWriter::*)(Value column, Value elements);

  Value stored(Value lanes) { return layout.element.isF32() ? lanes : b.roundToBf16(lanes); }

  /// 32 columns: scale = largest magnitude / 127 in f16, integers to nearest even, held to [-127, 127] where
  /// f16 has few bits or none left.
  void writeGroup(Value column, ReadColumns read, Value scaleAddress, Store store) {
    constexpr float kLargestF16 = 65504.0f;
    Value next = b.add(column, kLanes), low = read(column), high = read(next);
    auto magnitude = [&](Value v) { return LLVM::FAbsOp::create(b, b.lanes(), v).getResult(); };
    Value largest = b.maxLanes(b.fmax(magnitude(low), magnitude(high)));
    Value scale = arith::TruncFOp::create(b, b.getF16Type(),
                                          b.fmin(b.fdiv(largest, b.f32(127.0f)), b.f32(kLargestF16)));
    b.store(scale, scaleAddress, 2);
    Value wide = arith::ExtFOp::create(b, b.getF32Type(), scale), zero = b.f32(0.0f);
    Value some = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, wide, zero);
    Value inverse = b.splat(b.select(some, b.fdiv(b.f32(1.0f), wide), zero));
    (this->*store)(column, integers(low, inverse));
    (this->*store)(next, integers(high, inverse));
  }

  Value integers(Value lanes, Value inverse) {
    auto words = VectorType::get({kLanes}, b.getI32Type());
    auto splat = [&](int32_t v) {
      return arith::ConstantOp::create(b, DenseElementsAttr::get(words, v)).getResult();
    };
    Value held = b.max(b.min(b.roundToInt(lanes, inverse), splat(127)), splat(-127));
    return arith::TruncIOp::create(b, VectorType::get({kLanes}, b.getI8Type()), held);
  }

  /// Whole words: dimensions are neighbours.
  void storeKey(Value column, Value elements) {
    int64_t count = kLanes / layout.depths;
    Value words = LLVM::BitcastOp::create(b, VectorType::get({count}, b.getI32Type()), elements);
    for (int64_t i = 0; i < count; ++i)
      b.store(
          vector::ExtractOp::create(b, words, i),
          b.at(head, b.mul(b.add(b.mul(b.add(b.div(column, layout.depths), i), FACET_KV_BLOCK), slot), 4)));
  }

  void storeValue(Value column, Value elements) {
    Value to = b.at(values, b.mul(column, 4));
    if (layout.depths == 1)
      return b.store(elements, to);
    for (int64_t i = 0; i < kLanes; ++i)
      b.store(vector::ExtractOp::create(b, elements, i), b.at(to, 4 * i), 4 / layout.depths);
  }

  KernelBuilder &b;
  const KvLayout &layout;
  Value head, slot, values;
};

} // namespace

void facet::storeKeyAndValue(KernelBuilder &b, const KvLayout &layout, Value head, Value position,
                             ReadColumns key, ReadColumns value) {
  PositionWriter(b, layout, head, position).write(key, value);
}
