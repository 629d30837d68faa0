// facet-x86-lower-tile-linear: the micro-kernel becomes one loop over the panel's depth.
// RUN: facet-opt %s -facet-x86-lower-tile-linear -canonicalize -cse | FileCheck %s

// bf16: one load of 16 words yields the 32 weights of a depth, for all rows; a shift and a mask make f32 of them. Each
// step is a fused multiply-add from zero, depth ascending. One or two rows go four depths a turn, to hide its latency.
// CHECK-LABEL: func @bf16
// CHECK-SAME: (%[[PANEL:.*]]: !llvm.ptr, %[[ROW:.*]]: !llvm.ptr)
func.func @bf16(%panel: !llvm.ptr, %row: !llvm.ptr) -> (vector<16xf32>, vector<16xf32>) {
  // CHECK-DAG: %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : vector<16xf32>
  // CHECK-DAG: %[[SHIFT:.*]] = arith.constant dense<16> : vector<16xi32>
  // CHECK-DAG: %[[MASK:.*]] = arith.constant dense<-65536> : vector<16xi32>
  // CHECK-DAG: %[[DEPTH:.*]] = arith.constant 64 : i64
  // CHECK-DAG: %[[STEP:.*]] = arith.constant 4 : i64
  // CHECK: %[[SUMS:.*]]:2 = scf.for %{{.*}} to %[[DEPTH]] step %[[STEP]] iter_args(%[[A:.*]] = %[[ZERO]], %[[B:.*]] = %[[ZERO]])
  // CHECK: %[[PAIRS:.*]] = llvm.load {{.*}} {alignment = 64 : i64} : !llvm.ptr -> vector<16xi32>
  // CHECK: %[[LOW:.*]] = arith.shli %[[PAIRS]], %[[SHIFT]]
  // CHECK: %[[HIGH:.*]] = arith.andi %[[PAIRS]], %[[MASK]]
  // CHECK: %[[LOWF:.*]] = arith.bitcast %[[LOW]] : vector<16xi32> to vector<16xf32>
  // CHECK: %[[HIGHF:.*]] = arith.bitcast %[[HIGH]]
  // CHECK: %[[X:.*]] = llvm.load {{.*}} -> f32
  // CHECK: %[[SPLAT:.*]] = vector.broadcast %[[X]]
  // CHECK: %[[A1:.*]] = llvm.intr.fma(%[[SPLAT]], %[[LOWF]], %[[A]])
  // CHECK: llvm.intr.fma(%[[SPLAT]], %[[HIGHF]], %[[B]])
  // CHECK: llvm.intr.fma(%{{.*}}, %{{.*}}, %[[A1]])
  // CHECK-COUNT-5: llvm.intr.fma
  // CHECK-NOT: llvm.intr.fma
  // CHECK: return %[[SUMS]]#0, %[[SUMS]]#1
  %s:2 = facet.tile_linear %panel(%row) depth 64 of bf16 : !llvm.ptr, !llvm.ptr -> vector<16xf32>, vector<16xf32>
  return %s#0, %s#1 : vector<16xf32>, vector<16xf32>
}

// f32: two vectors a depth, 128 bytes apart. Four rows share them and go two depths a turn.
// CHECK-LABEL: func @f32
func.func @f32(%panel: !llvm.ptr, %a: !llvm.ptr, %b: !llvm.ptr, %c: !llvm.ptr, %d: !llvm.ptr) -> vector<16xf32> {
  // CHECK-DAG: %[[STEP:.*]] = arith.constant 2 : i64
  // CHECK: scf.for {{.*}} step %[[STEP]]
  // CHECK: %[[LOW:.*]] = llvm.load {{.*}} {alignment = 64 : i64} : !llvm.ptr -> vector<16xf32>
  // CHECK: %[[HIGH:.*]] = llvm.load {{.*}} {alignment = 64 : i64} : !llvm.ptr -> vector<16xf32>
  // CHECK-COUNT-4: llvm.intr.fma(%{{.*}}, %[[HIGH]], %{{.*}})
  // CHECK: llvm.load {{.*}} {alignment = 64 : i64}
  // CHECK: llvm.load {{.*}} {alignment = 64 : i64}
  // CHECK-COUNT-8: llvm.intr.fma
  // CHECK-NOT: llvm.intr.fma
  %s:8 = facet.tile_linear %panel(%a, %b, %c, %d) depth 64 of f32 : !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr
    -> vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>
  return %s#7 : vector<16xf32>
}

// More rows hide the latency by themselves: one depth a turn. The line of the next panel that comes at the same place, 16
// depths further, goes to the second level of cache.
// CHECK-LABEL: func @six_rows
func.func @six_rows(%panel: !llvm.ptr, %a: !llvm.ptr) -> vector<16xf32> {
  // CHECK-DAG: %[[STEP:.*]] = arith.constant 1 : i64
  // CHECK-DAG: %[[PANEL:.*]] = arith.constant 1024 : i64
  // CHECK: scf.for {{.*}} step %[[STEP]]
  // CHECK: arith.addi %{{.*}}, %[[PANEL]]
  // CHECK: "llvm.intr.prefetch"{{.*}} hint = 2
  // CHECK-NOT: llvm.intr.prefetch
  // CHECK-COUNT-12: llvm.intr.fma
  // CHECK-NOT: llvm.intr.fma
  %s:12 = facet.tile_linear %panel(%a, %a, %a, %a, %a, %a) depth 16 of bf16 : !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr
    -> vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>,
       vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>
  return %s#11 : vector<16xf32>
}

// Functions without a tile op stay as they are.
// CHECK-LABEL: func @nothing
func.func @nothing(%x: f32) -> f32 {
  // CHECK-NEXT: return
  return %x : f32
}

// A schedule says how many depths a turn takes, and how far ahead weights of tiles of one or two rows are prefetched.
// CHECK-LABEL: func @scheduled
func.func @scheduled(%panel: !llvm.ptr, %row: !llvm.ptr) -> (vector<16xf32>, vector<16xf32>) {
  // CHECK-DAG: %[[STEP:.*]] = arith.constant 2 : i64
  // CHECK-DAG: %[[AHEAD:.*]] = arith.constant 1024 : i64
  // CHECK: scf.for {{.*}} step %[[STEP]]
  // CHECK: arith.addi %{{.*}}, %[[AHEAD]]
  // CHECK-COUNT-2: llvm.intr.prefetch
  // CHECK-NOT: llvm.intr.prefetch
  // CHECK: return
  %s:2 = facet.tile_linear %panel(%row) depth 64 of bf16 schedule <thinUnroll = 2, prefetch = 1024> : !llvm.ptr, !llvm.ptr -> vector<16xf32>, vector<16xf32>
  return %s#0, %s#1 : vector<16xf32>, vector<16xf32>
}
