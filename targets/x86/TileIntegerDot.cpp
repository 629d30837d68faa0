// The micro-kernel of attention on x86 over keys and values in int8: sums are exact integers, whichever
// instructions add them.
//
// i8 rows: vpdpbusd, four products a lane. It takes one side unsigned: lines become k + 128, and sums start
// at the row's correction. i16 rows: a line is split into its even and its odd depths in 16 bits, once for
// all rows, and pairs of products are added by vpdpwssd or by vpmaddwd and vpaddd.
#include "ir/Storage.h"
#include "targets/x86/TileDot.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

using namespace mlir;
using namespace mlir::facet;

namespace {

constexpr int64_t kLanes = 16, kRowStep = 16; // bytes of an i16 row that one line takes
constexpr int32_t kSecondLevel = 2;           // of the caches: a tile is larger than the first

class IntegerDot : ImplicitLocOpBuilder {
public:
  IntegerDot(TileDotOp op, TargetAttr target, OpBuilder &builder)
      : ImplicitLocOpBuilder(op.getLoc(), builder), op(op), vnni(target.getDot() == "vnni"),
        registerLanes(target.getVectorBits() / 32), words(VectorType::get({kLanes}, getI32Type())),
        ptr(LLVM::LLVMPointerType::get(getContext())) {}

  /// Steps are few: of a group, or of a block of values.
  SmallVector<Value> emit() {
    bool bytes = op.getRowElement().isInteger(8);
    SmallVector<Value> sums(op.getSums());
    if (bytes)
      for (auto [r, row] : llvm::enumerate(op.getRows()))
        for (size_t j = 0; j < op.getLines().size(); ++j) {
          Value &sum = sums[r * op.getLines().size() + j];
          sum = arith::AddIOp::create(*this, sum, word(row, 0));
        }
    for (int64_t step = 0; step < int64_t(op.getSteps()); ++step)
      bytes ? addBytes(step, sums) : addPairs(step, sums);
    return sums;
  }

private:
  Value at(Value base, int64_t offset) {
    return LLVM::GEPOp::create(*this, ptr, getI8Type(), base, ArrayRef<LLVM::GEPArg>{int32_t(offset)});
  }
  /// Four bytes, in every lane.
  Value word(Value base, int64_t offset) {
    Value value = LLVM::LoadOp::create(*this, getI32Type(), at(base, offset), 4);
    return vector::BroadcastOp::create(*this, words, value);
  }
  VectorType vectorOf(int64_t bits, int64_t lanes) {
    return VectorType::get({lanes * 32 / bits}, getIntegerType(bits));
  }
  Value splat(VectorType type, int64_t v) {
    return arith::ConstantOp::create(
        *this, DenseElementsAttr::get(type, Attribute(getIntegerAttr(type.getElementType(), v))));
  }

  /// The lines of a step; those of what comes next are prefetched.
  SmallVector<Value> linesAt(int64_t step) {
    int64_t offset = step * op.getStride();
    for (Value line : op.getAhead())
      LLVM::Prefetch::create(*this, at(line, offset), /*rw=*/0, kSecondLevel, /*data=*/1);
    SmallVector<Value> lines;
    for (Value line : op.getLines())
      lines.push_back(LLVM::LoadOp::create(*this, words, at(line, offset), 64));
    return lines;
  }

  void addBytes(int64_t step, SmallVector<Value> &sums) {
    SmallVector<Value> lines = linesAt(step);
    for (Value &line : lines)
      line = arith::XOrIOp::create(*this, line, splat(words, int32_t(0x80808080)));
    for (auto [r, row] : llvm::enumerate(op.getRows())) {
      Value x = word(row, 8 + 4 * step);
      for (auto [j, line] : llvm::enumerate(lines))
        dot("vpdpbusd", 8, sums[r * lines.size() + j], line, x);
    }
  }

  void addPairs(int64_t step, SmallVector<Value> &sums) {
    SmallVector<Value> lines = linesAt(step);
    auto halves = vectorOf(16, kLanes);
    Value byte = splat(halves, 8);
    for (int64_t odd = 0; odd < 2; ++odd) {
      SmallVector<Value> numbers;
      for (Value line : lines) {
        Value top = LLVM::BitcastOp::create(*this, halves, line);
        if (!odd)
          top = arith::ShLIOp::create(*this, top, byte);
        numbers.push_back(arith::ShRSIOp::create(*this, top, byte));
      }
      for (auto [r, row] : llvm::enumerate(op.getRows())) {
        Value x = word(row, kRowStep * step + 4 * odd);
        for (auto [j, number] : llvm::enumerate(numbers))
          dot(vnni ? "vpdpwssd" : "", 16, sums[r * lines.size() + j], x, number);
      }
    }
  }

  /// Adds products of `bits`-bit integers to `sum`, a register at a time; without a name by vpmaddwd.
  void dot(StringRef name, int64_t bits, Value &sum, Value a, Value b) {
    VectorType integers = VectorType::get({registerLanes}, getI32Type());
    SmallVector<Value> results;
    for (int64_t first = 0; first < kLanes; first += registerLanes) {
      Value part = partOf(sum, first), x = asIntegers(partOf(a, first), bits),
            y = asIntegers(partOf(b, first), bits);
      bool wide = registerLanes == kLanes;
      if (name.empty())
        part = arith::AddIOp::create(
            *this, part,
            call(integers, wide ? "llvm.x86.avx512.pmaddw.d.512" : "llvm.x86.avx2.pmadd.wd", {x, y}));
      else
        part = call(integers, ("llvm.x86.avx512." + name + (wide ? ".512" : ".256")).str(), {part, x, y});
      results.push_back(part);
    }
    sum = results.size() == 1 ? results[0] : shuffle(results[0], results[1], 0, kLanes);
  }

  Value partOf(Value v, int64_t first) {
    v = LLVM::BitcastOp::create(*this, words, v);
    return registerLanes == kLanes ? v : shuffle(v, v, first, registerLanes);
  }
  Value shuffle(Value a, Value b, int64_t first, int64_t count) {
    SmallVector<int32_t> order(count);
    std::iota(order.begin(), order.end(), first);
    return LLVM::ShuffleVectorOp::create(*this, a, b, order);
  }
  Value asIntegers(Value v, int64_t bits) {
    return LLVM::BitcastOp::create(*this, vectorOf(bits, registerLanes), v);
  }
  Value call(VectorType type, StringRef name, ValueRange arguments) {
    return LLVM::CallIntrinsicOp::create(*this, type, getStringAttr(name), arguments).getResult(0);
  }

  TileDotOp op;
  bool vnni;
  int64_t registerLanes;
  VectorType words;
  Type ptr;
};

} // namespace

SmallVector<Value> facet::emitIntegerDot(TileDotOp op, TargetAttr target, OpBuilder &builder) {
  return IntegerDot(op, target, builder).emit();
}
