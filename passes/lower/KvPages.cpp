#include "passes/lower/KvPages.h"

#include "runtime/abi.h"

using namespace mlir;
using namespace mlir::facet;

namespace {
constexpr int64_t kLine = 64;
constexpr int64_t kScaleRow = FACET_KV_BLOCK * 2; // scales of 16 positions
} // namespace

KvLayout::KvLayout(KvType type)
    : type(type), element(type.getElement()), depths(element.isF32()    ? 1
                                                     : element.isBF16() ? 2
                                                                        : 4),
      dim(type.getHeadDim()), sideBytes(dim * kLine / depths),
      scaleBytes(isQuantized(element) ? dim / kQuantGroup * kScaleRow : 0) {}

KvLayout KvLayout::in(Type element) const {
  return KvLayout(KvType::get(type.getContext(), type.getWindow(), type.getHeads(), dim, element));
}

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
        Value scales = b.at(head, b.add(b.mul(b.div(column, kQuantGroup), kScaleRow), b.mul(slot, 2)));
        writeGroup(column, key, b.at(scales, 2 * layout.sideBytes), &PositionWriter::storeKey);
        writeGroup(column, value, b.at(scales, 2 * layout.sideBytes + layout.scaleBytes),
                   &PositionWriter::storeValue);
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

/// Turns lines of q8 into lines of f32 or of bf16 pairs.
class BlockUnpacker {
public:
  BlockUnpacker(KernelBuilder &b, const KvLayout &layout, const KvLayout &lines, Value head, Value to,
                Value ahead)
      : b(b), layout(layout), lines(lines), head(head), to(to), ahead(ahead) {}

  /// Lanes are positions: each has its scale.
  void keys() {
    constexpr int64_t kGroupLines = kQuantGroup / 4;
    b.loop(0, layout.keyLines(), kGroupLines, [&](Value first) {
      Value scale = widened(b.load(halves(), scaleAt(2 * layout.sideBytes, b.div(first, kGroupLines)), 2));
      for (int64_t i = 0; i < kGroupLines; ++i) {
        Value offset = b.mul(b.add(first, i), kLine);
        unpack(offset, {scale, scale, scale, scale}, b.at(to, b.mul(offset, 4 / lines.depths)), kLine);
      }
    });
  }

  /// Lanes are columns: each of the four positions of a line has its scale.
  void values() {
    int64_t scales = 2 * layout.sideBytes + layout.scaleBytes;
    b.loop(0, layout.valueLines(), 1, [&](Value line) {
      Value from = b.mul(line, layout.valueStride()),
            into = b.at(to, b.add(b.mul(from, 4 / lines.depths), b.i64(lines.sideBytes)));
      b.loop(0, layout.dim, kQuantGroup, [&](Value column) {
        Value row = b.at(scaleAt(scales, b.div(column, kQuantGroup)), b.mul(line, 8));
        SmallVector<Value, 4> of;
        for (int64_t i = 0; i < 4; ++i)
          of.push_back(
              widened(vector::BroadcastOp::create(b, halves(), b.load(b.getF16Type(), b.at(row, 2 * i), 2))));
        for (int64_t half : {int64_t(0), kLine}) {
          Value offset = b.add(b.mul(column, 4), half);
          unpack(b.add(b.add(from, layout.sideBytes), offset), of, b.at(into, offset), lines.valueStride());
        }
      });
    });
  }

private:
  VectorType halves() { return VectorType::get({kLanes}, b.getF16Type()); }
  Value widened(Value halves) { return arith::ExtFOp::create(b, b.lanes(), halves); }
  Value scaleAt(int64_t scales, Value group) { return b.at(head, b.add(b.mul(group, kScaleRow), scales)); }

  /// The line at `offset` of the head becomes `4 / lines.depths` lines from `address` on.
  void unpack(Value offset, ArrayRef<Value> scales, Value address, int64_t stride) {
    auto words = VectorType::get({kLanes}, b.getI32Type());
    auto splat = [&](int32_t v) {
      return arith::ConstantOp::create(b, DenseElementsAttr::get(words, v)).getResult();
    };
    b.prefetch(b.at(ahead, offset));
    Value all = b.load(words, b.at(head, offset), kLine);
    SmallVector<Value, 4> numbers;
    for (int32_t i = 0; i < 4; ++i) {
      Value top = i < 3 ? arith::ShLIOp::create(b, all, splat(24 - 8 * i)).getResult() : all;
      Value integer = arith::ShRSIOp::create(b, top, splat(24));
      numbers.push_back(b.fmul(arith::SIToFPOp::create(b, b.lanes(), integer), scales[i]));
    }
    if (lines.element.isF32())
      for (int64_t i = 0; i < 4; ++i)
        b.store(numbers[i], b.at(address, i * stride), kLine);
    else
      for (int64_t i = 0; i < 2; ++i)
        b.store(pairs(numbers[2 * i], numbers[2 * i + 1]), b.at(address, i * stride), kLine);
  }

  Value pairs(Value low, Value high) {
    auto bf16 = VectorType::get({kLanes}, b.getBF16Type());
    return vector::InterleaveOp::create(b, arith::TruncFOp::create(b, bf16, low),
                                        arith::TruncFOp::create(b, bf16, high));
  }

  KernelBuilder &b;
  const KvLayout &layout, &lines;
  Value head, to, ahead;
};

} // namespace

void facet::storeKeyAndValue(KernelBuilder &b, const KvLayout &layout, Value head, Value position,
                             ReadColumns key, ReadColumns value) {
  PositionWriter(b, layout, head, position).write(key, value);
}

void facet::unpackBlock(KernelBuilder &b, const KvLayout &layout, const KvLayout &lines, Value head, Value to,
                        Value ahead) {
  BlockUnpacker unpacker(b, layout, lines, head, to, ahead);
  unpacker.keys();
  unpacker.values();
}
