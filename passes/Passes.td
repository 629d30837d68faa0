//===- Passes.td - every pass of Facet, by phase ----------------------------===//
#ifndef FACET_PASSES
#define FACET_PASSES

include "mlir/Pass/PassBase.td"

class FacetPass<string name, string anchor = "::mlir::ModuleOp"> : Pass<"facet-" # name, anchor>;

//===-- fuse -----------------------------------------------------------------
def HoistWanted : FacetPass<"hoist-wanted"> {
  let summary = "Move facet.take up to where the last K/V is written";
  let description = [{
    Row-wise ops commute with `facet.take`. Moving it up leaves every row that nobody wants with nothing to do
    after the K/V write of the last layer that owns K/V. Test: test/passes/fuse/hoist-wanted.mlir.
  }];
}
def FuseGeglu : FacetPass<"fuse-geglu"> {
  let summary = "geglu of two linears of one input becomes one linear with interleaved rows";
}
def FuseQkv : FacetPass<"fuse-qkv"> {
  let summary = "Linears that read one value become one linear with their rows one after another";
}
def FuseMoe : FacetPass<"fuse-moe"> {
  let summary = "moe_experts becomes: group rows by expert, gate/up/geglu, down, combine";
}
def FuseNormLinear : FacetPass<"fuse-norm-linear"> {
  let summary = "A linear takes the norm that it reads as prologue and element-wise readers as epilogue";
}
def FusePle : FacetPass<"fuse-ple"> {
  let summary = "The per-layer embedding's gate, GELU and product become one kernel";
}
def FuseQkNormRopeKv : FacetPass<"fuse-qk-norm-rope-kv"> {
  let summary = "K norm, RoPE, V norm and the K/V write become one kernel";
}
def FuseAttention : FacetPass<"fuse-attention"> {
  let summary = "Attention takes Q's norm and RoPE as prologue and reads K/V in place";
}
def FuseResidualNorm : FacetPass<"fuse-residual-norm"> {
  let summary = "Chains of row-wise ops (norm, residual, scale) become one kernel";
}

//===-- quantize -------------------------------------------------------------
def AssignStorage : FacetPass<"assign-storage"> {
  let summary = "Storage formats of matrices and K/V, and layouts of weights";
  let options = [Option<"weights", "weights", "std::string", "\"bf16\"", "f32 or bf16, for matrices">,
                 Option<"kv", "kv", "std::string", "\"bf16\"", "f32 or bf16">];
}

//===-- tile ------------------------------------------------------------------
def TileAttention : FacetPass<"tile-attention"> {
  let summary = "State which K/V tiles a query visits: those that its window can see";
}
def OutlineKernels : FacetPass<"outline-kernels"> {
  let summary = "Each group becomes a kernel function; equal ones are shared";
  let dependentDialects = ["::mlir::func::FuncDialect"];
}

//===-- plan ------------------------------------------------------------------
def PlanSchedule : FacetPass<"plan-schedule"> {
  let summary = "What each dispatch waits for, and how it is cut";
}
def PlanBuffers : FacetPass<"plan-buffers"> {
  let summary = "Arena offsets of every dispatch result, for each entry of the ladder";
  let options = [ListOption<"ladder", "ladder", "int64_t", "rows of each entry">];
}
def VerifyArena : FacetPass<"verify-arena"> {
  let summary = "Unordered dispatches never overlap in the arena";
}
def VerifyPhase : FacetPass<"verify-phase"> {
  let summary = "Only the named dialects remain";
  let options = [Option<"phase", "phase", "std::string", "\"\"", "name of the phase">,
                 ListOption<"allowed", "allowed", "std::string", "dialects that may remain">];
}

//===-- lower -----------------------------------------------------------------
def LowerKernels : FacetPass<"lower-kernels"> {
  let summary = "Kernels of facet ops become functions of the kernel ABI";
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect",
                           "::mlir::LLVM::LLVMDialect", "::mlir::func::FuncDialect"];
}

#endif // FACET_PASSES
