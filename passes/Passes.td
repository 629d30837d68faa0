//===- Passes.td - every pass of Facet, by phase ----------------------------===//
//
// docs/passes.md is made from this. Tests: test/passes/<phase>/<pass>.mlir, each firing and each refusal.
#ifndef FACET_PASSES
#define FACET_PASSES

include "mlir/Pass/PassBase.td"

class FacetPass<string name, string anchor = "::mlir::ModuleOp"> : Pass<"facet-" # name, anchor>;

//===-- fuse -----------------------------------------------------------------
def HoistWanted : FacetPass<"hoist-wanted"> {
  let summary = "Move facet.take up to where the last K/V is written";
  let description = [{
    Row-wise ops commute with `facet.take`. Moving it up leaves every row that nobody wants with nothing to do
    after the K/V write of the last layer that owns K/V.
  }];
}
def FuseGeglu : FacetPass<"fuse-geglu"> {
  let summary = "Two linears of one value and their geglu become one linear with interleaved rows";
  let description = [{
    The weights of gate and up become one, 16 rows of each in turn, and `geglu` becomes `geglu_pairs`: a panel holds
    16 gates and the ups that belong to them, and the product never leaves the registers. Refused if the linears read
    different values or have other readers, if the width is not a multiple of 16, or if a weight has no recipe.
  }];
}
def FuseQkv : FacetPass<"fuse-qkv"> {
  let summary = "Linears that read one value become one linear with their rows one after another";
  let description = [{
    Only linears whose readers are norms, slices or K/V writes: a geglu's or a router's has an epilogue of its own.
    Each reader gets a `slice` of the result. Refused if a weight has no recipe or element types differ.
  }];
}
def FuseMoe : FacetPass<"fuse-moe"> {
  let summary = "Experts become linears over rows that are grouped by expert";
  let description = [{
    `moe_experts` becomes four ops: `moe_plan` groups the pairs of row and choice by expert; `moe_linear` multiplies by
    gate and up, interleaved as in `geglu_pairs`, and applies geglu; a second one multiplies by down; `moe_combine` sums. An
    expert's matrix is read once for all its rows. The first three are groups. Refused if gate_up has no recipe, if the
    experts' width is not a multiple of 16, or if the rows are unknown.
  }];
}
def FuseNormLinear : FacetPass<"fuse-norm-linear"> {
  let summary = "A linear takes the norm that it reads as prologue and element-wise readers as epilogue";
  let description = [{
    Every linear of the step becomes a group. Norms and scales before it are its prologue; one with other readers is
    computed again, for it costs less than a kernel of its own, but one that carries the trace of the residual stream
    stays outside. Element-wise ops after it are its epilogue, as long as each is the only reader and what else it reads
    exists before the linear; `geglu_pairs` ends it.
  }];
}
def FusePle : FacetPass<"fuse-ple"> {
  let summary = "The per-layer embedding's gate, GELU and product become one kernel";
  let description = [{
    A geglu of a linear and a `slice` of the per-layer input becomes a group with both: the slice is read in place.
    Refused if the linear has other readers.
  }];
}
def FuseQkNormRopeKv : FacetPass<"fuse-qk-norm-rope-kv"> {
  let summary = "K norm, RoPE, V norm and the K/V write become one kernel";
  let description = [{
    What leads to a `kv_write` through slices, norms and RoPE becomes a group with it: finished keys and values go
    from registers to their page. Values with other readers stay outside.
  }];
}
def FuseAttention : FacetPass<"fuse-attention"> {
  let summary = "Attention takes Q's norm and RoPE as prologue and reads K/V in place";
  let description = [{
    What leads to the queries through slices, norms and RoPE becomes a group with the attention. Values with other
    readers stay outside.
  }];
}
def FuseResidualNorm : FacetPass<"fuse-residual-norm"> {
  let summary = "Chains of row-wise ops (norm, residual, scale) become one kernel";
  let description = [{
    Row-wise ops that are neighbours and range over the same rows share a group. Runs last: what is left belongs to no
    linear and no attention.
  }];
}

//===-- quantize -------------------------------------------------------------
def AssignStorage : FacetPass<"assign-storage"> {
  let summary = "Storage formats of matrices and K/V, and layouts of weights";
  let description = [{
    Matrices that a linear reads lie in panels of 32 rows, those that are only looked up in rows; vectors are f32. `weights`
    is a format or rules `pattern=format`, the first match wins; q4 stands for
    `*.router=stored,embed=q8,ple.table=q8,ple.projection=q8,*=q4`, q8 for `*.router=stored,*=q8`.
    Weights that nobody reads, because a fusion merged them into another, are erased.
  }];
  let options = [Option<"weights", "weights", "std::string", "\"bf16\"", "f32, bf16, q8, q4 or rules, for matrices">,
                 Option<"kv", "kv", "std::string", "\"bf16\"", "f32, bf16 or q8">];
  let dependentDialects = ["::mlir::facet::FacetDialect"];
}

//===-- tile ------------------------------------------------------------------
def TileAttention : FacetPass<"tile-attention"> {
  let summary = "Cut attention along its keys, into tiles and segments at fixed positions";
  let description = [{
    An attention group becomes two: `attention_parts` visits the tiles that its rows can see, a state for each segment,
    and `attention_merge` adds the states in order. A step of few rows then has as many pieces as segments, and results do
    not depend on who did which. The module's `max_positions` bounds the segments of a row.
  }];
}
def OutlineKernels : FacetPass<"outline-kernels"> {
  let summary = "Each group becomes a kernel function; equal ones are shared";
  let description = [{
    A group becomes a function `(rows, inputs) -> results` with `facet.kernel = kind`, and a `dispatch` of it. Layer
    and trace go to the dispatch; weights and K/V streams are arguments; bodies that then print alike are one function.
  }];
  let dependentDialects = ["::mlir::func::FuncDialect"];
}

//===-- plan ------------------------------------------------------------------
def PlanSchedule : FacetPass<"plan-schedule"> {
  let summary = "What each dispatch waits for, and how it is cut";
  let description = [{
    Adds `waits` (the dispatches that write what this one reads, K/V streams included), `unit` and `units` (the most
    pieces it can be cut into: panels of a linear, rows of a row kernel, query blocks times head groups of attention) and
    `row_set` (1: the wanted rows).
  }];
}
def PlanBuffers : FacetPass<"plan-buffers"> {
  let summary = "Arena offsets of every dispatch result, for each entry of the ladder";
  let description = [{
    First fit in dispatch order, at multiples of 256 bytes. A place is free for a dispatch if waits order all that
    touches what lies there before it. Adds `offsets` (entry by entry; -1: a step output) and the step's `facet.ladder` and
    `facet.arena`. Default ladder: 1, 4, 16, 64, 256 rows.
  }];
  let options = [ListOption<"ladder", "ladder", "int64_t", "rows of each entry">];
}
def VerifyArena : FacetPass<"verify-arena"> {
  let summary = "Unordered dispatches never overlap in the arena";
  let description = [{
    Fails if two results share bytes and nothing orders all that touches the earlier one before the later one's
    writer, if a result or a K/V stream is read without a wait for its write, or if offsets are missing.
  }];
}
def VerifyPhase : FacetPass<"verify-phase"> {
  let summary = "Only the named dialects remain";
  let description = [{
    Fails at the first op whose dialect or full name is not in `allowed`.
  }];
  let options = [Option<"phase", "phase", "std::string", "\"\"", "name of the phase">,
                 ListOption<"allowed", "allowed", "std::string", "dialects that may remain">];
}

//===-- lower -----------------------------------------------------------------
def ApplyTuning : FacetPass<"apply-tuning"> {
  let summary = "Kernels get the schedule that a tuning database has for their class";
  let description = [{
    The module's `facet.tuning` maps classes of kernels to schedules. A linear's class is its operation, its sides rounded up
    to powers of two and the format of its weights: `linear n4096 k2048 q8`. Its `facet.schedule` is then that of its class; a
    kernel that has one keeps it, and one of a class without an entry leaves all choices to the target.
  }];
}
def LowerKernels : FacetPass<"lower-kernels"> {
  let summary = "Kernels of facet ops become functions of the kernel ABI";
  let description = [{
    Needs the module's `facet.target`. Ops of a kernel become loops over 16 lanes in `vector`, `scf`, `arith` and `llvm`;
    linears become `facet.tile_linear` with prologue and epilogue around it, which a target lowers. Everything but kernels
    is erased. Adds `facet.scratch_bytes` and `facet.operands`. Refuses kinds, ops and weight layouts that it does not know.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect",
                           "::mlir::LLVM::LLVMDialect", "::mlir::func::FuncDialect"];
}

#endif // FACET_PASSES
