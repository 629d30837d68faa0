//===- ModelOps.td - one op a concept of the model --------------------------===//
//
// Formulas: gemma4 specification, sections 2.2 to 2.9. Rows are the rows of a step; every op but
// `attention` and `kv_write` works on each row alone.
#ifndef FACET_MODEL_OPS
#define FACET_MODEL_OPS

include "ir/FacetDialect.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"

class Facet_Op<string m, list<Trait> t = []> : Op<Facet_Dialect, m, t>;

/// Activations: one row per row of the step, f32.
/// Their width is known, not 0 and below 2^31: verifiers divide by it and multiply it. So are a weight's sides.
class Facet_Rows<Type element, string summary> : Type<And<[2DTensorOf<[element]>.predicate,
    CPred<"::llvm::cast<::mlir::ShapedType>($_self).getShape().back() > 0">,
    CPred<"::llvm::cast<::mlir::ShapedType>($_self).getShape().back() <= INT32_MAX">]>, summary, "::mlir::RankedTensorType">;
class Facet_Fixed<Type tensor, string summary> : Type<And<[tensor.predicate,
    CPred<"::llvm::all_of(::llvm::cast<::mlir::ShapedType>($_self).getShape(), [](int64_t n) { return n > 0 && n <= INT32_MAX; })">]>,
    summary, "::mlir::RankedTensorType">;
def Facet_Act : Facet_Rows<F32, "rows of f32, their width known">;
def Facet_Choice : Facet_Rows<I32, "rows of i32, their width known">;
/// Elements that a matrix can be stored in.
defvar Facet_Storage = [F32, BF16, Facet_Q8Type, Facet_Q4Type];
def Facet_Matrix : Facet_Fixed<2DTensorOf<Facet_Storage>, "weight matrix of known shape">;
def Facet_Stack : Facet_Fixed<3DTensorOf<Facet_Storage>, "stack of weight matrices of known shape">;
def Facet_Vector : Facet_Fixed<1DTensorOf<[F32, BF16]>, "weight vector of known length">;

/// Row-wise ops compute a row of each result from the same row of each operand: they may be moved across
/// `facet.take`, and they can be fused into the prologue of a kernel.
def Facet_RowWise : NativeOpTrait<"RowWise"> { let cppNamespace = "::mlir::facet"; }
/// Element-wise ops compute an element from the same elements: they can also appear in an epilogue.
def Facet_ElementWise : NativeOpTrait<"ElementWise"> { let cppNamespace = "::mlir::facet"; }

//===-- symbols ----------------------------------------------------------------
def Facet_WeightOp : Facet_Op<"weight", [Symbol]> {
  let summary = "A named weight: its type, and the recipe that makes its bytes";
  let description = [{
    `type` is the logical shape with the storage element; its encoding, if any, is the layout.
    `recipe` is a `#facet.source`, `concat`, `interleave`, `slice_rows` or `inverse_frequencies`; elements are
    cast from the source's type to the storage's.

    Constraints:
    - (C1) the recipe's shape equals the type's
    - (C2) the element type is f32 or bf16, or, of a matrix whose columns are a multiple of 32, q8 or q4

    Example:
    ```mlir
    facet.weight @layers.0.q : tensor<256x192xbf16> = #facet.source<file 0 offset 4096, [256, 192], bf16>
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<AnyRankedTensor>:$type, AnyAttr:$recipe);
  let assemblyFormat = "$sym_name `:` $type `=` $recipe attr-dict";
  let hasVerifier = 1;
}

def Facet_KvStreamOp : Facet_Op<"kv_stream", [Symbol]> {
  let summary = "The K/V cache of one owning layer";
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<Facet_KvType>:$type);
  let assemblyFormat = "$sym_name `:` $type attr-dict";
}

def Facet_GetOp : Facet_Op<"get", [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "The value of a weight or K/V stream";
  let description = [{
    Constraints:
    - (C1) the symbol is a `facet.weight` or `facet.kv_stream` of the result's type
  }];
  let arguments = (ins FlatSymbolRefAttr:$symbol);
  let results = (outs AnyTypeOf<[AnyRankedTensor, Facet_KvType]>:$value);
  let assemblyFormat = "$symbol attr-dict `:` type($value)";
}

//===-- rows ---------------------------------------------------------------------
def Facet_WantedOp : Facet_Op<"wanted", [Pure]> {
  let summary = "The rows of a step whose logits or hidden state someone wants";
  let arguments = (ins Facet_RowsType:$rows);
  let results = (outs Facet_RowsType:$result);
  let assemblyFormat = "$rows attr-dict";
}

def Facet_TakeOp : Facet_Op<"take", [Pure, Facet_RowWise, AllTypesMatch<["x", "y"]>]> {
  let summary = "Keep the rows that are wanted";
  let description = [{
    y[r] = x[parent(r)] for each row r of `rows`.

    Constraints:
    - (C1) `rows` comes from `facet.wanted`
  }];
  let arguments = (ins AnyTypeOf<[Facet_Act, Facet_Choice]>:$x, Facet_RowsType:$rows);
  let results = (outs AnyTypeOf<[Facet_Act, Facet_Choice]>:$y);
  let assemblyFormat = "$x `,` $rows attr-dict `:` type($x)";
  let hasVerifier = 1;
}

//===-- element-wise -----------------------------------------------------------
class Facet_UnaryOp<string m, dag extra = (ins)> : Facet_Op<m, [Pure, Facet_RowWise, Facet_ElementWise, SameOperandsAndResultType]> {
  let arguments = !con((ins Facet_Act:$x), extra);
  let results = (outs Facet_Act:$y);
}

def Facet_AddOp : Facet_Op<"add", [Pure, Commutative, Facet_RowWise, Facet_ElementWise, SameOperandsAndResultType]> {
  let summary = "y = a + b";
  let arguments = (ins Facet_Act:$a, Facet_Act:$b);
  let results = (outs Facet_Act:$y);
  let assemblyFormat = "$a `,` $b attr-dict `:` type($y)";
}

def Facet_GegluOp : Facet_Op<"geglu", [Pure, Facet_RowWise, Facet_ElementWise, SameOperandsAndResultType]> {
  let summary = "y = gelu(gate) * up, gelu in its tanh form";
  let description = [{ gelu(x) = x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))) }];
  let arguments = (ins Facet_Act:$gate, Facet_Act:$up);
  let results = (outs Facet_Act:$y);
  let assemblyFormat = "$gate `,` $up attr-dict `:` type($y)";
}

def Facet_ScaleOp : Facet_UnaryOp<"scale", (ins F32Attr:$factor)> {
  let summary = "y = x * factor";
  let assemblyFormat = "$x `by` $factor attr-dict `:` type($x)";
  let hasFolder = 1;
}

def Facet_SoftcapOp : Facet_UnaryOp<"softcap", (ins F32Attr:$cap)> {
  let summary = "y = cap * tanh(x / cap)";
  let description = [{
    Constraints:
    - (C1) cap > 0
  }];
  let assemblyFormat = "$x `cap` $cap attr-dict `:` type($x)";
  let hasVerifier = 1;
}

def Facet_LayerScaleOp : Facet_Op<"layer_scale", [Pure, Facet_RowWise, Facet_ElementWise, AllTypesMatch<["x", "y"]>]> {
  let summary = "y = x * scalar, a weight of one element";
  let description = [{
    Constraints:
    - (C1) scalar has one element
  }];
  let arguments = (ins Facet_Act:$x, Facet_Vector:$scalar);
  let results = (outs Facet_Act:$y);
  let assemblyFormat = "$x `,` $scalar attr-dict `:` type($x) `,` type($scalar)";
  let hasVerifier = 1;
}

//===-- row-wise -----------------------------------------------------------------
def Facet_SliceOp : Facet_Op<"slice", [Pure, Facet_RowWise]> {
  let summary = "Columns `offset` and on of each row; as many as the result has";
  let description = [{
    Constraints:
    - (C1) 0 <= offset and offset + width(y) <= width(x)
  }];
  let arguments = (ins Facet_Act:$x, I64Attr:$offset);
  let results = (outs Facet_Act:$y);
  let assemblyFormat = "$x `at` $offset attr-dict `:` type($x) `->` type($y)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Facet_EmbedOp : Facet_Op<"embed", [Pure, Facet_RowWise]> {
  let summary = "y[r] = table[token(r)] * scale";
  let description = [{
    Section 2.2 for the token embedding (scale is the square root of the hidden size) and 2.8 for the
    per-layer table (square root of the PLE width).

    Constraints:
    - (C1) width(y) = columns(table)
  }];
  let arguments = (ins Facet_RowsType:$rows, Facet_Matrix:$table, F32Attr:$scale);
  let results = (outs Facet_Act:$y);
  let assemblyFormat = "$rows `,` $table `scale` $scale attr-dict `:` type($table) `->` type($y)";
  let hasVerifier = 1;
}

def Facet_RmsNormOp : Facet_Op<"rms_norm", [Pure, Facet_RowWise, AllTypesMatch<["x", "y"]>]> {
  let summary = "Scale each group of columns to unit root mean square, then by a weight";
  let description = [{
    Each row is cut into `groups` equal parts (heads; 1 for a whole row). Within a part of n columns
    y[i] = x[i] / sqrt(mean_j(x[j]^2) + eps) * weight[i]; without a weight the last factor is absent.
    The mean is accumulated in f32 over 16 lanes: lane l adds the squares of columns l, l + 16, ... by fused
    multiply-adds, and the lanes are added pairwise (8 apart, 4, 2, 1). The root's reciprocal is rounded before
    it multiplies.

    Constraints:
    - (C1) groups >= 1 divides the width, and the part's width is a multiple of 16
    - (C2) the weight has as many elements as a part
    - (C3) eps > 0
  }];
  let arguments = (ins Facet_Act:$x, Optional<Facet_Vector>:$weight, F32Attr:$eps, DefaultValuedAttr<I64Attr, "1">:$groups);
  let results = (outs Facet_Act:$y);
  let assemblyFormat = "$x (`,` $weight^)? `eps` $eps (`groups` $groups^)? attr-dict `:` type($x) (`,` type($weight)^)?";
  let hasVerifier = 1;
}

def Facet_RopeTableOp : Facet_Op<"rope_table", [Pure, Facet_RowWise]> {
  let summary = "cos and sin of position times frequency: what RoPE needs of a row";
  let description = [{
    With n frequencies, angle[j] = position(r) * frequency[j] in f32; y[r, j] = cos(angle[j]) and
    y[r, n + j] = sin(angle[j]), within 2 ulp for positions below 2^18. Section 2.7.

    Constraints:
    - (C1) width(y) = 2 n, and n is a multiple of 16
  }];
  let arguments = (ins Facet_RowsType:$rows, Facet_Vector:$frequencies);
  let results = (outs Facet_Act:$y);
  let assemblyFormat = "$rows `,` $frequencies attr-dict `:` type($frequencies) `->` type($y)";
  let hasVerifier = 1;
}

def Facet_RopeOp : Facet_Op<"rope", [Pure, Facet_RowWise, AllTypesMatch<["x", "y"]>]> {
  let summary = "Rotate each head by its row's angles, halves paired";
  let description = [{
    For each head of width d = width(table) and j < d / 2:
    y[j] = x[j] cos[j] - x[j + d/2] sin[j];  y[j + d/2] = x[j + d/2] cos[j] + x[j] sin[j].

    Constraints:
    - (C1) width(table) is even and divides width(x)
  }];
  let arguments = (ins Facet_Act:$x, Facet_Act:$table);
  let results = (outs Facet_Act:$y);
  let assemblyFormat = "$x `,` $table attr-dict `:` type($x) `,` type($table)";
  let hasVerifier = 1;
}

def Facet_LinearOp : Facet_Op<"linear", [Pure, Facet_RowWise]> {
  let summary = "y[r, n] = sum_k x[r, k] * weight[n, k], k ascending, one fused multiply-add each";
  let description = [{
    Constraints:
    - (C1) columns(weight) = width(x)
    - (C2) rows(weight) = width(y)
  }];
  let arguments = (ins Facet_Act:$x, Facet_Matrix:$weight);
  let results = (outs Facet_Act:$y);
  let assemblyFormat = "$x `,` $weight attr-dict `:` type($x) `,` type($weight) `->` type($y)";
  let hasVerifier = 1;
  let builders = [OpBuilder<(ins "::mlir::Value":$x, "::mlir::Value":$weight)>];
}

//===-- attention ----------------------------------------------------------------
def Facet_KvWriteOp : Facet_Op<"kv_write", [MemoryEffects<[MemWrite]>, AllTypesMatch<["k", "v"]>]> {
  let summary = "Store finished keys and values of each row at its position";
  let description = [{
    Constraints:
    - (C1) width(k) = width(v) = heads * head_dim of the stream
  }];
  let arguments = (ins Facet_Act:$k, Facet_Act:$v, Facet_RowsType:$rows, Facet_KvType:$kv);
  let assemblyFormat = "$k `,` $v `,` $rows `,` $kv attr-dict `:` type($k) `,` type($kv)";
  let hasVerifier = 1;
}

def Facet_AttentionOp : Facet_Op<"attention", [MemoryEffects<[MemRead]>, AllTypesMatch<["q", "y"]>]> {
  let summary = "softmax(q k^T) v over the keys that each row sees; the scale is 1";
  let description = [{
    Query head h reads K/V head h / (query heads / heads). A row at position p sees keys j <= p; with a window
    W it sees p - W < j <= last_visible(p). Sections 2.4 to 2.6. The softmax is computed over tiles of 64
    absolute positions in ascending order, so a row's result does not depend on the rows beside it.

    Constraints:
    - (C1) width(q) is a multiple of heads * head_dim of the stream
  }];
  let arguments = (ins Facet_Act:$q, Facet_RowsType:$rows, Facet_KvType:$kv);
  let results = (outs Facet_Act:$y);
  let assemblyFormat = "$q `,` $rows `,` $kv attr-dict `:` type($q) `,` type($kv)";
  let hasVerifier = 1;
}

//===-- experts ------------------------------------------------------------------
def Facet_MoeRouteOp : Facet_Op<"moe_route", [Pure, Facet_RowWise]> {
  let summary = "The top-k experts of each row and their weights";
  let description = [{
    p = softmax(logits); the k largest, ties to the lowest index, in descending order; their weights are
    divided by their sum and multiplied by scale[expert]. Section 2.9.

    Constraints:
    - (C1) scale has as many elements as logits has columns
    - (C2) weights and experts have the same width k, 1 <= k <= columns(logits)
  }];
  let arguments = (ins Facet_Act:$logits, Facet_Vector:$scale);
  let results = (outs Facet_Act:$weights, Facet_Choice:$experts);
  let assemblyFormat = "$logits `,` $scale attr-dict `:` type($logits) `,` type($scale) `->` type($weights) `,` type($experts)";
  let hasVerifier = 1;
}

def Facet_MoeExpertsOp : Facet_Op<"moe_experts", [Pure, Facet_RowWise]> {
  let summary = "y[r] = sum_c weights[r, c] * down[e] (geglu(gate_up[e] x[r])), e = experts[r, c]";
  let description = [{
    The first half of a `gate_up` matrix is the gate. Section 2.9.

    Constraints:
    - (C1) gate_up is [E, 2 I, width(x)] and down is [E, width(y), I]
    - (C2) weights and experts have the same width
  }];
  let arguments = (ins Facet_Act:$x, Facet_Act:$weights, Facet_Choice:$experts, Facet_Stack:$gate_up, Facet_Stack:$down);
  let results = (outs Facet_Act:$y);
  let assemblyFormat = [{ $x `,` $weights `,` $experts `,` $gate_up `,` $down attr-dict
    `:` type($x) `,` type($weights) `,` type($experts) `,` type($gate_up) `,` type($down) `->` type($y) }];
  let hasVerifier = 1;
}

#endif // FACET_MODEL_OPS
