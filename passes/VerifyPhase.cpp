// facet-verify-phase: what may remain after a phase.
#include "passes/Passes.h"

#include "ir/Facet.h"

namespace mlir::facet {
#define GEN_PASS_DEF_VERIFYPHASE
#include "passes/Passes.h.inc"
} // namespace mlir::facet

using namespace mlir;
using namespace mlir::facet;

namespace {

struct VerifyPhase : facet::impl::VerifyPhaseBase<VerifyPhase> {
  using VerifyPhaseBase::VerifyPhaseBase;

  void runOnOperation() override {
    auto result = getOperation().walk([&](Operation *op) {
      // An entry is a dialect, or one op written in full.
      if (llvm::is_contained(allowed, op->getName().getDialectNamespace()) ||
          llvm::is_contained(allowed, op->getName().getStringRef()))
        return WalkResult::advance();
      op->emitOpError("may not remain after phase '") << phase << "'";
      return WalkResult::interrupt();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }
};

} // namespace
