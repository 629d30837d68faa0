// The micro-kernel of linears on x86 over f32 and bf16: panels of 32 columns, two vectors of 16 lanes a row.
//
// AVX-512 holds 12 rows x 2 vectors in 24 of its 32 registers; AVX2 splits each vector in two and holds 3
// rows in 12 of 16. Weights are loaded once for all rows; bf16 pairs (column j, column j + 16) of a 32-bit
// word become f32 by one shift and one mask.
#include "targets/x86/TileLinear.h"

#include "targets/Target.h"
#include "targets/x86/TileAmx.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Pass/Pass.h"

using namespace mlir;
using namespace mlir::facet;

namespace {

constexpr int64_t kLanes = 16, kColumns = 32, kLine = 64;

struct Emitter : ImplicitLocOpBuilder {
  TileLinearOp op;
  VectorType lanes, words;
  Type ptr;

  Emitter(TileLinearOp op, OpBuilder &builder)
      : ImplicitLocOpBuilder(op.getLoc(), builder), op(op), lanes(VectorType::get({kLanes}, getF32Type())),
        words(VectorType::get({kLanes}, getI32Type())), ptr(LLVM::LLVMPointerType::get(getContext())) {}

  Value constant(int64_t v) { return arith::ConstantOp::create(*this, getI64IntegerAttr(v)); }
  Value address(Value base, Value index, int64_t scale, int64_t extra) {
    Value bytes =
        arith::AddIOp::create(*this, arith::MulIOp::create(*this, index, constant(scale)), constant(extra));
    return LLVM::GEPOp::create(*this, ptr, getI8Type(), base, ValueRange{bytes});
  }

  /// The 32 weights of depth k + u as two vectors of f32.
  std::pair<Value, Value> weights(Value k, int64_t u) {
    if (op.getElement().isF32()) {
      int64_t row = kColumns * 4;
      Value low = LLVM::LoadOp::create(*this, lanes, address(op.getPanel(), k, row, u * row), 64);
      Value high = LLVM::LoadOp::create(*this, lanes, address(op.getPanel(), k, row, u * row + 64), 64);
      return {low, high};
    }
    int64_t row = kColumns * 2;
    Value pairs = LLVM::LoadOp::create(*this, words, address(op.getPanel(), k, row, u * row), 64);
    auto splat = [&](int32_t v) {
      return arith::ConstantOp::create(*this, DenseElementsAttr::get(words, v)).getResult();
    };
    Value low = arith::ShLIOp::create(*this, pairs, splat(16));
    Value high = arith::AndIOp::create(*this, pairs, splat(int32_t(0xffff0000)));
    return {arith::BitcastOp::create(*this, lanes, low), arith::BitcastOp::create(*this, lanes, high)};
  }

  /// The cache lines that lie ahead of depth k + u (TileLinear.h).
  void prefetch(Value k, int64_t u) {
    int64_t row = kColumns * op.getElement().getIntOrFloatBitWidth() / 8;
    int64_t ahead = prefetchOf(op);
    for (int64_t line = 0; ahead && line < row; line += kLine)
      LLVM::Prefetch::create(*this, address(op.getPanel(), k, row, u * row + ahead + line), /*rw=*/0,
                             kPrefetchInto, /*data=*/1);
  }

  SmallVector<Value> emit() {
    int64_t rows = op.getRows().size(), unroll = unrollOf(op, op.getDepth(),
                                                          rows <= 2   ? 4
                                                          : rows <= 4 ? 2
                                                                      : 1);
    Value zero = arith::ConstantOp::create(*this, DenseElementsAttr::get(lanes, 0.0f));
    SmallVector<Value> initial(2 * rows, zero);
    auto loop = scf::ForOp::create(*this, constant(0), constant(op.getDepth()), constant(unroll), initial);
    {
      OpBuilder::InsertionGuard guard(*this);
      setInsertionPointToStart(loop.getBody());
      SmallVector<Value> sums(loop.getRegionIterArgs());
      for (int64_t u = 0; u < unroll; ++u) {
        prefetch(loop.getInductionVar(), u);
        auto [low, high] = weights(loop.getInductionVar(), u);
        for (int64_t i = 0; i < rows; ++i) {
          Value x = LLVM::LoadOp::create(*this, getF32Type(),
                                         address(op.getRows()[i], loop.getInductionVar(), 4, 4 * u), 4);
          Value splat = vector::BroadcastOp::create(*this, lanes, x);
          sums[2 * i] = LLVM::FMAOp::create(*this, lanes, splat, low, sums[2 * i]);
          sums[2 * i + 1] = LLVM::FMAOp::create(*this, lanes, splat, high, sums[2 * i + 1]);
        }
      }
      scf::YieldOp::create(*this, sums);
    }
    return SmallVector<Value>(loop.getResults());
  }
};

struct LowerTileLinear : PassWrapper<LowerTileLinear, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(LowerTileLinear)
  StringRef getArgument() const final { return "facet-x86-lower-tile-linear"; }
  StringRef getDescription() const final {
    return "facet.tile_linear and facet.tile_unpack become loops over the panel's depth";
  }
  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<arith::ArithDialect, scf::SCFDialect, vector::VectorDialect, LLVM::LLVMDialect>();
  }
  void runOnOperation() override {
    auto target = getOperation()->getAttrOfType<TargetAttr>("facet.target");
    SmallVector<TileLinearOp> work;
    getOperation().walk([&](TileLinearOp op) { work.push_back(op); });
    for (TileLinearOp op : work) {
      if (isQuantized(op.getElement()) && !target) {
        op.emitOpError("of quantised weights expects a facet.target attribute on the module");
        return signalPassFailure();
      }
      if (op.getIntegers() && !target.getInt8Tiles()) {
        op.emitOpError("of unpacked weights expects a target with int8_tiles");
        return signalPassFailure();
      }
    }
    IRRewriter rewriter(&getContext());
    for (TileLinearOp op : work) {
      rewriter.setInsertionPoint(op);
      SmallVector<Value> sums =
          isQuantized(op.getElement()) ? emitQuantTile(op, target, rewriter) : Emitter(op, rewriter).emit();
      rewriter.replaceOp(op, sums);
    }
    getOperation().walk([&](TileUnpackOp op) {
      ImplicitLocOpBuilder builder(op.getLoc(), op);
      emitUnpack(op, builder);
      op.erase();
    });
  }
};

} // namespace

static bool isThin(TileLinearOp op) { return op.getRows().size() <= 2; }

int64_t facet::unrollOf(TileLinearOp op, int64_t steps, int64_t otherwise) {
  int64_t unroll = 0;
  if (ScheduleAttr schedule = op.getScheduleAttr())
    unroll = isThin(op) ? schedule.getThinUnroll() : schedule.getUnroll();
  if (!unroll)
    unroll = otherwise;
  while (steps % unroll)
    unroll /= 2;
  return unroll;
}

int64_t facet::prefetchOf(TileLinearOp op, int64_t thin) {
  if (!isThin(op))
    return kColumns * storedBytes(op.getElement(), op.getDepth());
  ScheduleAttr schedule = op.getScheduleAttr();
  return schedule && schedule.getPrefetch() ? schedule.getPrefetch() : thin;
}

std::unique_ptr<Pass> facet::createLowerTileLinearPass() { return std::make_unique<LowerTileLinear>(); }
