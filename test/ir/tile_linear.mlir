// facet.tile_linear: some rows times one weight panel.
// RUN: facet-opt %s -split-input-file -verify-diagnostics | facet-opt | FileCheck %s

// CHECK-LABEL: func @tile_linear
func.func @tile_linear(%p: !llvm.ptr, %a: !llvm.ptr, %b: !llvm.ptr) {
  // CHECK: facet.tile_linear %{{.*}}(%{{.*}}, %{{.*}}) depth 64 of bf16
  %s:4 = facet.tile_linear %p(%a, %b) depth 64 of bf16 : !llvm.ptr, !llvm.ptr, !llvm.ptr -> vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>
  // CHECK: facet.tile_linear %{{.*}}[%{{.*}}] (%{{.*}}) depth 64 of !facet.q8
  %t:2 = facet.tile_linear %p[%b](%a) depth 64 of !facet.q8 : !llvm.ptr[!llvm.ptr], !llvm.ptr -> vector<16xf32>, vector<16xf32>
  return
}

// -----

func.func @tile_linear_c1(%p: !llvm.ptr, %a: !llvm.ptr) {
  // expected-error @+1 {{expects two results for each of 1 rows, got 1}}
  %s = facet.tile_linear %p(%a) depth 64 of bf16 : !llvm.ptr, !llvm.ptr -> vector<16xf32>
  return
}

// -----

func.func @tile_linear_c2(%p: !llvm.ptr, %a: !llvm.ptr) {
  // expected-error @+1 {{expects a depth that is a multiple of 16, got 24}}
  %s:2 = facet.tile_linear %p(%a) depth 24 of bf16 : !llvm.ptr, !llvm.ptr -> vector<16xf32>, vector<16xf32>
  return
}

// -----

func.func @tile_linear_c3(%p: !llvm.ptr, %a: !llvm.ptr) {
  // expected-error @+1 {{expects integers of q8 or q4 and at most 16 rows, got 'bf16' and 1}}
  %s:2 = facet.tile_linear %p[%p](%a) depth 32 of bf16 : !llvm.ptr[!llvm.ptr], !llvm.ptr -> vector<16xf32>, vector<16xf32>
  return
}
