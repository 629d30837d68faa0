// facet-tile-attention: attention is cut along its keys.
#include "passes/Passes.h"

#include "ir/Facet.h"
#include "runtime/abi.h"

#include "llvm/Support/MathExtras.h"

namespace mlir::facet {
#define GEN_PASS_DEF_TILEATTENTION
#include "passes/Passes.h.inc"
} // namespace mlir::facet

using namespace mlir;
using namespace mlir::facet;

namespace {

/// Before:  %y = group "attention" (%qkv, %rows, %kv) { ...; attention }
/// After:   %p = group "attention" (%qkv, %rows, %kv) { ...; attention_parts }
///          %y = group "attention_merge" (%p, %rows) { attention_merge }
struct TileAttention : facet::impl::TileAttentionBase<TileAttention> {
  void runOnOperation() override {
    SmallVector<GroupOp> work;
    getOperation().walk([&](GroupOp group) {
      if (group.getKind() == "attention")
        work.push_back(group);
    });
    for (GroupOp group : work)
      split(group);
  }

  void split(GroupOp group) {
    auto attention = *group.getBody().getOps<AttentionOp>().begin();
    OpBuilder builder(attention);
    Type type = partsOf(attention);
    auto parts = AttentionPartsOp::create(builder, attention.getLoc(), type, attention.getQ(),
                                          attention.getRows(), attention.getKv());
    Value rows = group.getInputs()[cast<BlockArgument>(attention.getRows()).getArgNumber()];
    attention.replaceAllUsesWith(parts.getParts());
    attention.erase();
    Value result = group.getResult(0);
    Type merged = result.getType();
    result.setType(type);
    builder.setInsertionPointAfter(group);
    Location loc = mergeLocOf(group);
    auto merge = GroupOp::create(builder, loc, merged, builder.getStringAttr("attention_merge"),
                                 ValueRange{result, rows});
    result.replaceAllUsesExcept(merge.getResult(0), merge);
    if (Attribute layer = group->getAttr("facet.layer"))
      merge->setAttr("facet.layer", layer);
    Block *block = builder.createBlock(&merge.getBody(), {}, {type, rows.getType()}, {loc, loc});
    Value y = AttentionMergeOp::create(builder, loc, merged, block->getArgument(0), block->getArgument(1));
    YieldOp::create(builder, loc, y);
  }

  /// "layers.3.attn.merge" beside "layers.3.attn.mix": what schedules and profiles show.
  static Location mergeLocOf(GroupOp group) {
    auto named = group.getLoc()->findInstanceOf<NameLoc>();
    if (!named)
      return group.getLoc();
    std::string name = (named.getName().getValue().rsplit('.').first + ".merge").str();
    return NameLoc::get(StringAttr::get(group.getContext(), name));
  }

  AttentionPartsType partsOf(AttentionOp op) {
    KvType kv = op.getKv().getType();
    int64_t heads = widthOf(op.getQ()) / kv.getHeadDim(), slots = segmentsBelow(maxPositions());
    if (kv.getWindow()) {
      // As many as the keys of a row can touch, and those that other rows of its block see before and behind
      // them.
      int64_t keys = kv.getWindow() + 2 * (FACET_SPLIT_ROWS - 1);
      slots = std::min((keys - 2) / FACET_KV_SEGMENT + 2,
                       int64_t(llvm::divideCeil(maxPositions(), FACET_KV_SEGMENT)));
    }
    return AttentionPartsType::get(&getContext(), kv.getWindow(), slots, heads, kv.getHeadDim());
  }

  /// Segments of `positions` positions without a window; see segmentOf in passes/lower/KvSegments.h.
  static int64_t segmentsBelow(int64_t positions) {
    auto log2 = [](int64_t n) { return int64_t(llvm::Log2_64(n)); }; // which is unsigned
    int64_t last = positions - 1,
            doublings = std::max<int64_t>(log2(last | 1) - log2(FACET_KV_SEGMENT) - 3, 0);
    return 8 * doublings + (last / FACET_KV_SEGMENT >> doublings) + 1;
  }

  int64_t maxPositions() {
    constexpr int64_t kLongest = 262144; // of the published models
    auto model = getOperation()->getAttrOfType<DictionaryAttr>("facet.model");
    auto positions = model ? model.getAs<IntegerAttr>("max_positions") : IntegerAttr();
    return positions ? positions.getInt() : kLongest;
  }
};

} // namespace
