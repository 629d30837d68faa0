// facet-plan-buffers: the arena.
#include "passes/Passes.h"
#include "passes/plan/DispatchGraph.h"

#include "runtime/limits.h"

namespace mlir::facet {
#define GEN_PASS_DEF_PLANBUFFERS
#include "passes/Passes.h.inc"
} // namespace mlir::facet

using namespace mlir;
using namespace mlir::facet;

namespace {

/// First fit in dispatch order. A buffer may lie where another lay if all that touched that one is ordered
/// before its writer. Adds `offsets` (for each result one offset an entry; -1 for a step output) and the
/// step's `facet.arena`.
struct PlanBuffers : facet::impl::PlanBuffersBase<PlanBuffers> {
  using PlanBuffersBase::PlanBuffersBase;
  static constexpr int64_t kAlign = 256;

  struct Placed {
    Value value;
    int64_t offset, bytes;
  };

  void runOnOperation() override {
    auto step = getOperation().lookupSymbol<func::FuncOp>("step");
    if (!step)
      return;
    SmallVector<int64_t> rows(ladder.begin(), ladder.end());
    if (rows.empty())
      rows = {1, 4, 16, 64, 256};
    if (llvm::any_of(rows, [](int64_t n) { return n < 1 || n > FACET_MAX_STEP_ROWS; })) {
      step.emitOpError("has no place for a ladder with entries outside 1 to ")
          << FACET_MAX_STEP_ROWS << " rows";
      return signalPassFailure();
    }
    DispatchGraph graph(step);
    SmallVector<SmallVector<int64_t>> offsets(graph.dispatches.size());
    SmallVector<int64_t> arena;
    for (int64_t entry : rows)
      arena.push_back(place(graph, entry, offsets));
    Builder b(&getContext());
    for (auto [dispatch, list] : llvm::zip(graph.dispatches, offsets))
      dispatch->setAttr("offsets", b.getDenseI64ArrayAttr(list));
    step->setAttr("facet.ladder", b.getDenseI64ArrayAttr(rows));
    step->setAttr("facet.arena", b.getDenseI64ArrayAttr(arena));
  }

  /// Places all results for one entry; returns the arena's size.
  int64_t place(DispatchGraph &graph, int64_t rows, SmallVector<SmallVector<int64_t>> &offsets) {
    SmallVector<Placed> placed;
    int64_t arena = 0;
    for (auto [i, dispatch] : llvm::enumerate(graph.dispatches)) {
      for (Value result : dispatch->getResults()) {
        if (isOutput(result)) {
          offsets[i].push_back(-1);
          continue;
        }
        int64_t bytes = llvm::alignTo(bytesOf(result.getType(), rows), kAlign), offset = 0;
        llvm::sort(placed, [](const Placed &a, const Placed &b) { return a.offset < b.offset; });
        for (const Placed &other : placed)
          if (offset + bytes > other.offset && offset < other.offset + other.bytes &&
              !graph.isDead(other.value, i))
            offset = other.offset + other.bytes;
        placed.push_back({result, offset, bytes});
        offsets[i].push_back(offset);
        arena = std::max(arena, offset + bytes);
      }
    }
    return arena;
  }
};

} // namespace
