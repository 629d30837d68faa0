// The micro-kernel of attention on x86 over f32 and bf16: up to 24 vectors of sums stay in registers while
// lines of keys or values pass.
//
// f32 rows are multiplied as f32; a line of bf16 pairs is widened by a shift and a mask, once for all rows.
// bf16 rows are multiplied by vdpbf16ps, a pair of products a lane, with the row's pair broadcast from
// memory.
#include "targets/x86/TileDot.h"

#include "targets/Target.h"

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

constexpr int64_t kLanes = 16;
constexpr int32_t kSecondLevel = 2; // of the caches: a tile is larger than the first

class DotTile : ImplicitLocOpBuilder {
public:
  DotTile(TileDotOp op, OpBuilder &builder)
      : ImplicitLocOpBuilder(op.getLoc(), builder), op(op), pairs(op.getLineElement().isBF16()),
        dots(op.getRowElement().isBF16()), rowStep(pairs && !dots ? 8 : 4), lines(op.getLines().size()),
        lanes(VectorType::get({kLanes}, getF32Type())), words(VectorType::get({kLanes}, getI32Type())),
        halves(VectorType::get({2 * kLanes}, getBF16Type())), ptr(LLVM::LLVMPointerType::get(getContext())) {}

  SmallVector<Value> emit() {
    int64_t sums = op.getSums().size(), unroll = sums >= kLanes ? 1 : sums > 4 ? 2 : 4;
    while (op.getSteps() % unroll)
      unroll /= 2;
    auto loop =
        scf::ForOp::create(*this, constant(0), constant(op.getSteps()), constant(unroll), op.getSums());
    OpBuilder::InsertionGuard guard(*this);
    setInsertionPointToStart(loop.getBody());
    SmallVector<Value> next(loop.getRegionIterArgs());
    for (int64_t u = 0; u < unroll; ++u)
      step(loop.getInductionVar(), u, next);
    scf::YieldOp::create(*this, next);
    return SmallVector<Value>(loop.getResults());
  }

private:
  Value constant(int64_t v) { return arith::ConstantOp::create(*this, getI64IntegerAttr(v)); }
  Value splat(int32_t v) { return arith::ConstantOp::create(*this, DenseElementsAttr::get(words, v)); }
  Value address(Value base, Value index, int64_t scale, int64_t extra) {
    Value bytes =
        arith::AddIOp::create(*this, arith::MulIOp::create(*this, index, constant(scale)), constant(extra));
    return LLVM::GEPOp::create(*this, ptr, getI8Type(), base, ValueRange{bytes});
  }

  void step(Value index, int64_t u, SmallVector<Value> &sums) {
    SmallVector<SmallVector<Value>> columns; // [line][depth]
    for (Value line : op.getAhead())
      LLVM::Prefetch::create(*this, address(line, index, op.getStride(), u * op.getStride()), /*rw=*/0,
                             kSecondLevel, /*data=*/1);
    for (Value line : op.getLines())
      columns.push_back(lineAt(address(line, index, op.getStride(), u * op.getStride())));
    for (auto [r, row] : llvm::enumerate(op.getRows()))
      for (int64_t depth = 0; depth < int64_t(columns[0].size()); ++depth) {
        Value x = rowAt(address(row, index, rowStep, u * rowStep + 4 * depth));
        for (int64_t j = 0; j < lines; ++j)
          add(sums[r * lines + j], x, columns[j][depth]);
      }
  }

  /// The depths of a line: vectors of f32, or one of pairs.
  SmallVector<Value> lineAt(Value at) {
    if (!pairs)
      return {LLVM::LoadOp::create(*this, lanes, at, 64)};
    if (dots)
      return {LLVM::LoadOp::create(*this, halves, at, 64)};
    Value both = LLVM::LoadOp::create(*this, words, at, 64);
    Value low = arith::ShLIOp::create(*this, both, splat(16)),
          high = arith::AndIOp::create(*this, both, splat(int32_t(0xffff0000)));
    return {arith::BitcastOp::create(*this, lanes, low), arith::BitcastOp::create(*this, lanes, high)};
  }

  /// A number of the row, or a pair, in every lane.
  Value rowAt(Value at) {
    if (!dots)
      return vector::BroadcastOp::create(*this, lanes, LLVM::LoadOp::create(*this, getF32Type(), at, 4));
    Value pair = vector::BroadcastOp::create(*this, words, LLVM::LoadOp::create(*this, getI32Type(), at, 4));
    return LLVM::BitcastOp::create(*this, halves, pair);
  }

  void add(Value &sum, Value x, Value column) {
    if (!dots)
      sum = LLVM::FMAOp::create(*this, lanes, x, column, sum);
    else
      sum = LLVM::CallIntrinsicOp::create(*this, lanes, getStringAttr("llvm.x86.avx512bf16.dpbf16ps.512"),
                                          ValueRange{sum, x, column})
                .getResult(0);
  }

  TileDotOp op;
  bool pairs, dots;
  int64_t rowStep; // bytes of a row that one line takes
  int64_t lines;
  VectorType lanes, words, halves;
  Type ptr;
};

struct LowerTileDot : PassWrapper<LowerTileDot, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(LowerTileDot)
  StringRef getArgument() const final { return "facet-x86-lower-tile-dot"; }
  StringRef getDescription() const final { return "facet.tile_dot becomes a loop over the lines"; }
  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<arith::ArithDialect, scf::SCFDialect, vector::VectorDialect, LLVM::LLVMDialect>();
  }
  void runOnOperation() override {
    auto target = getOperation()->getAttrOfType<TargetAttr>("facet.target");
    SmallVector<TileDotOp> work;
    getOperation().walk([&](TileDotOp op) { work.push_back(op); });
    IRRewriter rewriter(&getContext());
    for (TileDotOp op : work) {
      bool integers = op.getLineElement().isInteger(8);
      if (integers && !target) {
        op.emitOpError("of integers expects a facet.target attribute on the module");
        return signalPassFailure();
      }
      rewriter.setInsertionPoint(op);
      rewriter.replaceOp(op, integers ? emitIntegerDot(op, target, rewriter) : DotTile(op, rewriter).emit());
    }
  }
};

} // namespace

std::unique_ptr<Pass> facet::createLowerTileDotPass() { return std::make_unique<LowerTileDot>(); }
