#include "passes/lower/KvPages.h"

#include "runtime/abi.h"

using namespace mlir;
using namespace mlir::facet;

KvLayout::KvLayout(KvType type)
    : type(type), element(type.getElement()), pairs(element.isBF16()), dim(type.getHeadDim()),
      sideBytes(dim * FACET_KV_BLOCK * element.getIntOrFloatBitWidth() / 8) {}

int64_t KvLayout::valueLines() const { return pairs ? FACET_KV_BLOCK / 2 : FACET_KV_BLOCK; }

Value facet::kvBlockAddress(KernelBuilder &b, Value view, const KvLayout &layout, Value sequence,
                            Value position) {
  Value base = b.loadPointer(view, 0), pageBytes = b.loadI64(b.at(view, 8)),
        shift = b.loadI64(b.at(view, 16));
  Value tables = b.loadPointer(view, 24), stride = b.loadI64(b.at(view, 32));
  Value page = arith::ShRUIOp::create(b, position, shift);
  Value physical = b.loadI32(b.at(tables, b.mul(b.add(b.mul(sequence, stride), page), 4)));
  Value inPage = b.sub(position, arith::ShLIOp::create(b, page, shift));
  return b.at(base,
              b.add(b.mul(physical, pageBytes), b.mul(b.div(inPage, FACET_KV_BLOCK), layout.blockBytes())));
}

void facet::storeKeyAndValue(KernelBuilder &b, const KvLayout &layout, Value head, Value position,
                             Value column, Value key, Value value) {
  Value slot = b.rem(position, FACET_KV_BLOCK), values = b.at(head, layout.sideBytes);
  if (!layout.pairs) {
    b.storeLanes(value, b.at(values, b.mul(b.add(b.mul(slot, layout.dim), column), 4)), layout.element);
    for (int64_t i = 0; i < kLanes; ++i)
      b.store(vector::ExtractOp::create(b, key, i),
              b.at(head, b.mul(b.add(b.mul(b.add(column, i), FACET_KV_BLOCK), slot), 4)));
    return;
  }
  // Two dimensions of a key are one store. The other half of a value's word may be another worker's.
  Value words = LLVM::BitcastOp::create(b, VectorType::get({kLanes / 2}, b.getI32Type()), b.roundToBf16(key));
  for (int64_t i = 0; i < kLanes / 2; ++i)
    b.store(vector::ExtractOp::create(b, words, i),
            b.at(head, b.mul(b.add(b.mul(b.add(b.div(column, 2), i), FACET_KV_BLOCK), slot), 4)));
  Value halves = b.roundToBf16(value),
        line = b.at(values, b.add(b.mul(b.div(slot, 2), layout.valueStride()), b.mul(b.rem(slot, 2), 2)));
  for (int64_t i = 0; i < kLanes; ++i)
    b.store(vector::ExtractOp::create(b, halves, i), b.at(line, b.mul(b.add(column, i), 4)), 2);
}
