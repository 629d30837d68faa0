// Loads, loops and reductions of kernel bodies.
#include "passes/lower/KernelBuilder.h"

using namespace mlir;
using namespace mlir::facet;

Value KernelBuilder::constant(Type type, double value) {
  auto vector = dyn_cast<VectorType>(type);
  Type element = vector ? vector.getElementType() : type;
  auto attr = getFloatAttr(element, value);
  if (!vector)
    return arith::ConstantOp::create(*this, attr);
  return arith::ConstantOp::create(*this, DenseElementsAttr::get(vector, Attribute(attr)));
}

Value KernelBuilder::loadLanes(Value address, Type element) {
  auto type = VectorType::get({kLanes}, element);
  if (element.isF32())
    return load(type, address, 4);
  return arith::ExtFOp::create(*this, lanes(), load(type, address, 2));
}

void KernelBuilder::storeLanes(Value value, Value address, Type element) {
  if (element.isF32())
    return store(value, address, 4);
  store(roundToBf16(value), address, 2);
}

Value KernelBuilder::roundToBf16(Value value) {
  auto words = VectorType::get({kLanes}, getI32Type());
  auto splat = [&](int32_t v) {
    return arith::ConstantOp::create(*this, DenseElementsAttr::get(words, v)).getResult();
  };
  Value bits = arith::BitcastOp::create(*this, words, value);
  Value odd = arith::AndIOp::create(*this, arith::ShRUIOp::create(*this, bits, splat(16)), splat(1));
  Value rounded = add(bits, add(odd, splat(0x7fff)));
  return arith::TruncIOp::create(*this, VectorType::get({kLanes}, getI16Type()),
                                 arith::ShRUIOp::create(*this, rounded, splat(16)));
}

Value KernelBuilder::roundToInt(Value value, Value factor) {
  auto words = VectorType::get({kLanes}, getI32Type());
  Value bias = arith::ConstantOp::create(*this, DenseElementsAttr::get(words, int32_t(0x4b400000)));
  return sub(roundToLowBits(value, factor), bias);
}

/// Adding 1.5 * 2^23 rounds.
Value KernelBuilder::roundToLowBits(Value value, Value factor) {
  Value shifted = fma(value, factor, constant(lanes(), 12582912.0));
  return arith::BitcastOp::create(*this, VectorType::get({kLanes}, getI32Type()), shifted);
}

Value KernelBuilder::roundedToBf16(Value value) {
  Value rounded =
      arith::BitcastOp::create(*this, VectorType::get({kLanes}, getBF16Type()), roundToBf16(value));
  return arith::ExtFOp::create(*this, lanes(), rounded);
}

void KernelBuilder::loop(Value from, Value to, int64_t step, Body body) { loop(from, to, i64(step), body); }

void KernelBuilder::loop(Value from, Value to, Value step, Body body) {
  auto loop = scf::ForOp::create(*this, from, to, step);
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(loop.getBody());
  body(loop.getInductionVar());
}

SmallVector<Value> KernelBuilder::fold(Value from, Value to, int64_t step, ValueRange initial, Fold body) {
  auto loop = scf::ForOp::create(*this, from, to, i64(step), initial);
  {
    OpBuilder::InsertionGuard guard(*this);
    setInsertionPointToStart(loop.getBody());
    SmallVector<Value> next = body(loop.getInductionVar(), loop.getRegionIterArgs());
    if (!initial.empty())
      scf::YieldOp::create(*this, next);
  }
  return SmallVector<Value>(loop.getResults());
}

void KernelBuilder::when(Value condition, llvm::function_ref<void()> then) {
  auto op = scf::IfOp::create(*this, condition, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(op.thenBlock());
  then();
}

Value KernelBuilder::reduceLanes(Value vector, llvm::function_ref<Value(Value, Value)> combine) {
  for (int64_t apart = kLanes / 2; apart >= 1; apart /= 2) {
    SmallVector<int64_t> low(apart), high(apart);
    for (int64_t i = 0; i < apart; ++i)
      low[i] = i, high[i] = i + apart;
    Value a = vector::ShuffleOp::create(*this, vector, vector, low);
    Value b = vector::ShuffleOp::create(*this, vector, vector, high);
    vector = combine(a, b);
  }
  return vector::ExtractOp::create(*this, vector, ArrayRef<int64_t>{0});
}

Value KernelBuilder::sumLanes(Value vector) {
  return reduceLanes(vector, [&](Value a, Value b) { return fadd(a, b); });
}

Value KernelBuilder::maxLanes(Value vector) {
  return reduceLanes(vector, [&](Value a, Value b) { return fmax(a, b); });
}
