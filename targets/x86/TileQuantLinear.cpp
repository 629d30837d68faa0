// The micro-kernel of linears on x86 over q8 and q4: unsigned weights times signed activations in int8, four
// products to a 32-bit lane, one group of 32 columns at a time.
//
// Stored weights are unsigned (integer + 128 or + 8); the sum starts at the activations' correction, so no
// subtraction is left in the loop. AMX takes many rows at once, of signed weights (TileAmx.h). `vnni` adds
// four products in one instruction. `maddubs` adds pairs in 16 bits, which saturate: 8 steps of 2 * 15 * 127
// fit, so q8 is multiplied as two halves of four bits each.
#include "targets/x86/TileAmx.h"
#include "targets/x86/TileLinear.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "runtime/abi.h"

using namespace mlir;
using namespace mlir::facet;

namespace {

constexpr int64_t kColumns = FACET_PANEL, kLanes = 16;
// Bytes of q8 to prefetch ahead of one or two rows (docs/performance.md). For q4, whose bytes take twice the
// time, it made no steady difference.
constexpr int64_t kAhead = 3072;
// Groups whose tiles are multiplied before the first sums are used: a tile's stores take a while.
constexpr int64_t kTileUnroll = 2;

class QuantTile : ImplicitLocOpBuilder {
public:
  QuantTile(TileLinearOp op, TargetAttr target, OpBuilder &builder)
      : ImplicitLocOpBuilder(op.getLoc(), builder), op(op), q8(isa<Q8Type>(op.getElement())),
        vnni(target.getDot() == "vnni"), lanes(target.getVectorBits() / 32), rows(op.getRows().size()),
        groups(op.getDepth() / kQuantGroup), unroll(unrollOf(op, groups,
                                                             op.getIntegers() ? kTileUnroll
                                                             : rows <= 2      ? 2
                                                                              : 1)),
        groupBytes(kColumns * storedBytes(op.getElement(), kQuantGroup)),
        ptr(LLVM::LLVMPointerType::get(getContext())), ints(VectorType::get({lanes}, getI32Type())),
        shorts(VectorType::get({2 * lanes}, getI16Type())), bytes(VectorType::get({4 * lanes}, getI8Type())),
        floats(VectorType::get({lanes}, getF32Type())) {
    if (op.getIntegers())
      amx.emplace(op, unroll, static_cast<ImplicitLocOpBuilder &>(*this));
    vectors = amx || (q8 && !vnni) ? 1 : 2;
  }

  SmallVector<Value> emit() {
    // As many columns at a time as the registers hold sums for.
    SmallVector<SmallVector<Value>> sums(rows); // [row][register]
    for (int64_t column = 0; column < kColumns; column += vectors * lanes) {
      SmallVector<Value> part = emitColumns(column);
      for (int64_t r = 0; r < rows; ++r)
        sums[r].append(part.begin() + r * vectors, part.begin() + (r + 1) * vectors);
    }
    SmallVector<Value> results;
    for (SmallVector<Value> &row : sums)
      for (int64_t half = 0; half < 2; ++half)
        results.push_back(join(ArrayRef(row).slice(half * kLanes / lanes, kLanes / lanes)));
    return results;
  }

private:
  Value constant(int64_t v) { return arith::ConstantOp::create(*this, getI64IntegerAttr(v)); }
  Value splat(VectorType type, int64_t v) {
    return arith::ConstantOp::create(
        *this, DenseElementsAttr::get(type, Attribute(getIntegerAttr(type.getElementType(), v))));
  }
  Value at(Value base, int64_t offset) {
    return LLVM::GEPOp::create(*this, ptr, getI8Type(), base, ArrayRef<LLVM::GEPArg>{int32_t(offset)});
  }
  Value load(Type type, Value base, int64_t offset, unsigned align) {
    return LLVM::LoadOp::create(*this, type, at(base, offset), align);
  }
  Value broadcast(VectorType type, Value scalar) { return vector::BroadcastOp::create(*this, type, scalar); }
  Value asBytes(Value v) { return LLVM::BitcastOp::create(*this, bytes, v); }
  Value call(VectorType type, StringRef name, ValueRange arguments) {
    return LLVM::CallIntrinsicOp::create(*this, type, getStringAttr(name), arguments).getResult(0);
  }
  Value join(ArrayRef<Value> parts) {
    if (parts.size() == 1)
      return parts[0];
    SmallVector<int32_t> order(kLanes);
    std::iota(order.begin(), order.end(), 0);
    return LLVM::ShuffleVectorOp::create(*this, parts[0], parts[1], order);
  }

  /// The f32 sums of `vectors` registers from `column` on, for each row.
  SmallVector<Value> emitColumns(int64_t column) {
    Value zero = arith::ConstantOp::create(*this, DenseElementsAttr::get(floats, 0.0f));
    auto loop = scf::ForOp::create(*this, constant(0), constant(groups), constant(unroll),
                                   SmallVector<Value>(rows * vectors, zero));
    OpBuilder::InsertionGuard guard(*this);
    setInsertionPointToStart(loop.getBody());
    SmallVector<Value> sums(loop.getRegionIterArgs());
    for (int64_t u = 0; amx && u < unroll; ++u)
      multiplyTile(loop.getInductionVar(), u, column);
    for (int64_t u = 0; u < unroll; ++u)
      emitGroup(loop.getInductionVar(), u, column, sums);
    scf::YieldOp::create(*this, sums);
    return SmallVector<Value>(loop.getResults());
  }

  Value groupOf(Value base, Value index, int64_t u, int64_t size) {
    Value offset = arith::MulIOp::create(*this, index, constant(size));
    return at(LLVM::GEPOp::create(*this, ptr, getI8Type(), base, ValueRange{offset}), u * size);
  }

  void emitGroup(Value index, int64_t u, int64_t column, SmallVector<Value> &sums) {
    Value block = groupOf(op.getPanel(), index, u, groupBytes);
    int64_t ahead = prefetchOf(op, q8 ? kAhead : 0);
    bool first = column == 0; // further columns come back to the same groups
    for (int64_t line = 0; first && ahead && line < groupBytes; line += 64)
      LLVM::Prefetch::create(*this, at(block, ahead + line), /*rw=*/0, kPrefetchInto, /*data=*/1);
    SmallVector<Value> inputs;
    for (Value row : op.getRows())
      inputs.push_back(groupOf(row, index, u, FACET_QUANT_GROUP_BYTES));
    SmallVector<Value> dots = amx    ? amx->sums(u)
                              : vnni ? vnniDots(block, inputs, column)
                                     : maddubsDots(block, inputs, column);
    int64_t scales = groupBytes - kColumns * 2;
    for (int64_t n = 0; n < vectors; ++n) {
      auto halves = VectorType::get({lanes}, getF16Type());
      Value weightScale = arith::ExtFOp::create(
          *this, floats, load(halves, block, scales + (column + n * lanes) * 2, lanes * 2));
      for (int64_t r = 0; r < rows; ++r) {
        Value scale =
            arith::MulFOp::create(*this, weightScale, broadcast(floats, load(getF32Type(), inputs[r], 4, 4)));
        Value sum = arith::SIToFPOp::create(*this, floats, dots[r * vectors + n]);
        sums[r * vectors + n] = LLVM::FMAOp::create(*this, floats, sum, scale, sums[r * vectors + n]);
      }
    }
  }

  Value correction(Value input) { return broadcast(ints, load(getI32Type(), input, 0, 4)); }
  /// The four int8 of word `w`, in every lane.
  Value word(Value input, int64_t w) { return broadcast(ints, load(getI32Type(), input, 8 + 4 * w, 4)); }
  Value weights(Value block, int64_t w, int64_t column) {
    return load(ints, block, (w * kColumns + column) * 4, lanes * 4);
  }
  Value lowHalf(Value v) { return arith::AndIOp::create(*this, v, splat(ints, 0x0f0f0f0f)); }
  Value highHalf(Value v) { return lowHalf(arith::ShRUIOp::create(*this, v, splat(ints, 4))); }

  /// `step(weights, word of the activations, vector)` for each word that a group's weights hold, in this
  /// order.
  void forWords(Value block, int64_t column, llvm::function_ref<void(Value, int64_t, int64_t)> step) {
    for (int64_t w = 0; w < (q8 ? 8 : 4); ++w) {
      SmallVector<Value> loaded;
      for (int64_t n = 0; n < vectors; ++n)
        loaded.push_back(weights(block, w, column + n * lanes));
      if (q8) {
        for (int64_t n = 0; n < vectors; ++n)
          step(loaded[n], w, n);
        continue;
      }
      for (int64_t half = 0; half < 2; ++half)
        for (int64_t n = 0; n < vectors; ++n)
          step(half ? highHalf(loaded[n]) : lowHalf(loaded[n]), 2 * w + half, n);
    }
  }

  void multiplyTile(Value index, int64_t u, int64_t column) {
    Value input = groupOf(op.getRows()[0], index, u, FACET_QUANT_GROUP_BYTES);
    Value integers = groupOf(op.getIntegers(), index, u, kColumns * kQuantGroup);
    amx->multiply(u, at(input, 8), at(integers, column * kQuantGroup));
  }

  SmallVector<Value> vnniDots(Value block, ArrayRef<Value> inputs, int64_t column) {
    SmallVector<Value> dots;
    for (Value input : inputs)
      dots.append(vectors, correction(input));
    StringRef name = lanes == 16 ? "llvm.x86.avx512.vpdpbusd.512" : "llvm.x86.avx512.vpdpbusd.256";
    forWords(block, column, [&](Value weight, int64_t w, int64_t n) {
      for (auto [r, input] : llvm::enumerate(inputs)) {
        Value &dot = dots[r * vectors + n];
        dot = call(ints, name, {dot, asBytes(weight), asBytes(word(input, w))});
      }
    });
    return dots;
  }

  Value maddubs(Value sum, Value weight, Value input) {
    StringRef name = lanes == 16 ? "llvm.x86.avx512.pmaddubs.w.512" : "llvm.x86.avx2.pmadd.ub.sw";
    return arith::AddIOp::create(*this, sum, call(shorts, name, {asBytes(weight), asBytes(input)}));
  }
  /// Adds neighbours of 16 bits, times `factor`.
  Value widen(Value sum, int64_t factor) {
    StringRef name = lanes == 16 ? "llvm.x86.avx512.pmaddw.d.512" : "llvm.x86.avx2.pmadd.wd";
    return call(ints, name, {sum, splat(shorts, factor)});
  }

  SmallVector<Value> maddubsDots(Value block, ArrayRef<Value> inputs, int64_t column) {
    SmallVector<Value> low(rows * vectors, splat(shorts, 0)), high = low;
    forWords(block, column, [&](Value weight, int64_t w, int64_t n) {
      Value lowWeight = q8 ? lowHalf(weight) : weight, highWeight = q8 ? highHalf(weight) : Value();
      for (auto [r, input] : llvm::enumerate(inputs)) {
        Value x = word(input, w);
        low[r * vectors + n] = maddubs(low[r * vectors + n], lowWeight, x);
        if (q8)
          high[r * vectors + n] = maddubs(high[r * vectors + n], highWeight, x);
      }
    });
    SmallVector<Value> dots;
    for (int64_t i = 0; i < rows * vectors; ++i) {
      Value dot = arith::AddIOp::create(*this, widen(low[i], 1), correction(inputs[i / vectors]));
      dots.push_back(q8 ? arith::AddIOp::create(*this, dot, widen(high[i], 16)).getResult() : dot);
    }
    return dots;
  }

  TileLinearOp op;
  bool q8, vnni;
  std::optional<AmxTile> amx;
  int64_t lanes, rows, vectors; // lanes of one register; registers of one row at a time
  int64_t groups, unroll, groupBytes;
  Type ptr;
  VectorType ints, shorts, bytes, floats;
};

} // namespace

SmallVector<Value> facet::emitQuantTile(TileLinearOp op, TargetAttr target, OpBuilder &builder) {
  return QuantTile(op, target, builder).emit();
}
