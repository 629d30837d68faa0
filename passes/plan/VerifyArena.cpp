// facet-verify-arena: an independent check of the plan.
#include "passes/Passes.h"
#include "passes/plan/DispatchGraph.h"

#include "runtime/limits.h"

namespace mlir::facet {
#define GEN_PASS_DEF_VERIFYARENA
#include "passes/Passes.h.inc"
} // namespace mlir::facet

using namespace mlir;
using namespace mlir::facet;

namespace {

/// For every two results that share bytes, every dispatch that touches the earlier one must be ordered before
/// the later one's writer. Also refuses a read, of a result or of a K/V stream, that no wait orders after its
/// write.
struct VerifyArena : facet::impl::VerifyArenaBase<VerifyArena> {
  void runOnOperation() override {
    auto step = getOperation().lookupSymbol<func::FuncOp>("step");
    auto ladder = step ? step->getAttrOfType<DenseI64ArrayAttr>("facet.ladder") : DenseI64ArrayAttr();
    if (!ladder)
      return;
    DispatchGraph graph(step);
    if (failed(verifyReads(graph)) || failed(verifyStreams(graph)))
      return signalPassFailure();
    for (auto [entry, rows] : llvm::enumerate(ladder.asArrayRef())) {
      if (rows < 1 || rows > FACET_MAX_STEP_ROWS) {
        step.emitOpError("expects a ladder of 1 to ") << FACET_MAX_STEP_ROWS << " rows, got " << rows;
        return signalPassFailure();
      }
      if (failed(verifyEntry(graph, entry, rows, ladder.size())))
        return signalPassFailure();
    }
  }

  LogicalResult verifyReads(DispatchGraph &graph) {
    for (auto [i, dispatch] : llvm::enumerate(graph.dispatches))
      for (Value input : dispatch.getInputs())
        if (Operation *writer = input.getDefiningOp(); writer && graph.index.contains(writer))
          if (!graph.before[i].test(graph.index.lookup(writer)))
            return dispatch.emitOpError("reads a result of dispatch ")
                   << graph.index.lookup(writer) << " without waiting for it";
    return success();
  }

  /// A dispatch that follows a K/V write in the program sees what was written.
  LogicalResult verifyStreams(DispatchGraph &graph) {
    llvm::StringMap<int64_t> writers;
    for (auto [i, dispatch] : llvm::enumerate(graph.dispatches)) {
      auto kernel = getOperation().lookupSymbol<func::FuncOp>(dispatch.getKernel());
      bool writes = kernel.walk([](KvWriteOp) { return WalkResult::interrupt(); }).wasInterrupted();
      for (Value input : dispatch.getInputs()) {
        auto get = input.getDefiningOp<GetOp>();
        if (!get || !isa<KvType>(input.getType()))
          continue;
        auto writer = writers.find(get.getSymbol());
        if (writer != writers.end() && !graph.before[i].test(writer->second))
          return dispatch.emitOpError("touches K/V that dispatch ")
                 << writer->second << " writes without waiting for it";
        if (writes)
          writers[get.getSymbol()] = i;
      }
    }
    return success();
  }

  LogicalResult verifyEntry(DispatchGraph &graph, size_t entry, int64_t rows, size_t entries) {
    struct Range {
      Value value;
      int64_t writer, first, last;
    };
    SmallVector<Range> ranges;
    for (auto [i, dispatch] : llvm::enumerate(graph.dispatches)) {
      auto offsets = dispatch->getAttrOfType<DenseI64ArrayAttr>("offsets");
      if (!offsets || offsets.size() != int64_t(entries * dispatch.getNumResults()))
        return dispatch.emitOpError("expects an offset for each result and ladder entry");
      for (auto [r, result] : llvm::enumerate(dispatch->getResults())) {
        int64_t offset = offsets[entry * dispatch.getNumResults() + r];
        if (offset > int64_t(FACET_MAX_ARENA_BYTES))
          return dispatch.emitOpError("expects offsets of at most ")
                 << FACET_MAX_ARENA_BYTES << ", got " << offset;
        if (offset >= 0)
          ranges.push_back({result, int64_t(i), offset, offset + bytesOf(result.getType(), rows)});
      }
    }
    for (size_t a = 0; a < ranges.size(); ++a)
      for (size_t b = a + 1; b < ranges.size(); ++b) {
        if (ranges[a].last <= ranges[b].first || ranges[b].last <= ranges[a].first)
          continue;
        if (graph.isDead(ranges[a].value, ranges[b].writer))
          continue;
        InFlightDiagnostic diag =
            graph.dispatches[ranges[b].writer]->emitOpError("overlaps a live buffer in the arena");
        diag.attachNote(graph.dispatches[ranges[a].writer]->getLoc()) << "which this dispatch wrote";
        return diag;
      }
    return success();
  }
};

} // namespace
