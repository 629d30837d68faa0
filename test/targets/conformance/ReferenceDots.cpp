#include "test/targets/conformance/ReferenceDots.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

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
