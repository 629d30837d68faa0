//===- KernelOps.td - how the model is cut into kernels ------------------===//
#ifndef FACET_KERNEL_OPS
#define FACET_KERNEL_OPS

include "ir/ModelOps.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"

//===-- fused forms ---------------------------------------------------------------
def Facet_GegluPairsOp : Facet_Op<"geglu_pairs", [Pure, Facet_RowWise]> {
  let summary = "geglu of interleaved columns: of each 32, the first 16 are gates, the others ups";
  let description = [{
    Constraints:
    - (C1) width(x) = 2 width(y), a multiple of 32
  }];
  let arguments = (ins Facet_Act:$x);
  let results = (outs Facet_Act:$y);
  let assemblyFormat = "$x attr-dict `:` type($x) `->` type($y)";
  let hasVerifier = 1;
}

def Facet_MoePlanOp : Facet_Op<"moe_plan", [Pure]> {
  let summary = "Group the (row, choice) pairs of a step by expert";
  let description = [{
    Constraints:
    - (C1) width(experts) = choices of the plan
  }];
  let arguments = (ins Facet_RowsType:$rows, Facet_Choice:$experts);
  let results = (outs Facet_ExpertPlanType:$plan);
  let assemblyFormat = "$rows `,` $experts attr-dict `:` type($experts) `->` type($plan)";
  let hasVerifier = 1;
}

def Facet_MoeLinearOp : Facet_Op<"moe_linear", [Pure]> {
  let summary = "A linear of each (row, choice) pair with its expert's matrix";
  let description = [{
    y[r, c] = weight[experts[r, c]] x[r, c]; `shared` says that all choices of a row read the same x.
    Experts without rows are not read. With `geglu`, columns are interleaved as in `geglu_pairs`.

    Constraints:
    - (C1) weight is [experts, N, K]; width(x) is K (shared) or choices * K; width(y) is choices * N, or
      choices * N / 2 with geglu
    - (C2) with geglu, N is a multiple of 32
  }];
  let arguments = (ins Facet_Act:$x, Facet_ExpertPlanType:$plan, Facet_Stack:$weight, UnitAttr:$shared, UnitAttr:$geglu);
  let results = (outs Facet_Act:$y);
  let assemblyFormat = "$x `,` $plan `,` $weight (`shared` $shared^)? (`geglu` $geglu^)? attr-dict `:` type($x) `,` type($plan) `,` type($weight) `->` type($y)";
  let hasVerifier = 1;
}

def Facet_MoeCombineOp : Facet_Op<"moe_combine", [Pure, Facet_RowWise]> {
  let summary = "y[r] = sum_c weights[r, c] * x[r, c], c ascending, one fused multiply-add each";
  let description = [{
    Constraints:
    - (C1) width(x) = width(weights) * width(y)
  }];
  let arguments = (ins Facet_Act:$x, Facet_Act:$weights);
  let results = (outs Facet_Act:$y);
  let assemblyFormat = "$x `,` $weights attr-dict `:` type($x) `,` type($weights) `->` type($y)";
  let hasVerifier = 1;
}

//===-- attention in parts ------------------------------------------------------
def Facet_AttentionPartsOp : Facet_Op<"attention_parts", [MemoryEffects<[MemRead]>]> {
  let summary = "attention, cut along the keys: a softmax state for each row, query head and segment";
  let description = [{
    A segment starts from a maximum of -3e38 and sums of zero, and adds the keys that the row sees in tiles of 64 absolute positions,
    ascending. Tiles that no row of a query block sees are not visited. Several segments of one slot are added as
    `attention_merge` adds them.

    Constraints:
    - (C1) width(q) is heads * head_dim of the parts, which have the stream's window and head_dim and a multiple of its heads
  }];
  let arguments = (ins Facet_Act:$q, Facet_RowsType:$rows, Facet_KvType:$kv);
  let results = (outs Facet_AttentionPartsType:$parts);
  let assemblyFormat = "$q `,` $rows `,` $kv attr-dict `:` type($q) `,` type($kv) `->` type($parts)";
  let hasVerifier = 1;
}

def Facet_AttentionMergeOp : Facet_Op<"attention_merge", [Pure]> {
  let summary = "The result of attention from the states of its segments";
  let description = [{
    Adds a row's states in ascending order of their keys: m = max(m0, m1), a = exp(m0 - m), b = exp(m1 - m); each sum becomes
    fma(s1, b, s0 * a). y is then the sums over values times 1 / (sum of probabilities).

    Constraints:
    - (C1) width(y) is heads * head_dim of the parts
  }];
  let arguments = (ins Facet_AttentionPartsType:$parts, Facet_RowsType:$rows);
  let results = (outs Facet_Act:$y);
  let assemblyFormat = "$parts `,` $rows attr-dict `:` type($parts) `->` type($y)";
  let hasVerifier = 1;
}

//===-- groups and kernels ------------------------------------------------------
def Facet_YieldOp : Facet_Op<"yield", [Pure, ReturnLike, Terminator, ParentOneOf<["GroupOp"]>]> {
  let summary = "The values that leave a group";
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
  let builders = [OpBuilder<(ins), [{}]>];
}

def Facet_GroupOp : Facet_Op<"group", [RecursiveMemoryEffects, SingleBlockImplicitTerminator<"YieldOp">, IsolatedFromAbove]> {
  let summary = "Ops that become one kernel";
  let description = [{
    `kind` says how the kernel is generated: `rows` (row-wise ops only), `linear` (one linear with a row-wise
    prologue and an element-wise epilogue), `attention` (one attention with a row-wise prologue on q), `attention_merge`,
    `moe_plan`, `moe_linear`.

    Constraints:
    - (C1) kind is one of these
    - (C2) the block has one argument for each input, of its type
    - (C3) the terminator yields one value for each result, of its type
    - (C4) an op of the group makes each of them: a kernel copies nothing
  }];
  let arguments = (ins StrAttr:$kind, Variadic<AnyType>:$inputs);
  let results = (outs Variadic<AnyType>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$kind `(` $inputs `)` `:` functional-type($inputs, $results) $body attr-dict";
  let hasVerifier = 1;
}

def Facet_DispatchOp : Facet_Op<"dispatch", [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "Run a kernel";
  let description = [{
    Attributes added on the way: `layer` (index), `trace` (the residual stream after that many layers is
    result `trace_result`), `waits` (earlier dispatches), `offsets` (arena offset of each result).

    Constraints:
    - (C1) the callee is a function with attribute `facet.kernel` of this signature
  }];
  let arguments = (ins FlatSymbolRefAttr:$kernel, Variadic<AnyType>:$inputs);
  let results = (outs Variadic<AnyType>:$results);
  let assemblyFormat = "$kernel `(` $inputs `)` attr-dict `:` functional-type($inputs, $results)";
}

//===-- tiles -------------------------------------------------------------------
def Facet_TileLinearOp : Facet_Op<"tile_linear", [AttrSizedOperandSegments]> {
  let summary = "The micro-kernel of a linear: some rows times one weight panel";
  let description = [{
    For row i and panel column n: result[2 i + n / 16][n mod 16] = sum_k rows[i][k] * panel[k][n], k ascending, one
    fused multiply-add each, from zero. `panel` points to `[depth][32]` elements in the layout of
    `#facet.panel<32>`, `rows` to `depth` f32 values each. Targets lower it; everything around it is plain IR.

    Of q8 and q4 weights, `rows` point to groups of integers (FACET_QUANT_GROUP_BYTES in runtime/abi.h), each row's right
    behind those of the row before it. A group g of 32 columns adds
    float(sum_k x[k] * w[k]) * (scale_w[g] * scale_x[g]), the sum in integers, by one fused multiply-add; g ascending.
    `integers` in brackets point to the same panel as facet.tile_unpack wrote it: a matrix unit multiplies these, and
    only the scales come from `panel`.

    `schedule` changes how fast that is, never a sum.

    Constraints:
    - (C1) there are two results for each row
    - (C2) depth is a multiple of 16, of 32 in q8 and q4
    - (C3) `integers` are of q8 or q4 weights and meet at most 16 rows
  }];
  let arguments = (ins AnyType:$panel, Optional<AnyType>:$integers, Variadic<AnyType>:$rows, I64Attr:$depth, TypeAttr:$element, OptionalAttr<Facet_ScheduleAttr>:$schedule);
  let results = (outs Variadic<VectorOfLengthAndType<[16], [F32]>>:$sums);
  let assemblyFormat = "$panel (`[` $integers^ `]`)? `(` $rows `)` `depth` $depth `of` $element (`schedule` $schedule^)? attr-dict `:` type($panel) (`[` type($integers)^ `]`)? `,` type($rows) `->` type($sums)";
  let hasVerifier = 1;
}

def Facet_TileUnpackOp : Facet_Op<"tile_unpack"> {
  let summary = "The integers of a quantised weight panel as signed bytes, for a matrix unit";
  let description = [{
    Writes `[depth / 32][2][8][16][4]` bytes to `to`: of each group of 32 columns, and half of the panel's 32 rows, words
    of four neighbours of each row. Once it is written, many tiles multiply it (facet.tile_linear): a tile that unpacks for itself
    waits for its stores.

    Constraints:
    - (C1) the element is q8 or q4
    - (C2) depth is a multiple of 32
  }];
  let arguments = (ins AnyType:$panel, AnyType:$to, I64Attr:$depth, TypeAttr:$element);
  let assemblyFormat = "$panel `to` $to `depth` $depth `of` $element attr-dict `:` type($panel) `,` type($to)";
  let hasVerifier = 1;
}

def Facet_TileDotOp : Facet_Op<"tile_dot", [AttrSizedOperandSegments]> {
  let summary = "The micro-kernel of attention: rows times lines of 16 columns, added to sums";
  let description = [{
    For row i and line address j: result[i * lines + j][c] = sums[i * lines + j][c] + sum_k rows[i][k] * lines[j][k][c], k ascending. A
    line is 64 bytes, `stride` bytes behind the one before it: of f32 one depth of 16 columns, of bf16 two, `[c][2]`. `of A x B`
    are the types of rows and lines. f32 rows add one fused multiply-add a depth; bf16 rows add both products of a pair
    as the target's dot product of bf16 does. With each line, the one at the same place from `ahead`, if any, is prefetched.

    An i8 line holds four depths, `[c][4]`, and sums are exact integers. i16 rows take 16 bytes a line, of which the first
    8 are depths 0, 2, 1 and 3. i8 rows are groups of 32 depths (FACET_QUANT_GROUP_BYTES in runtime/abi.h, as for q8
    weights): lines of one group make one op. Targets whose dot product is `vnni` lower them.

    Constraints:
    - (C1) there is a sum and a result for each row and line address, and as many addresses ahead as of lines, or none
    - (C2) the types are f32 x f32, f32 x bf16, bf16 x bf16, i16 x i8 or i8 x i8
    - (C3) sums are f32 of float lines and i32 of i8 lines; i8 rows take 8 steps
  }];
  let arguments = (ins Variadic<AnyType>:$rows, Variadic<AnyType>:$lines, Variadic<AnyType>:$ahead, Variadic<VectorOfLengthAndType<[16], [F32, I32]>>:$sums, I64Attr:$steps,
                       I64Attr:$stride, TypeAttr:$rowElement, TypeAttr:$lineElement);
  let results = (outs Variadic<VectorOfLengthAndType<[16], [F32, I32]>>:$results);
  let assemblyFormat = [{ `(` $rows `)` `lines` `(` $lines `)` `ahead` `(` $ahead `)` `sums` `(` $sums `)` `steps` $steps `stride` $stride `of` $rowElement `x` $lineElement
    attr-dict `:` functional-type(operands, $results) }];
  let hasVerifier = 1;
}

#endif // FACET_KERNEL_OPS
