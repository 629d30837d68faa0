// facet-x86-lower-tile-linear over weights of 8 and 4 bits: integer sums of a group, then one scaled addition.
// RUN: sed 's/TARGET/"v4", vector_bits = 512, registers = 32, row_tile = 12, quant_row_tile = 5, dot = "vnni"/' %s | facet-opt -facet-x86-lower-tile-linear -canonicalize -cse | FileCheck %s --check-prefixes=CHECK,VNNI
// RUN: sed 's/TARGET/"v3", vector_bits = 256, registers = 16, row_tile = 3, quant_row_tile = 3, dot = "maddubs"/' %s | facet-opt -facet-x86-lower-tile-linear -canonicalize -cse | FileCheck %s --check-prefixes=CHECK,AVX2
module attributes {facet.target = #facet.target<TARGET>} {

// Two groups a turn; while eight dots of two registers take one, the 17 lines that lie 3,072 bytes ahead go to the second
// level of cache.
// CHECK-LABEL: func @q8
func.func @q8(%panel: !llvm.ptr, %row: !llvm.ptr) -> (vector<16xf32>, vector<16xf32>) {
  // CHECK: scf.for {{.*}} step %c2
  // CHECK: %[[AHEAD:.*]] = llvm.getelementptr %{{.*}}[3072]
  // CHECK-NEXT: "llvm.intr.prefetch"(%[[AHEAD]]) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}>
  // CHECK-COUNT-16: llvm.intr.prefetch
  // CHECK-NOT: llvm.intr.prefetch
  // VNNI-COUNT-16: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"
  // AVX2: llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"
  // CHECK: arith.sitofp
  // CHECK: llvm.intr.fma
  // CHECK-COUNT-17: llvm.intr.prefetch
  %s:2 = facet.tile_linear %panel(%row) depth 128 of !facet.q8 : !llvm.ptr, !llvm.ptr -> vector<16xf32>, vector<16xf32>
  return %s#0, %s#1 : vector<16xf32>, vector<16xf32>
}

// Weights of 4 bits take longer than their bytes: the machine's own prefetching suffices.
// CHECK-LABEL: func @q4
func.func @q4(%panel: !llvm.ptr, %row: !llvm.ptr) -> (vector<16xf32>, vector<16xf32>) {
  // CHECK-NOT: llvm.intr.prefetch
  // CHECK: llvm.intr.fma
  // CHECK-NOT: llvm.intr.prefetch
  // CHECK: return
  %s:2 = facet.tile_linear %panel(%row) depth 128 of !facet.q4 : !llvm.ptr, !llvm.ptr -> vector<16xf32>, vector<16xf32>
  return %s#0, %s#1 : vector<16xf32>, vector<16xf32>
}

// Three rows come back to a panel with further tiles: the same place of the next panel (4 groups of 1088 bytes) goes to
// the second level of cache, a group a turn.
// CHECK-LABEL: func @three_rows
func.func @three_rows(%panel: !llvm.ptr, %row: !llvm.ptr) -> vector<16xf32> {
  // CHECK: scf.for {{.*}} step %c1
  // CHECK: %[[NEXT:.*]] = llvm.getelementptr %{{.*}}[4352]
  // CHECK-NEXT: "llvm.intr.prefetch"(%[[NEXT]]) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}>
  // CHECK-COUNT-16: llvm.intr.prefetch
  // CHECK-NOT: llvm.intr.prefetch
  // CHECK: return
  %s:6 = facet.tile_linear %panel(%row, %row, %row) depth 128 of !facet.q8 : !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr -> vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>
  return %s#5 : vector<16xf32>
}
}
