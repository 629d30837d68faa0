// The facet dialect: types, attributes and ops, with what passes commonly ask of them.
#pragma once

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace mlir::facet {
/// A row of each result depends on the same row of each operand alone.
template <typename Op> class RowWise : public OpTrait::TraitBase<Op, RowWise> {};
/// An element of the result depends on the same element of each operand alone.
template <typename Op> class ElementWise : public OpTrait::TraitBase<Op, ElementWise> {};
} // namespace mlir::facet

#include "ir/FacetDialect.h.inc"
#define GET_TYPEDEF_CLASSES
#include "ir/FacetTypes.h.inc"
#define GET_ATTRDEF_CLASSES
#include "ir/FacetAttrs.h.inc"
#define GET_OP_CLASSES
#include "ir/FacetOps.h.inc"

namespace mlir::facet {

/// Width of an activation: the columns of `?xN`.
int64_t widthOf(Value value);
/// `tensor<?xWIDTHxf32>`.
RankedTensorType rowsType(MLIRContext *context, int64_t width);
/// The shape that a weight's recipe makes; empty if the attribute is not a recipe or its parts disagree.
SmallVector<int64_t> recipeShape(Attribute recipe);
/// The set of rows that a row-wise value ranges over: the operand of the `embed`, `take`, ... at its root.
/// Null if it depends on no rows.
Value rowsOf(Value value);
/// True of a table that lies in rows, because nothing but lookups reads it: the runtime reads the rows of a
/// step from the file, and the kernel sees those alone, in the order of the row set. Ask after storage is
/// assigned.
inline bool isGathered(EmbedOp op) { return !cast<RankedTensorType>(op.getTable().getType()).getEncoding(); }

} // namespace mlir::facet
