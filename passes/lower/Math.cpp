// exp, tanh, gelu, cos and sin from additions and multiplications alone, so that every target computes
// the same bits. Coefficients are Taylor's: at these degrees the truncation is below the rounding.
#include "passes/lower/KernelBuilder.h"

using namespace mlir;
using namespace mlir::facet;

/// Relative error below 2^-22.5 on [-87, 88]; below that the result is 0.
/// x = n ln 2 + r, |r| <= ln 2 / 2, exp(r) by its series to r^7 (r^8 / 8! < 2^-27).
Value KernelBuilder::exp(Value x) {
  Type type = x.getType();
  auto vector = dyn_cast<VectorType>(type);
  Type intType = vector ? Type(VectorType::get(vector.getShape(), getI32Type())) : Type(getI32Type());
  Value tooSmall = arith::CmpFOp::create(*this, arith::CmpFPredicate::OLT, x, constant(type, -87.0));
  Value clamped = fmin(fmax(x, constant(type, -87.0)), constant(type, 88.0));
  // Adding and subtracting 1.5 * 2^23 rounds to the nearest integer.
  Value magic = constant(type, 12582912.0);
  Value shifted = fma(clamped, constant(type, 1.44269504088896341), magic);
  Value n = fsub(shifted, magic);
  Value r = fma(n, constant(type, -0.693145751953125), clamped); // 12 low bits of ln 2's head are zero: exact
  r = fma(n, constant(type, -1.42860682030941723e-6), r);
  const double series[] = {1.0 / 5040, 1.0 / 720, 1.0 / 120, 1.0 / 24, 1.0 / 6, 0.5, 1.0, 1.0};
  Value p = constant(type, series[0]);
  for (double c : ArrayRef(series).drop_front())
    p = fma(p, r, constant(type, c));
  auto intConstant = [&](int32_t value) -> Value {
    if (vector)
      return arith::ConstantOp::create(*this, DenseElementsAttr::get(cast<VectorType>(intType), value));
    return i32(value);
  };
  Value bits = arith::BitcastOp::create(*this, intType, shifted);
  Value exponent = arith::ShLIOp::create(
      *this, arith::SubIOp::create(*this, bits, intConstant(0x4B400000 - 127)), intConstant(23));
  Value result = fmul(p, arith::BitcastOp::create(*this, type, exponent));
  return select(tooSmall, constant(type, 0.0), result);
}

/// 1 - 2 / (exp(2|x|) + 1) with the sign of x; for |x| < 0.25 its series to x^11, relative error below 2^-21.
Value KernelBuilder::tanh(Value x) {
  Type type = x.getType();
  Value magnitude = LLVM::FAbsOp::create(*this, type, x);
  Value e = exp(fmul(fmin(magnitude, constant(type, 20.0)), constant(type, 2.0)));
  Value large = fsub(constant(type, 1.0), fdiv(constant(type, 2.0), fadd(e, constant(type, 1.0))));
  large = LLVM::CopySignOp::create(*this, type, large, x);
  Value square = fmul(x, x);
  const double series[] = {-1382.0 / 155925, 62.0 / 2835, -17.0 / 315, 2.0 / 15, -1.0 / 3};
  Value p = constant(type, series[0]);
  for (double c : ArrayRef(series).drop_front())
    p = fma(p, square, constant(type, c));
  Value small = fma(fmul(p, square), x, x);
  Value isSmall = arith::CmpFOp::create(*this, arith::CmpFPredicate::OLT, magnitude, constant(type, 0.25));
  return select(isSmall, small, large);
}

Value KernelBuilder::geluTanh(Value x) {
  Type type = x.getType();
  Value cubic = fmul(fmul(x, x), fmul(x, constant(type, 0.044715)));
  Value t = tanh(fmul(constant(type, 0.79788456080286536), fadd(x, cubic)));
  return fmul(fmul(constant(type, 0.5), x), fadd(constant(type, 1.0), t));
}

/// In f64: x - n pi/2 is exact to 2^-50 for |n| < 2^19, then the series to r^13 and r^12 for |r| <= pi/4.
std::pair<Value, Value> KernelBuilder::cosSin(Value x) {
  auto type = cast<VectorType>(x.getType());
  Value magic = constant(type, 6755399441055744.0); // 1.5 * 2^52
  Value shifted = fma(x, constant(type, 0.63661977236758134), magic);
  Value n = fsub(shifted, magic);
  Value r = fma(n, constant(type, -1.5707963267948966), x);
  r = fma(n, constant(type, -6.1232339957367660e-17), r);
  Value square = fmul(r, r);
  auto series = [&](ArrayRef<double> coefficients) {
    Value p = constant(type, coefficients.front());
    for (double c : coefficients.drop_front())
      p = fma(p, square, constant(type, c));
    return p;
  };
  Value sine = fmul(
      r, series({1.0 / 6227020800.0, -1.0 / 39916800, 1.0 / 362880, -1.0 / 5040, 1.0 / 120, -1.0 / 6, 1.0}));
  Value cosine = series(
      {-1.0 / 87178291200.0, 1.0 / 479001600, -1.0 / 3628800, 1.0 / 40320, -1.0 / 720, 1.0 / 24, -0.5, 1.0});
  // The quadrant is in the low bits of `shifted`: odd swaps, bit 1 negates.
  auto intType = VectorType::get(type.getShape(), getI64Type());
  auto intConstant = [&](int64_t v) {
    return arith::ConstantOp::create(*this, DenseElementsAttr::get(intType, v)).getResult();
  };
  Value quadrant = arith::BitcastOp::create(*this, intType, shifted);
  Value zero = intConstant(0);
  auto bit = [&](Value v, int64_t mask) {
    return arith::CmpIOp::create(*this, arith::CmpIPredicate::ne,
                                 arith::AndIOp::create(*this, v, intConstant(mask)), zero)
        .getResult();
  };
  Value swap = bit(quadrant, 1);
  Value s = select(swap, cosine, sine), c = select(swap, sine, cosine);
  Value negate = constant(type, 0.0);
  s = select(bit(quadrant, 2), fsub(negate, s), s);
  c = select(bit(arith::AddIOp::create(*this, quadrant, intConstant(1)), 2), fsub(negate, c), c);
  return {c, s};
}
