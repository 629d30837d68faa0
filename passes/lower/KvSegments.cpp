#include "passes/lower/KvSegments.h"
#include "passes/lower/RowEmitter.h"

#include "runtime/abi.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::facet;

VisibleKeys facet::visibleKeys(KernelBuilder &b, int64_t window, Value set, Value row) {
  Value position = rows::position(b, set, row);
  if (!window)
    return {b.i64(0), b.add(position, 1)};
  Value low = b.max(b.sub(b.add(position, 1), b.i64(window)), b.i64(0));
  return {low, b.add(rows::lastVisible(b, set, row), 1)};
}

static constexpr int64_t kShift = llvm::ConstantLog2<FACET_KV_SEGMENT>();
static constexpr int64_t kEighths = 3; // log2 of the segments of each power of two

Value facet::segmentOf(KernelBuilder &b, int64_t window, Value position) {
  if (window)
    return b.div(position, FACET_KV_SEGMENT);
  // doublings = max(log2(position) - 3 - 8, 0)
  Value zeros = LLVM::CountLeadingZerosOp::create(
      b, b.getI64Type(), arith::OrIOp::create(b, position, b.i64(1)), /*is_zero_poison=*/false);
  Value doublings = b.max(b.sub(b.i64(63 - kEighths - kShift), zeros), b.i64(0));
  return b.add(b.mul(doublings, 1 << kEighths),
               arith::ShRUIOp::create(b, position, b.add(doublings, kShift)));
}

Value facet::segmentStart(KernelBuilder &b, int64_t window, Value segment) {
  if (window)
    return b.mul(segment, FACET_KV_SEGMENT);
  Value doublings = b.max(b.sub(b.div(segment, 1 << kEighths), b.i64(1)), b.i64(0));
  return arith::ShLIOp::create(b, b.sub(segment, b.mul(doublings, 1 << kEighths)), b.add(doublings, kShift));
}

AttentionParts::AttentionParts(KernelBuilder &b, AttentionPartsType type, Value base, Value set)
    : b(b), type(type), base(base) {
  split = b.lessEqual(rows::count(b, set), b.i64(FACET_SPLIT_ROWS));
  slots = b.select(split, b.i64(type.getSlots()), b.i64(1));
}

Value AttentionParts::at(Value row, Value slot, Value head) {
  Value index = b.add(b.mul(b.add(b.mul(row, slots), slot), type.getHeads()), head);
  return b.at(base, b.mul(index, stateBytes()));
}

StateSum facet::addStates(KernelBuilder &b, Value maximum0, Value sum0, Value maximum1, Value sum1) {
  Value maximum = b.fmax(maximum0, maximum1);
  Value before = b.exp(b.fsub(maximum0, maximum)), after = b.exp(b.fsub(maximum1, maximum));
  return {maximum, b.fma(sum1, after, b.fmul(sum0, before)), before, after};
}
