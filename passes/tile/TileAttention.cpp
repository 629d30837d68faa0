// facet-tile-attention: which tiles of keys a query visits.
#include "passes/Passes.h"

#include "ir/Facet.h"
#include "runtime/abi.h"

#include "mlir/IR/AffineExpr.h"
#include "mlir/IR/AffineMap.h"

namespace mlir::facet {
#define GEN_PASS_DEF_TILEATTENTION
#include "passes/Passes.h.inc"
} // namespace mlir::facet

using namespace mlir;
using namespace mlir::facet;

namespace {

/// Adds `tiles = affine_map<(first, last) -> (first tile's position, position behind the last key)>` of the
/// first and last key that some query of a pass sees. Without it the lowering starts at position 0, and a
/// sliding layer's cost grows with the context. A query at position p with window W then visits
/// floor(last / 64) - floor(max(0, p - W + 1) / 64) + 1 tiles.
struct TileAttention : facet::impl::TileAttentionBase<TileAttention> {
  void runOnOperation() override {
    Builder b(&getContext());
    AffineExpr first = b.getAffineDimExpr(0), last = b.getAffineDimExpr(1);
    AffineMap visible = AffineMap::get(2, 0, {first.floorDiv(FACET_KV_TILE) * FACET_KV_TILE, last + 1}, &getContext());
    getOperation().walk([&](AttentionOp op) {
      if (op.getKv().getType().getWindow())
        op->setAttr("tiles", AffineMapAttr::get(visible));
    });
  }
};

} // namespace
