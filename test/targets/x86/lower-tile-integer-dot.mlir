// facet-x86-lower-tile-dot over int8: the few steps are unrolled, sums stay exact integers.
// RUN: sed 's/TARGET/"v4", vector_bits = 512, registers = 32, row_tile = 12, quant_row_tile = 6, dot = "vnni"/' %s | facet-opt -facet-x86-lower-tile-dot -canonicalize -cse | FileCheck %s --check-prefixes=CHECK,VNNI
// RUN: grep -v BYTES %s | sed 's/TARGET/"v3", vector_bits = 256, registers = 16, row_tile = 3, quant_row_tile = 3, dot = "maddubs"/' | facet-opt -facet-x86-lower-tile-dot -canonicalize -cse | FileCheck %s --check-prefixes=CHECK,AVX2
module attributes {facet.target = #facet.target<TARGET>} {

// i16 rows: the even bytes of a line in 16 bits, then the odd ones, each times a pair of the row.
// CHECK-LABEL: func @pairs
func.func @pairs(%row: !llvm.ptr, %line: !llvm.ptr, %ahead: !llvm.ptr, %a: vector<16xi32>) -> vector<16xi32> {
  // CHECK: llvm.intr.prefetch
  // CHECK: %[[LINE:.*]] = llvm.load {{.*}} -> vector<16xi32>
  // CHECK: %[[BYTES:.*]] = llvm.bitcast %[[LINE]] : vector<16xi32> to vector<32xi16>
  // CHECK: %[[TOP:.*]] = arith.shli %[[BYTES]]
  // CHECK: %[[EVEN:.*]] = arith.shrsi %[[TOP]]
  // VNNI: %[[SUM:.*]] = llvm.call_intrinsic "llvm.x86.avx512.vpdpwssd.512"(%{{.*}}, %{{.*}}, %[[EVEN]])
  // VNNI: %[[ODD:.*]] = arith.shrsi %[[BYTES]]
  // VNNI: llvm.call_intrinsic "llvm.x86.avx512.vpdpwssd.512"(%[[SUM]], %{{.*}}, %[[ODD]])
  // Two registers of 8 lanes, twice.
  // AVX2-COUNT-4: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"
  // AVX2-NOT: pmadd
  %s = facet.tile_dot (%row) lines (%line) ahead (%ahead) sums (%a) steps 1 stride 64 of i16 x i8 : (!llvm.ptr, !llvm.ptr, !llvm.ptr, vector<16xi32>) -> vector<16xi32>
  return %s : vector<16xi32>
}

// i8 rows: lines become unsigned, the row's correction comes first.
// VNNI-LABEL: func @bytes
// VNNI: %[[FIX:.*]] = llvm.load %{{.*}} {alignment = 4 : i64} : !llvm.ptr -> i32
// VNNI: %[[FIXES:.*]] = vector.broadcast %[[FIX]]
// VNNI: %[[START:.*]] = arith.addi %{{.*}}, %[[FIXES]]
// VNNI: %[[UNSIGNED:.*]] = arith.xori
// VNNI: llvm.bitcast %[[UNSIGNED]]
// VNNI: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%[[START]],
// VNNI-COUNT-7: vpdpbusd
// VNNI-NOT: vpdpbusd
func.func @bytes(%row: !llvm.ptr, %line: !llvm.ptr, %a: vector<16xi32>) -> vector<16xi32> { // BYTES
  %s = facet.tile_dot (%row) lines (%line) ahead () sums (%a) steps 8 stride 64 of i8 x i8 : (!llvm.ptr, !llvm.ptr, vector<16xi32>) -> vector<16xi32> // BYTES
  return %s : vector<16xi32> // BYTES
} // BYTES
}
