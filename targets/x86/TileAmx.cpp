// A panel's words of four depths by 32 columns are AMX's second operand as they are, 16 columns at a time:
// 8 rows of 64 bytes for a group, unsigned; the first is up to 16 rows of 32 signed bytes. LLVM assigns the
// tile registers and loads their configuration where a kernel begins to use them.
#include "targets/x86/TileAmx.h"

#include "ir/Storage.h"
#include "runtime/abi.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;
using namespace mlir::facet;

static constexpr int64_t kLanes = 16, kLine = 64, kWords = kQuantGroup / 4, kPanelLine = FACET_PANEL * 4;

AmxTile::AmxTile(TileLinearOp op, ImplicitLocOpBuilder &builder)
    : b(builder), op(op), rows(op.getRows().size()),
      rowBytes(int64_t(op.getDepth()) / kQuantGroup * FACET_QUANT_GROUP_BYTES),
      ptr(LLVM::LLVMPointerType::get(b.getContext())), ints(VectorType::get({kLanes}, b.getI32Type())) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&op->getParentOfType<func::FuncOp>().front());
  sums = stackMemory(rows);
  if (isa<Q4Type>(op.getElement()))
    unpacked = stackMemory(kWords);
}

Value AmxTile::stackMemory(int64_t lines) {
  return LLVM::AllocaOp::create(b, ptr, b.getI8Type(), bytes(lines * kLine), kLine);
}
Value AmxTile::at(Value base, int64_t offset) {
  return LLVM::GEPOp::create(b, ptr, b.getI8Type(), base, ArrayRef<LLVM::GEPArg>{int32_t(offset)});
}
Value AmxTile::size(int64_t v) { return arith::ConstantOp::create(b, b.getI16IntegerAttr(int16_t(v))); }
Value AmxTile::bytes(int64_t v) { return arith::ConstantOp::create(b, b.getI64IntegerAttr(v)); }

Value AmxTile::tile(StringRef name, ValueRange arguments) {
  Type type = LLVM::LLVMX86AMXType::get(b.getContext());
  return LLVM::CallIntrinsicOp::create(b, type, b.getStringAttr(name), arguments).getResult(0);
}

/// The two halves of a word's bytes are words one after another.
void AmxTile::unpack(Value weights) {
  auto splat = [&](int32_t v) {
    return arith::ConstantOp::create(b, DenseElementsAttr::get(ints, v)).getResult();
  };
  for (int64_t word = 0; word < kWords; word += 2) {
    Value low = LLVM::LoadOp::create(b, ints, at(weights, word / 2 * kPanelLine), kLine);
    Value high = arith::ShRUIOp::create(b, low, splat(4));
    for (int64_t i = 0; i < 2; ++i)
      LLVM::StoreOp::create(b, arith::AndIOp::create(b, i ? high : low, splat(0x0f0f0f0f)),
                            at(unpacked, (word + i) * kLine), kLine);
  }
}

SmallVector<Value> AmxTile::dots(Value input, Value weights) {
  if (unpacked)
    unpack(weights);
  Value m = size(rows), n = size(kLine), k = size(kQuantGroup);
  Value x = tile("llvm.x86.tileloadd64.internal", {m, k, input, bytes(rowBytes)});
  Value w = tile("llvm.x86.tileloadd64.internal",
                 {size(kWords), n, unpacked ? unpacked : weights, bytes(unpacked ? kLine : kPanelLine)});
  Value zero = tile("llvm.x86.tilezero.internal", {m, n});
  Value product = tile("llvm.x86.tdpbsud.internal", {m, n, k, zero, x, w});
  LLVM::CallIntrinsicOp::create(b, b.getStringAttr("llvm.x86.tilestored64.internal"),
                                ValueRange{m, n, sums, bytes(kLine), product});
  SmallVector<Value> dots;
  for (int64_t r = 0; r < rows; ++r)
    dots.push_back(LLVM::LoadOp::create(b, ints, at(sums, r * kLine), kLine));
  return dots;
}
