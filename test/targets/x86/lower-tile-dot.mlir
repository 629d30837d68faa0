// facet-x86-lower-tile-dot: the micro-kernel becomes one loop over the lines.
// RUN: facet-opt %s -facet-x86-lower-tile-dot -canonicalize -cse | FileCheck %s

// bf16 pairs are widened once for all rows, the lower one first; each is a fused multiply-add onto the sums. The same line
// of what comes next is prefetched. Two sums hide little of a multiply-add: four lines a turn.
// CHECK-LABEL: func @widened
// CHECK-SAME: (%{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr, %[[S0:.*]]: vector<16xf32>, %[[S1:.*]]: vector<16xf32>)
func.func @widened(%row: !llvm.ptr, %line: !llvm.ptr, %ahead: !llvm.ptr, %a: vector<16xf32>, %b: vector<16xf32>) -> (vector<16xf32>, vector<16xf32>) {
  // CHECK-DAG: %[[STEPS:.*]] = arith.constant 8 : i64
  // CHECK-DAG: %[[TURN:.*]] = arith.constant 4 : i64
  // CHECK: scf.for %{{.*}} to %[[STEPS]] step %[[TURN]] iter_args(%[[A:.*]] = %[[S0]], %[[B:.*]] = %[[S1]])
  // CHECK: llvm.intr.prefetch
  // CHECK: %[[PAIRS:.*]] = llvm.load {{.*}} {alignment = 64 : i64} : !llvm.ptr -> vector<16xi32>
  // CHECK: %[[LOW:.*]] = arith.shli %[[PAIRS]]
  // CHECK: %[[HIGH:.*]] = arith.andi %[[PAIRS]]
  // CHECK: %[[LOWF:.*]] = arith.bitcast %[[LOW]]
  // CHECK: %[[HIGHF:.*]] = arith.bitcast %[[HIGH]]
  // CHECK: %[[A1:.*]] = llvm.intr.fma(%{{.*}}, %[[LOWF]], %[[A]])
  // CHECK: llvm.intr.fma(%{{.*}}, %[[HIGHF]], %[[A1]])
  // CHECK: %[[B1:.*]] = llvm.intr.fma(%{{.*}}, %[[LOWF]], %[[B]])
  // CHECK: llvm.intr.fma(%{{.*}}, %[[HIGHF]], %[[B1]])
  // CHECK-COUNT-12: llvm.intr.fma
  // CHECK-NOT: llvm.intr.fma
  %s:2 = facet.tile_dot (%row, %row) lines (%line) ahead (%ahead) sums (%a, %b) steps 8 stride 256 of f32 x bf16
    : (!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, vector<16xf32>, vector<16xf32>) -> (vector<16xf32>, vector<16xf32>)
  return %s#0, %s#1 : vector<16xf32>, vector<16xf32>
}

// Rows in bf16: a pair of the row, in every lane, times a line of pairs.
// CHECK-LABEL: func @pairs
// CHECK-SAME: %[[S0:[^ ]*]]: vector<16xf32>)
func.func @pairs(%row: !llvm.ptr, %line: !llvm.ptr, %a: vector<16xf32>) -> vector<16xf32> {
  // CHECK: scf.for {{.*}} iter_args(%[[A:.*]] = %[[S0]])
  // CHECK: %[[LINE:.*]] = llvm.load {{.*}} -> vector<32xbf16>
  // CHECK: %[[WORD:.*]] = llvm.load {{.*}} -> i32
  // CHECK: %[[WORDS:.*]] = vector.broadcast %[[WORD]]
  // CHECK: %[[X:.*]] = llvm.bitcast %[[WORDS]] : vector<16xi32> to vector<32xbf16>
  // CHECK: llvm.call_intrinsic "llvm.x86.avx512bf16.dpbf16ps.512"(%[[A]], %[[X]], %[[LINE]])
  // CHECK-NOT: llvm.intr.fma
  %s = facet.tile_dot (%row) lines (%line) ahead (%line) sums (%a) steps 8 stride 64 of bf16 x bf16 : (!llvm.ptr, !llvm.ptr, !llvm.ptr, vector<16xf32>) -> vector<16xf32>
  return %s : vector<16xf32>
}

// f32 by f32: one multiply-add a line.
// CHECK-LABEL: func @f32
func.func @f32(%row: !llvm.ptr, %line: !llvm.ptr, %a: vector<16xf32>) -> vector<16xf32> {
  // CHECK-DAG: %[[TURN:.*]] = arith.constant 4 : i64
  // CHECK: scf.for {{.*}} step %[[TURN]]
  // CHECK-COUNT-4: llvm.intr.fma
  // CHECK-NOT: llvm.intr.fma
  %s = facet.tile_dot (%row) lines (%line) ahead (%line) sums (%a) steps 64 stride 64 of f32 x f32 : (!llvm.ptr, !llvm.ptr, !llvm.ptr, vector<16xf32>) -> vector<16xf32>
  return %s : vector<16xf32>
}
