// Integer products are of the target's instructions: without a facet.target on the module nobody knows which.
// RUN: facet-opt %s -facet-x86-lower-tile-linear -facet-x86-lower-tile-dot -split-input-file -verify-diagnostics

func.func @linear(%panel: !llvm.ptr, %row: !llvm.ptr) -> (vector<16xf32>, vector<16xf32>) {
  // expected-error @+1 {{of quantised weights expects a facet.target attribute on the module}}
  %s:2 = facet.tile_linear %panel(%row) depth 128 of !facet.q8 : !llvm.ptr, !llvm.ptr -> vector<16xf32>, vector<16xf32>
  return %s#0, %s#1 : vector<16xf32>, vector<16xf32>
}

// -----

module attributes {facet.target = #facet.target<"no tiles", vector_bits = 512, registers = 32, row_tile = 12, quant_row_tile = 5, dot = "vnni">} {
func.func @unpacked(%panel: !llvm.ptr, %row: !llvm.ptr) -> (vector<16xf32>, vector<16xf32>) {
  // expected-error @+1 {{of unpacked weights expects a target with int8_tiles}}
  %s:2 = facet.tile_linear %panel[%panel](%row) depth 128 of !facet.q8 : !llvm.ptr[!llvm.ptr], !llvm.ptr -> vector<16xf32>, vector<16xf32>
  return %s#0, %s#1 : vector<16xf32>, vector<16xf32>
}
}

// -----

func.func @dot(%row: !llvm.ptr, %line: !llvm.ptr, %a: vector<16xi32>) -> vector<16xi32> {
  // expected-error @+1 {{of integers expects a facet.target attribute on the module}}
  %s = facet.tile_dot (%row) lines (%line) ahead () sums (%a) steps 8 stride 64 of i8 x i8 : (!llvm.ptr, !llvm.ptr, vector<16xi32>) -> vector<16xi32>
  return %s : vector<16xi32>
}
