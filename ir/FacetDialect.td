//===- FacetDialect.td - the dialect, its types and attributes -------------===//
#ifndef FACET_DIALECT
#define FACET_DIALECT

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"

def Facet_Dialect : Dialect {
  let name = "facet";
  let cppNamespace = "::mlir::facet";
  let summary = "What a Gemma 4 model computes, and how it is cut into kernels";
  let description = [{
    Two levels share the dialect. At the *model level* one op is one concept of the model
    (`rms_norm`, `linear`, `rope`, `attention`, `moe_experts`, ...) on tensors `?xN` whose rows are the rows of
    a step. At the *kernel level* ops are gathered into `facet.group` regions, outlined into functions and
    called by `facet.dispatch`.

    Weights are symbols: `facet.weight @layers.0.q` states type, storage and a *recipe* (which bytes of which
    file, concatenated or interleaved how). Their bytes never enter the IR.
  }];
  let useDefaultAttributePrinterParser = 1;
  let useDefaultTypePrinterParser = 1;
}

class Facet_Type<string n, string m, list<Trait> t = []> : TypeDef<Facet_Dialect, n, t> { let mnemonic = m; }
class Facet_Attr<string n, string m, list<Trait> t = []> : AttrDef<Facet_Dialect, n, t> { let mnemonic = m; }

def Facet_RowsType : Facet_Type<"Rows", "rows"> {
  let summary = "a set of rows: sequence, position, last visible position and token of each";
}

def Facet_KvType : Facet_Type<"Kv", "kv"> {
  let summary = "the keys and values of one layer, in pages";
  let description = [{
    `window` 0 keeps every position; otherwise a query at position p sees positions above p - window.
    `element` is the storage type: `f32`, `bf16` or `!facet.q8`, whose groups are 32 dimensions of one key or value.
  }];
  let parameters = (ins "int64_t":$window, "int64_t":$heads, "int64_t":$headDim, "::mlir::Type":$element);
  let assemblyFormat = "`<` `window` `=` $window `,` `heads` `=` $heads `,` `head_dim` `=` $headDim `,` $element `>`";
  let genVerifyDecl = 1;
}

def Facet_ExpertPlanType : Facet_Type<"ExpertPlan", "expert_plan"> {
  let summary = "the (row, choice) pairs of a step, grouped by expert";
  let description = [{
    `experts + 1` offsets, then one entry `row * choices + choice` for each pair, ascending within an expert.
  }];
  let parameters = (ins "int64_t":$experts, "int64_t":$choices);
  let assemblyFormat = "`<` `experts` `=` $experts `,` `choices` `=` $choices `>`";
  let genVerifyDecl = 1;
}

def Facet_AttentionPartsType : Facet_Type<"AttentionParts", "attention_parts"> {
  let summary = "softmax states of the rows of a step, a state a query head and segment of keys";
  let description = [{
    A state is a maximum, the sum of exp(score - maximum), 14 unused f32, and `head_dim` sums of exp(score - maximum) * value:
    `[row][slot][head]`. In a step of at most FACET_SPLIT_ROWS rows a row has `slots` slots, one for each segment in which it
    sees a key, ascending from the first (`docs/kernel-abi.md`, "Attention"). In a larger step it has one, for all of them.
    `window` is that of the keys, `heads` counts query heads.
  }];
  let parameters = (ins "int64_t":$window, "int64_t":$slots, "int64_t":$heads, "int64_t":$headDim);
  let assemblyFormat = "`<` `window` `=` $window `,` `slots` `=` $slots `,` `heads` `=` $heads `,` `head_dim` `=` $headDim `>`";
  let genVerifyDecl = 1;
}

//===-- storage formats of weights (docs/artifact.md, "Weights") --------------------
def Facet_Q8Type : Facet_Type<"Q8", "q8"> {
  let summary = "storage element: an integer in [-127, 127] times the f16 scale of its group of 32 columns";
  let description = [{ The values of GGUF's Q8_0. }];
}

def Facet_Q4Type : Facet_Type<"Q4", "q4"> {
  let summary = "storage element: an integer in [-8, 7] times the f16 scale of its group of 32 columns";
  let description = [{ The values of GGUF's Q4_0. }];
}

def Facet_PanelAttr : Facet_Attr<"Panel", "panel"> {
  let summary = "tensor encoding: rows stored in panels, columns outermost within a panel";
  let description = [{
    Row n, column k of `[N, K]` lies in panel n / rows at `[k][n mod rows]`. In bf16 a pair of 16-bit values
    (n mod 32 = j, j + 16) shares a 32-bit word, so that a shift and a mask yield two vectors of 16 lanes.
    In q8 and q4 the panel is a sequence of groups of 32 columns: integers, then the scales of its rows.
    The last panel is padded with zeros.
  }];
  let parameters = (ins "int64_t":$rows);
  let assemblyFormat = "`<` $rows `>`";
}

def Facet_SourceAttr : Facet_Attr<"Source", "source"> {
  let summary = "bytes of a checkpoint file: a row-major tensor of `shape` and `element` at `offset`";
  let parameters = (ins "int64_t":$file, "int64_t":$offset, ArrayRefParameter<"int64_t">:$shape, "::mlir::Type":$element);
  let assemblyFormat = "`<` `file` $file `offset` $offset `,` `[` $shape `]` `,` $element `>`";
}

def Facet_ConcatAttr : Facet_Attr<"Concat", "concat"> {
  let summary = "recipes one after another along the rows (the second-to-last dimension)";
  let parameters = (ins ArrayRefParameter<"::mlir::Attribute">:$parts);
  let assemblyFormat = "`<` $parts `>`";
}

def Facet_InterleaveAttr : Facet_Attr<"Interleave", "interleave"> {
  let summary = "`rows` rows of each part in turn";
  let parameters = (ins "int64_t":$rows, ArrayRefParameter<"::mlir::Attribute">:$parts);
  let assemblyFormat = "`<` $rows `,` $parts `>`";
}

def Facet_SliceRowsAttr : Facet_Attr<"SliceRows", "slice_rows"> {
  let summary = "`count` rows of a recipe from row `first` (of each matrix of a stack)";
  let parameters = (ins "int64_t":$first, "int64_t":$count, "::mlir::Attribute":$part);
  let assemblyFormat = "`<` $first `,` $count `,` $part `>`";
}

def Facet_InverseFrequenciesAttr : Facet_Attr<"InverseFrequencies", "inverse_frequencies"> {
  let summary = "theta^(-2j / head_dim) / factor for j < rotated, then zeros up to head_dim / 2";
  let description = [{
    Each step is rounded to f32, as transformers does: e = 2j / head_dim, p = theta^e, then (1 / p) / factor.
    The angle of a far position shows every bit of it.
  }];
  let parameters = (ins "::mlir::FloatAttr":$theta, "::mlir::FloatAttr":$factor, "int64_t":$headDim, "int64_t":$rotated);
  let assemblyFormat = "`<` `theta` `=` $theta `,` `factor` `=` $factor `,` `head_dim` `=` $headDim `,` `rotated` `=` $rotated `>`";
}

def Facet_TargetAttr : Facet_Attr<"Target", "target"> {
  let summary = "what a pass needs to know of a target";
  let description = [{
    `vector_bits` of one register, `registers` of them; rows of a linear's micro-kernel: `row_tile` with f32
    sums, `quant_row_tile` with integer and f32 sums. `dot` is how four int8 products are added: `maddubs` (pairs in
    16 bits, then pairs of these) or `vnni` (one instruction). `bf16_dot` says that products of bf16 pairs are added in one instruction,
    `int8_tiles` that a matrix unit multiplies int8 of up to 16 rows at a time.
  }];
  let parameters = (ins "::mlir::StringAttr":$name, "int64_t":$vectorBits, "int64_t":$registers, "int64_t":$rowTile, "int64_t":$quantRowTile, "::mlir::StringAttr":$dot, DefaultValuedParameter<"bool", "false">:$bf16Dot, DefaultValuedParameter<"bool", "false">:$int8Tiles);
  let assemblyFormat = "`<` $name `,` `vector_bits` `=` $vectorBits `,` `registers` `=` $registers `,` `row_tile` `=` $rowTile `,` `quant_row_tile` `=` $quantRowTile `,` `dot` `=` $dot (`,` `bf16_dot` `=` $bf16Dot^)? (`,` `int8_tiles` `=` $int8Tiles^)? `>`";
  let genVerifyDecl = 1;
}

def Facet_ScheduleAttr : Facet_Attr<"Schedule", "schedule"> {
  let summary = "how a linear's kernel goes about its work; 0 leaves a choice to the target, and no choice changes a result";
  let description = [{
    Of tiles of one or two rows: `thin_unroll` steps a turn of the loop over the depth, and weights prefetched `prefetch` bytes
    ahead. Of the others: at most `row_tile` rows, `unroll` steps a turn. A step is one column, of q8 and q4 a group of 32. An
    unroll that does not divide the steps is halved until it does.
  }];
  let parameters = (ins DefaultValuedParameter<"int64_t", "0">:$rowTile, DefaultValuedParameter<"int64_t", "0">:$unroll,
                        DefaultValuedParameter<"int64_t", "0">:$thinUnroll, DefaultValuedParameter<"int64_t", "0">:$prefetch);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

#endif // FACET_DIALECT
