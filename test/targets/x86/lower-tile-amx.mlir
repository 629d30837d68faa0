// facet-x86-lower-tile-linear for AMX: the integer sums of a group come from a tile product, by way of memory.
// RUN: facet-opt %s -facet-x86-lower-tile-linear -canonicalize | FileCheck %s
module attributes {facet.target = #facet.target<"amx", vector_bits = 512, registers = 32, row_tile = 12, quant_row_tile = 16, dot = "vnni", bf16_dot = true, int8_tiles = true>} {

// Rows of 4 groups are 160 bytes apart, words of an unpacked panel 64: 32 bytes of each row times 8 words of 16 columns.
// Two groups are multiplied before the first sums are read; both halves of the columns do so.
// CHECK-LABEL: func @tiles
// CHECK-SAME: (%[[PANEL:.*]]: !llvm.ptr, %[[INTEGERS:.*]]: !llvm.ptr, %[[ROW:.*]]: !llvm.ptr)
func.func @tiles(%panel: !llvm.ptr, %integers: !llvm.ptr, %row: !llvm.ptr) -> vector<16xf32> {
  // CHECK-DAG: %[[M:.*]] = arith.constant 8 : i16
  // CHECK-DAG: %[[N:.*]] = arith.constant 64 : i16
  // CHECK-DAG: %[[K:.*]] = arith.constant 32 : i16
  // CHECK-DAG: %[[STRIDE:.*]] = arith.constant 160 : i64
  // CHECK-DAG: %[[LINE:.*]] = arith.constant 64 : i64
  // CHECK-DAG: %[[BYTES:.*]] = arith.constant 1024 : i64
  // CHECK: %[[SUMS:.*]] = llvm.alloca %[[BYTES]] x i8 {alignment = 64 : i64}
  // CHECK: scf.for
  // CHECK: llvm.getelementptr %[[ROW]]
  // CHECK: llvm.getelementptr %[[INTEGERS]]
  // CHECK: %[[X:.*]] = llvm.call_intrinsic "llvm.x86.tileloadd64.internal"(%[[M]], %[[K]], %{{.*}}, %[[STRIDE]])
  // CHECK: %[[W:.*]] = llvm.call_intrinsic "llvm.x86.tileloadd64.internal"(%[[M]], %[[N]], %{{.*}}, %[[LINE]])
  // CHECK: %[[ZERO:.*]] = llvm.call_intrinsic "llvm.x86.tilezero.internal"(%[[M]], %[[N]])
  // CHECK: %[[C:.*]] = llvm.call_intrinsic "llvm.x86.tdpbssd.internal"(%[[M]], %[[N]], %[[K]], %[[ZERO]], %[[X]], %[[W]])
  // CHECK: llvm.call_intrinsic "llvm.x86.tilestored64.internal"(%[[M]], %[[N]], %[[SUMS]], %[[LINE]], %[[C]])
  // CHECK: tdpbssd
  // CHECK-NOT: tdpbssd
  // CHECK: %[[SUM:.*]] = llvm.load %[[SUMS]] {alignment = 64 : i64} : !llvm.ptr -> vector<16xi32>
  // CHECK: arith.sitofp %[[SUM]]
  // CHECK: llvm.intr.fma
  // CHECK: scf.for
  // CHECK-COUNT-2: tdpbssd
  // CHECK-NOT: tdpbssd
  %s:16 = facet.tile_linear %panel[%integers](%row, %row, %row, %row, %row, %row, %row, %row) depth 128 of !facet.q4 : !llvm.ptr[!llvm.ptr], !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr -> vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>
  return %s#0 : vector<16xf32>
}

// What was not unpacked is multiplied by vectors.
// CHECK-LABEL: func @vectors
func.func @vectors(%panel: !llvm.ptr, %row: !llvm.ptr) -> vector<16xf32> {
  // CHECK-NOT: tdpbssd
  // CHECK: vpdpbusd
  // CHECK: return
  %s:16 = facet.tile_linear %panel(%row, %row, %row, %row, %row, %row, %row, %row) depth 128 of !facet.q8 : !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr -> vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>
  return %s#0 : vector<16xf32>
}

// A group of q4: 8 words of 16 columns, low and high nibbles of 4 lines, then those of the other half.
// CHECK-LABEL: func @unpack_q4
func.func @unpack_q4(%panel: !llvm.ptr, %to: !llvm.ptr) {
  // CHECK-DAG: %[[LOW:.*]] = arith.constant dense<252645135> : vector<16xi32>
  // CHECK-DAG: %[[EIGHT:.*]] = arith.constant dense<8> : vector<64xi8>
  // CHECK-DAG: %[[FOUR:.*]] = arith.constant dense<4> : vector<16xi32>
  // CHECK: scf.for
  // CHECK: %[[LINE:.*]] = llvm.load
  // CHECK: %[[NIBBLES:.*]] = arith.andi %[[LINE]], %[[LOW]]
  // CHECK: %[[BYTES:.*]] = llvm.bitcast %[[NIBBLES]]
  // CHECK: %[[SIGNED:.*]] = arith.subi %[[BYTES]], %[[EIGHT]]
  // CHECK: llvm.store %[[SIGNED]]
  // CHECK: arith.shrui %{{.*}}, %[[FOUR]]
  // CHECK-COUNT-15: llvm.store {{.*}} {alignment = 64 : i64} : vector<64xi8>
  // CHECK-NOT: llvm.store
  // CHECK: return
  facet.tile_unpack %panel to %to depth 128 of !facet.q4 : !llvm.ptr, !llvm.ptr
  return
}

// CHECK-LABEL: func @unpack_q8
func.func @unpack_q8(%panel: !llvm.ptr, %to: !llvm.ptr) {
  // CHECK: arith.constant dense<-128> : vector<64xi8>
  // CHECK: scf.for
  // CHECK-NOT: arith.andi
  // CHECK-COUNT-16: llvm.store
  // CHECK-NOT: llvm.store
  // CHECK: return
  facet.tile_unpack %panel to %to depth 128 of !facet.q8 : !llvm.ptr, !llvm.ptr
  return
}
}
