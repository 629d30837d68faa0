// A tile's first operand is up to 16 rows of 32 bytes, its second 8 words of 16 columns, 64 bytes each: a
// group at a time, so that a product fills half of a tile's depth. LLVM assigns the tile registers and loads
// their configuration where a kernel begins to use them.
#include "targets/x86/TileAmx.h"

#include "ir/Storage.h"
#include "runtime/abi.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::facet;

static constexpr int64_t kLanes = 16, kLine = 64, kWords = kQuantGroup / 4, kHalves = FACET_PANEL / kLanes;

AmxTile::AmxTile(TileLinearOp op, int64_t slots, ImplicitLocOpBuilder &builder)
    : b(builder), rows(op.getRows().size()),
      rowBytes(int64_t(op.getDepth()) / kQuantGroup * FACET_QUANT_GROUP_BYTES),
      ptr(LLVM::LLVMPointerType::get(b.getContext())), ints(VectorType::get({kLanes}, b.getI32Type())) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&op->getParentOfType<func::FuncOp>().front());
  memory = LLVM::AllocaOp::create(b, ptr, b.getI8Type(), bytes(slots * rows * kLine), kLine);
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

void AmxTile::multiply(int64_t slot, Value input, Value weights) {
  Value m = size(rows), n = size(kLine), k = size(kQuantGroup);
  Value x = tile("llvm.x86.tileloadd64.internal", {m, k, input, bytes(rowBytes)});
  Value w = tile("llvm.x86.tileloadd64.internal", {size(kWords), n, weights, bytes(kLine)});
  Value zero = tile("llvm.x86.tilezero.internal", {m, n});
  Value product = tile("llvm.x86.tdpbssd.internal", {m, n, k, zero, x, w});
  LLVM::CallIntrinsicOp::create(b, b.getStringAttr("llvm.x86.tilestored64.internal"),
                                ValueRange{m, n, at(memory, slot * rows * kLine), bytes(kLine), product});
}

SmallVector<Value> AmxTile::sums(int64_t slot) {
  SmallVector<Value> sums;
  for (int64_t r = 0; r < rows; ++r)
    sums.push_back(LLVM::LoadOp::create(b, ints, at(memory, (slot * rows + r) * kLine), kLine));
  return sums;
}

namespace {

/// A turn of the loop for each group: lines of a word of 16 columns, 4 bytes each.
struct Unpacker : ImplicitLocOpBuilder {
  TileUnpackOp op;
  Type ptr = LLVM::LLVMPointerType::get(getContext());
  VectorType words = VectorType::get({kLanes}, getI32Type());
  VectorType bytes = VectorType::get({4 * kLanes}, getI8Type());

  Unpacker(TileUnpackOp op, ImplicitLocOpBuilder &builder) : ImplicitLocOpBuilder(builder), op(op) {}

  Value constant(int64_t v) { return arith::ConstantOp::create(*this, getI64IntegerAttr(v)); }
  Value splat(VectorType type, int64_t v) {
    return arith::ConstantOp::create(
        *this, DenseElementsAttr::get(type, Attribute(getIntegerAttr(type.getElementType(), v))));
  }
  Value group(Value base, Value index, int64_t size) {
    return LLVM::GEPOp::create(*this, ptr, getI8Type(), base,
                               ValueRange{arith::MulIOp::create(*this, index, constant(size))});
  }
  Value line(Value base, int64_t n) {
    return LLVM::GEPOp::create(*this, ptr, getI8Type(), base, ArrayRef<LLVM::GEPArg>{int32_t(n * kLine)});
  }

  void emit() {
    auto loop = scf::ForOp::create(*this, constant(0), constant(op.getDepth() / kQuantGroup), constant(1));
    setInsertionPointToStart(loop.getBody());
    Value index = loop.getInductionVar();
    Value from = group(op.getPanel(), index, FACET_PANEL * storedBytes(op.getElement(), kQuantGroup));
    Value to = group(op.getTo(), index, FACET_PANEL * kQuantGroup);
    bool q8 = isa<Q8Type>(op.getElement());
    for (int64_t half = 0; half < kHalves; ++half)
      for (int64_t word = 0; word < kWords; ++word)
        store(q8 ? plain(line(from, word * kHalves + half))
                 : nibbles(line(from, word / 2 * kHalves + half), word % 2),
              q8 ? 128 : 8, line(to, half * kWords + word));
  }
  Value plain(Value from) { return LLVM::LoadOp::create(*this, words, from, kLine); }
  /// The two halves of a word's bytes are words one after another.
  Value nibbles(Value from, bool high) {
    Value both = plain(from);
    if (high)
      both = arith::ShRUIOp::create(*this, both, splat(words, 4));
    return arith::AndIOp::create(*this, both, splat(words, 0x0f0f0f0f));
  }
  void store(Value word, int64_t offset, Value to) {
    Value stored = LLVM::BitcastOp::create(*this, bytes, word);
    LLVM::StoreOp::create(*this, arith::SubIOp::create(*this, stored, splat(bytes, int8_t(offset))), to,
                          kLine);
  }
};

} // namespace

void facet::emitUnpack(TileUnpackOp op, ImplicitLocOpBuilder &builder) { Unpacker(op, builder).emit(); }
