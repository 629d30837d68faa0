#include "test/targets/conformance/ReferenceDots.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

/// sum[lane] += products of `depth` neighbours: unsigned bytes by signed ones, or pairs of signed words.
static Value referenceDot(ImplicitLocOpBuilder &b, Value sum, Value left, Value right, int64_t depth) {
  auto lanes = cast<VectorType>(sum.getType());
  auto wide = VectorType::get({lanes.getNumElements() * depth}, b.getI32Type());
  Value x = depth == 4 ? LLVM::ZExtOp::create(b, wide, left).getResult()
                       : LLVM::SExtOp::create(b, wide, left).getResult();
  Value products = LLVM::MulOp::create(b, x, LLVM::SExtOp::create(b, wide, right));
  for (int64_t i = 0; i < depth; ++i) {
    SmallVector<int32_t> order;
    for (int64_t lane = 0; lane < lanes.getNumElements(); ++lane)
      order.push_back(int32_t(lane * depth + i));
    sum = LLVM::AddOp::create(b, sum, LLVM::ShuffleVectorOp::create(b, products, products, order));
  }
  return sum;
}

namespace {

/// Tiles as vectors of bytes, one for each row, which vpdpbusd multiplies: levels with AMX have it.
class ReferenceTiles {
public:
  void replace(LLVM::CallIntrinsicOp op) {
    ImplicitLocOpBuilder b(op.getLoc(), op);
    StringRef name = op.getIntrin();
    if (name.contains("tilezero"))
      tiles[op.getResult(0)] = zero(b, op);
    else if (name.contains("tileload"))
      tiles[op.getResult(0)] = load(b, op);
    else if (name.contains("tdpbssd"))
      tiles[op.getResult(0)] = multiply(b, op);
    else
      store(b, op);
  }

private:
  using Rows = SmallVector<Value>;

  static int64_t number(Value v) {
    APInt value;
    if (!matchPattern(v, m_ConstantInt(&value)))
      llvm::report_fatal_error("expected a constant of a tile's shape");
    return value.getSExtValue();
  }
  static VectorType bytes(OpBuilder &b, int64_t count) { return VectorType::get({count}, b.getI8Type()); }
  /// Of row `r` of the tile in memory whose address and stride are arguments 2 and 3.
  static Value address(ImplicitLocOpBuilder &b, LLVM::CallIntrinsicOp op, int64_t r) {
    Value base = op.getArgs()[2];
    return LLVM::GEPOp::create(b, base.getType(), b.getI8Type(), base,
                               ArrayRef<LLVM::GEPArg>{int32_t(r * number(op.getArgs()[3]))});
  }

  static Value splat(ImplicitLocOpBuilder &b, int64_t count, int8_t v) {
    return LLVM::ConstantOp::create(b, bytes(b, count), DenseElementsAttr::get(bytes(b, count), v));
  }

  Rows zero(ImplicitLocOpBuilder &b, LLVM::CallIntrinsicOp op) {
    Value row = LLVM::ZeroOp::create(b, bytes(b, number(op.getArgs()[1])));
    return Rows(number(op.getArgs()[0]), row);
  }

  Rows load(ImplicitLocOpBuilder &b, LLVM::CallIntrinsicOp op) {
    Rows rows;
    for (int64_t r = 0; r < number(op.getArgs()[0]); ++r)
      rows.push_back(LLVM::LoadOp::create(b, bytes(b, number(op.getArgs()[1])), address(b, op, r), 1));
    return rows;
  }

  /// Arguments: rows, bytes of a sum's row, bytes of depth, sums, left bytes, right bytes. vpdpbusd takes the
  /// latter unsigned, as much greater as 128 times the former's sum then is subtracted.
  Rows multiply(ImplicitLocOpBuilder &b, LLVM::CallIntrinsicOp op) {
    auto arguments = op.getArgs();
    auto words = VectorType::get({number(arguments[1]) / 4}, b.getI32Type());
    Value flip = splat(b, number(arguments[1]), -128), zero = LLVM::ZeroOp::create(b, words);
    Rows products;
    for (auto [sums, left] : llvm::zip(tiles.at(arguments[3]), tiles.at(arguments[4]))) {
      Value sum = LLVM::BitcastOp::create(b, words, sums);
      for (auto [word, right] : llvm::enumerate(tiles.at(arguments[5]))) {
        SmallVector<int32_t> order; // four bytes of the left side, in every lane
        for (int64_t i = 0; i < number(arguments[1]); ++i)
          order.push_back(int32_t(4 * word + i % 4));
        Value four = LLVM::ShuffleVectorOp::create(b, left, left, order);
        auto dot = [&](Value to, Value unsignedBytes) {
          return LLVM::CallIntrinsicOp::create(b, words, b.getStringAttr("llvm.x86.avx512.vpdpbusd.512"),
                                               ValueRange{to, unsignedBytes, four})
              .getResult(0);
        };
        sum = dot(sum, LLVM::XOrOp::create(b, right, flip));
        sum = LLVM::SubOp::create(b, sum, dot(zero, flip));
      }
      products.push_back(LLVM::BitcastOp::create(b, bytes(b, number(arguments[1])), sum));
    }
    return products;
  }

  void store(ImplicitLocOpBuilder &b, LLVM::CallIntrinsicOp op) {
    for (auto [r, row] : llvm::enumerate(tiles.at(op.getArgs()[4])))
      LLVM::StoreOp::create(b, row, address(b, op, int64_t(r)), 1);
  }

  DenseMap<Value, Rows> tiles;
};

} // namespace

void facet::test::replaceTiles(ModuleOp module) {
  SmallVector<LLVM::CallIntrinsicOp> ops;
  module.walk([&](LLVM::CallIntrinsicOp op) {
    if (op.getIntrin().starts_with("llvm.x86.t"))
      ops.push_back(op);
  });
  ReferenceTiles tiles;
  for (LLVM::CallIntrinsicOp op : ops)
    tiles.replace(op);
  for (LLVM::CallIntrinsicOp op : llvm::reverse(ops))
    op.erase();
}

void facet::test::replaceDots(ModuleOp module) {
  SmallVector<std::pair<LLVM::CallIntrinsicOp, int64_t>> dots; // with products a lane
  module.walk([&](LLVM::CallIntrinsicOp op) {
    if (op.getIntrin().contains("vpdpbusd"))
      dots.push_back({op, 4});
    else if (op.getIntrin().contains("vpdpwssd"))
      dots.push_back({op, 2});
  });
  for (auto [op, depth] : dots) {
    ImplicitLocOpBuilder b(op.getLoc(), op);
    auto arguments = op.getArgs();
    op.getResult(0).replaceAllUsesWith(referenceDot(b, arguments[0], arguments[1], arguments[2], depth));
    op.erase();
  }
}
