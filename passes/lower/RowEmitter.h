// Emits row-wise and element-wise ops for one row at a time.
//
// A value of the kernel is either in memory (an operand, a result, a row of scratch) or lazy: recomputed
// for the 16 columns that someone asks for. `visit` is called for each op in order and decides which;
// `chunk` yields 16 columns of either kind. Prologues, epilogues and row kernels are all made of it, so a
// new element-wise op needs one case in `RowEmitter::lazyChunk` and nothing in the targets.
#pragma once

#include "passes/lower/KernelBuilder.h"

#include "llvm/ADT/DenseMap.h"

namespace mlir::facet {

/// Memory of one worker, handed out at compile time.
struct ScratchPlan {
  Value base;
  int64_t used = 0;
  int64_t peak = 0;
  /// Offset of `bytes` more, aligned to 64.
  int64_t take(int64_t bytes);
};

class RowEmitter {
public:
  /// `addresses` maps the kernel's arguments and returned values to the operands' pointers.
  RowEmitter(KernelBuilder &builder, const DenseMap<Value, Value> &addresses, ScratchPlan &scratch,
             Value row);

  /// Emit what `op` needs before its results can be read; results that leave the kernel or have several
  /// readers are written to memory. Fails on an op that is not row-wise.
  LogicalResult visit(Operation *op);
  /// Columns `column` to `column + 15` of a value.
  Value chunk(Value value, Value column);
  /// Write all columns of `value` to `address`, and read it from there from now on.
  void materialize(Value value, Value address);
  /// The row's address of a value in memory; null if it is lazy.
  Value addressOf(Value value);
  /// From now on `value` is whatever `read` yields: the accumulators of a micro-kernel.
  void bind(Value value, std::function<Value(Value column)> read) { bound[value] = std::move(read); }

private:
  Value lazyChunk(Operation *op, Value column);
  void visitNorm(RmsNormOp op);
  void visitRope(RopeOp op);
  void visitRopeTable(RopeTableOp op);
  void visitRoute(MoeRouteOp op);
  void visitKvWrite(KvWriteOp op);
  Value embedChunk(EmbedOp op, Value column);
  Value weightChunk(Value weight, Value column);
  Value scalarWeight(Value weight, Value index);
  Value scratchAddress(int64_t bytes);
  Value destination(Value value);

  KernelBuilder &b;
  const DenseMap<Value, Value> &addresses;
  ScratchPlan &scratch;
  Value row;
  DenseMap<Value, Value> memory;    // row addresses
  DenseMap<Value, Value> normScale; // rms_norm result -> address of 1 / rms of each group
  DenseMap<Value, std::function<Value(Value)>> bound;
};

/// `#rows` of a row set, its member arrays and their entries. Offsets are those of facet_row_set (abi.h).
namespace rows {
Value count(KernelBuilder &b, Value set);
Value blockCount(KernelBuilder &b, Value set);
Value token(KernelBuilder &b, Value set, Value row);
Value position(KernelBuilder &b, Value set, Value row);
Value lastVisible(KernelBuilder &b, Value set, Value row);
Value sequence(KernelBuilder &b, Value set, Value row);
Value parent(KernelBuilder &b, Value set, Value row);
Value block(KernelBuilder &b, Value set, Value index);
} // namespace rows

} // namespace mlir::facet
