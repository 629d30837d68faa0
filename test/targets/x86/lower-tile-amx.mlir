// facet-x86-lower-tile-linear for AMX: the integer sums of a group come from a tile product, by way of memory.
// RUN: facet-opt %s -facet-x86-lower-tile-linear -canonicalize | FileCheck %s
module attributes {facet.target = #facet.target<"amx", vector_bits = 512, registers = 32, row_tile = 12, quant_row_tile = 16, dot = "vnni", bf16_dot = true, int8_tiles = true>} {

// Rows of 4 groups are 160 bytes apart, words of a panel 128: 32 bytes of each row times 8 words of 16 columns.
// CHECK-LABEL: func @q8
// CHECK-SAME: (%[[PANEL:.*]]: !llvm.ptr, %[[ROW:.*]]: !llvm.ptr)
func.func @q8(%panel: !llvm.ptr, %row: !llvm.ptr) -> vector<16xf32> {
  // CHECK-DAG: %[[M:.*]] = arith.constant 8 : i16
  // CHECK-DAG: %[[N:.*]] = arith.constant 64 : i16
  // CHECK-DAG: %[[K:.*]] = arith.constant 32 : i16
  // CHECK-DAG: %[[STRIDE:.*]] = arith.constant 160 : i64
  // CHECK-DAG: %[[WORD:.*]] = arith.constant 128 : i64
  // CHECK-DAG: %[[LINE:.*]] = arith.constant 64 : i64
  // CHECK-DAG: %[[BYTES:.*]] = arith.constant 512 : i64
  // CHECK: %[[SUMS:.*]] = llvm.alloca %[[BYTES]] x i8 {alignment = 64 : i64}
  // CHECK: scf.for
  // CHECK: %[[X:.*]] = llvm.call_intrinsic "llvm.x86.tileloadd64.internal"(%[[M]], %[[K]], %{{.*}}, %[[STRIDE]])
  // CHECK: %[[W:.*]] = llvm.call_intrinsic "llvm.x86.tileloadd64.internal"(%[[M]], %[[N]], %{{.*}}, %[[WORD]])
  // CHECK: %[[ZERO:.*]] = llvm.call_intrinsic "llvm.x86.tilezero.internal"(%[[M]], %[[N]])
  // CHECK: %[[C:.*]] = llvm.call_intrinsic "llvm.x86.tdpbsud.internal"(%[[M]], %[[N]], %[[K]], %[[ZERO]], %[[X]], %[[W]])
  // CHECK: llvm.call_intrinsic "llvm.x86.tilestored64.internal"(%[[M]], %[[N]], %[[SUMS]], %[[LINE]], %[[C]])
  // CHECK: %[[SUM:.*]] = llvm.load %{{.*}} {alignment = 64 : i64} : !llvm.ptr -> vector<16xi32>
  // CHECK: %[[FIXED:.*]] = arith.addi %{{.*}}, %{{.*}} : vector<16xi32>
  // CHECK: arith.sitofp %[[FIXED]]
  // CHECK: llvm.intr.fma
  %s:16 = facet.tile_linear %panel(%row, %row, %row, %row, %row, %row, %row, %row) depth 128 of !facet.q8 : !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr -> vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>
  return %s#0 : vector<16xf32>
}

// Words of 4 bits are unpacked into memory before they are loaded.
// CHECK-LABEL: func @q4
func.func @q4(%panel: !llvm.ptr, %row: !llvm.ptr) -> vector<16xf32> {
  // CHECK-COUNT-2: llvm.alloca
  // CHECK: scf.for
  // CHECK-COUNT-8: llvm.store {{.*}} {alignment = 64 : i64} : vector<16xi32>
  // CHECK-NOT: llvm.store
  // CHECK-COUNT-2: tileloadd64
  // CHECK: tdpbsud
  %s:16 = facet.tile_linear %panel(%row, %row, %row, %row, %row, %row, %row, %row) depth 128 of !facet.q4 : !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr -> vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>
  return %s#0 : vector<16xf32>
}

// Few rows are not worth a tile.
// CHECK-LABEL: func @seven_rows
func.func @seven_rows(%panel: !llvm.ptr, %row: !llvm.ptr) -> vector<16xf32> {
  // CHECK-NOT: tdpbsud
  // CHECK: vpdpbusd
  // CHECK: return
  %s:14 = facet.tile_linear %panel(%row, %row, %row, %row, %row, %row, %row) depth 128 of !facet.q8 : !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr -> vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>
  return %s#0 : vector<16xf32>
}
}
