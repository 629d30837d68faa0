// Builds the body of a kernel: addresses as LLVM pointers, sizes as i64, values as vectors of 16 f32 lanes.
//
// 16 lanes are the same on every target (two registers of AVX2, one of AVX-512), and every fused
// multiply-add is written out: that is what makes results equal to the bit across ISA levels.
#pragma once

#include "ir/Facet.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::facet {

constexpr int64_t kLanes = 16;

class KernelBuilder : public ImplicitLocOpBuilder {
public:
  using ImplicitLocOpBuilder::ImplicitLocOpBuilder;

  Type ptr() { return LLVM::LLVMPointerType::get(getContext()); }
  VectorType lanes() { return VectorType::get({kLanes}, getF32Type()); }

  Value i64(int64_t value) { return arith::ConstantOp::create(*this, getI64IntegerAttr(value)); }
  Value i32(int32_t value) { return arith::ConstantOp::create(*this, getI32IntegerAttr(value)); }
  Value f32(float value) { return arith::ConstantOp::create(*this, getF32FloatAttr(value)); }
  Value f64(double value) { return arith::ConstantOp::create(*this, getF64FloatAttr(value)); }
  /// A constant of `type`, a scalar or vector of floats.
  Value constant(Type type, double value);
  Value splat(Value scalar) { return vector::BroadcastOp::create(*this, lanes(), scalar); }

  Value add(Value a, Value b) { return arith::AddIOp::create(*this, a, b); }
  Value add(Value a, int64_t b) { return b ? add(a, i64(b)) : a; }
  Value sub(Value a, Value b) { return arith::SubIOp::create(*this, a, b); }
  Value mul(Value a, Value b) { return arith::MulIOp::create(*this, a, b); }
  Value mul(Value a, int64_t b) { return b == 1 ? a : mul(a, i64(b)); }
  Value div(Value a, int64_t b) { return b == 1 ? a : arith::DivUIOp::create(*this, a, i64(b)).getResult(); }
  Value div(Value a, Value b) { return arith::DivUIOp::create(*this, a, b); }
  Value rem(Value a, int64_t b) { return arith::RemUIOp::create(*this, a, i64(b)); }
  Value rem(Value a, Value b) { return arith::RemUIOp::create(*this, a, b); }
  Value min(Value a, Value b) { return arith::MinSIOp::create(*this, a, b); }
  Value max(Value a, Value b) { return arith::MaxSIOp::create(*this, a, b); }
  Value less(Value a, Value b) { return arith::CmpIOp::create(*this, arith::CmpIPredicate::slt, a, b); }
  Value lessEqual(Value a, Value b) { return arith::CmpIOp::create(*this, arith::CmpIPredicate::sle, a, b); }
  Value select(Value c, Value a, Value b) { return arith::SelectOp::create(*this, c, a, b); }

  Value fadd(Value a, Value b) { return arith::AddFOp::create(*this, a, b); }
  Value fsub(Value a, Value b) { return arith::SubFOp::create(*this, a, b); }
  Value fmul(Value a, Value b) { return arith::MulFOp::create(*this, a, b); }
  Value fdiv(Value a, Value b) { return arith::DivFOp::create(*this, a, b); }
  /// Plain comparisons and selections: one instruction each, for values that are never NaN.
  Value fmax(Value a, Value b) {
    return select(arith::CmpFOp::create(*this, arith::CmpFPredicate::OGT, a, b), a, b);
  }
  Value fmin(Value a, Value b) {
    return select(arith::CmpFOp::create(*this, arith::CmpFPredicate::OLT, a, b), a, b);
  }
  /// a * b + c in one rounding; scalars and vectors, f32 and f64.
  Value fma(Value a, Value b, Value c) { return LLVM::FMAOp::create(*this, a.getType(), a, b, c); }

  /// `base` plus a number of bytes.
  Value at(Value base, Value bytes) {
    return LLVM::GEPOp::create(*this, ptr(), getI8Type(), base, ValueRange{bytes});
  }
  Value at(Value base, int64_t bytes) { return bytes ? at(base, i64(bytes)) : base; }
  Value load(Type type, Value address, unsigned align = 4) {
    return LLVM::LoadOp::create(*this, type, address, align);
  }
  void store(Value value, Value address, unsigned align = 4) {
    LLVM::StoreOp::create(*this, value, address, align);
  }
  /// The line at `address` will be read soon: to the second level of the caches.
  void prefetch(Value address) { LLVM::Prefetch::create(*this, address, /*rw=*/0, /*hint=*/2, /*data=*/1); }
  /// 16 elements of `element` (f32 or bf16) at `address`, as f32.
  Value loadLanes(Value address, Type element);
  void storeLanes(Value value, Value address, Type element);
  /// 16 finite f32 as bf16 in i16 lanes, to nearest even; integers alone, so that every target rounds alike.
  Value roundToBf16(Value value);
  /// value * factor of 16 f32 as integers, to nearest even on every target alike; magnitudes below 2^22.
  Value roundToInt(Value value, Value factor);
  /// The same integers, in the low 16 bits alone.
  Value roundToLowBits(Value value, Value factor);
  /// What storeLanes() to bf16 keeps of 16 f32, as f32.
  Value roundedToBf16(Value value);
  /// The `index`-th pointer, i32 or i64 member of a structure of the ABI, at a byte offset.
  Value loadPointer(Value base, int64_t offset) { return load(ptr(), at(base, offset), 8); }
  Value loadI32(Value address) {
    return arith::ExtSIOp::create(*this, getI64Type(), load(getI32Type(), address));
  }
  Value loadI64(Value address) { return load(getI64Type(), address, 8); }

  using Body = llvm::function_ref<void(Value)>;
  void loop(Value from, Value to, int64_t step, Body body);
  void loop(Value from, Value to, Value step, Body body);
  void loop(int64_t from, int64_t to, int64_t step, Body body) { loop(i64(from), i64(to), step, body); }
  using Fold = llvm::function_ref<SmallVector<Value>(Value, ValueRange)>;
  SmallVector<Value> fold(Value from, Value to, int64_t step, ValueRange initial, Fold body);
  void when(Value condition, llvm::function_ref<void()> then);

  /// Sum or maximum of 16 lanes: 8 apart, then 4, 2, 1.
  Value sumLanes(Value vector);
  Value maxLanes(Value vector);

  // Functions of f32 (16 lanes or scalar), see Math.cpp for their error bounds.
  Value exp(Value x);
  Value tanh(Value x);
  Value geluTanh(Value x);
  /// cos and sin of 8 f32 lanes held as f64, for |x| < 2^19.
  std::pair<Value, Value> cosSin(Value x);

private:
  Value reduceLanes(Value vector, llvm::function_ref<Value(Value, Value)> combine);
};

} // namespace mlir::facet
