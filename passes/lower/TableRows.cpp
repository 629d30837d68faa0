#include "passes/lower/TableRows.h"

#include "ir/Storage.h"

using namespace mlir;
using namespace mlir::facet;

namespace {

class TableReader {
public:
  TableReader(KernelBuilder &b, RankedTensorType table, Value base, Value index, Value column)
      : b(b), element(table.getElementType()), columns(table.getDimSize(1)), base(base), index(index),
        column(column) {
    if (auto attribute = dyn_cast_or_null<PanelAttr>(table.getEncoding())) {
      panelRows = attribute.getRows();
      slot = b.rem(index, panelRows);
      panel = b.at(base, b.mul(b.sub(index, slot), storedBytes(element, columns)));
    }
  }

  Value read() {
    if (isQuantized(element))
      return panelRows ? quantized(panelWords(), panelScale()) : quantized(rowWords(), rowScale());
    return panelRows ? fromPanel() : fromRow();
  }

private:
  int64_t bytes() { return element.getIntOrFloatBitWidth() / 8; }
  Value fromRow() {
    return b.loadLanes(b.at(base, b.mul(b.add(b.mul(index, columns), column), bytes())), element);
  }

  /// One element from each of 16 consecutive columns of the panel; bf16 rows j and j + 16 share a word.
  Value fromPanel() {
    Value place = slot;
    if (element.isBF16())
      place = b.add(b.mul(b.rem(slot, kLanes), 2), b.div(slot, kLanes));
    Value address = b.at(panel, b.mul(b.add(b.mul(column, panelRows), place), bytes()));
    Value lanes = b.constant(VectorType::get({kLanes}, element), 0.0);
    for (int64_t i = 0; i < kLanes; ++i)
      lanes = vector::InsertOp::create(b, b.load(element, b.at(address, i * panelRows * bytes()), 2), lanes,
                                       ArrayRef<int64_t>{i});
    return element.isF32() ? lanes : arith::ExtFOp::create(b, b.lanes(), lanes).getResult();
  }

  // A group of 32 columns is 8 words of four int8 (q8) or 4 words of eight int4 (q4); 16 columns are half of
  // them.
  bool isQ8() { return isa<Q8Type>(element); }
  int64_t groupWords() { return isQ8() ? 8 : 4; }
  Value group() { return b.div(column, kQuantGroup); }
  Value firstWord() { return b.mul(b.rem(b.div(column, kLanes), 2), groupWords() / 2); }

  Value panelGroup() { return b.at(panel, b.mul(group(), panelRows * storedBytes(element, kQuantGroup))); }
  Value panelScale() { return b.at(panelGroup(), b.add(b.mul(slot, 2), panelRows * groupWords() * 4)); }
  SmallVector<Value> panelWords() {
    return loadWords(b.at(panelGroup(), b.mul(b.add(b.mul(firstWord(), panelRows), slot), 4)), panelRows * 4);
  }

  Value rowStart() { return b.at(base, b.mul(index, storedBytes(element, columns))); }
  Value rowScale() {
    return b.at(rowStart(), b.add(b.mul(group(), 2), columns / kQuantGroup * groupWords() * 4));
  }
  SmallVector<Value> rowWords() {
    return loadWords(b.at(rowStart(), b.mul(b.add(b.mul(group(), groupWords()), firstWord()), 4)), 4);
  }

  SmallVector<Value> loadWords(Value address, int64_t stride) {
    SmallVector<Value> words;
    for (int64_t i = 0; i < groupWords() / 2; ++i)
      words.push_back(b.load(b.getI32Type(), b.at(address, i * stride)));
    return words;
  }

  /// (unsigned integer - offset) * scale.
  Value quantized(ArrayRef<Value> words, Value scaleAddress) {
    auto four = VectorType::get({4}, b.getI32Type()), bytes = VectorType::get({kLanes}, b.getI8Type()),
         wide = VectorType::get({kLanes}, b.getI32Type());
    Value all = arith::ConstantOp::create(b, DenseElementsAttr::get(four, int32_t(0)));
    for (int64_t i = 0; i < 4; ++i) {
      Value word = isQ8() ? words[i] : words[i / 2];
      if (!isQ8() && i % 2) // of a word's int4, the low halves come first
        word = arith::ShRUIOp::create(b, word, b.i32(4));
      all = vector::InsertOp::create(b, word, all, ArrayRef<int64_t>{i});
    }
    if (!isQ8())
      all = arith::AndIOp::create(
          b, all, arith::ConstantOp::create(b, DenseElementsAttr::get(four, int32_t(0x0f0f0f0f))));
    Value integers = arith::ExtUIOp::create(b, wide, vector::BitCastOp::create(b, bytes, all));
    Value offset = arith::ConstantOp::create(b, DenseElementsAttr::get(wide, int32_t(isQ8() ? 128 : 8)));
    Value scale = arith::ExtFOp::create(b, b.getF32Type(), b.load(b.getF16Type(), scaleAddress, 2));
    return b.fmul(arith::SIToFPOp::create(b, b.lanes(), b.sub(integers, offset)), b.splat(scale));
  }

  KernelBuilder &b;
  Type element;
  int64_t columns, panelRows = 0; // panelRows 0: the table lies in rows
  Value base, index, column, slot, panel;
};

} // namespace

Value facet::tableChunk(KernelBuilder &b, RankedTensorType table, Value base, Value index, Value column) {
  return TableReader(b, table, base, index, column).read();
}
