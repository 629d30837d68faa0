// facet.tile_dot: rows times lines of 16 columns, added to sums.
// RUN: facet-opt %s -split-input-file -verify-diagnostics | facet-opt | FileCheck %s

// CHECK-LABEL: func @tile_dot
func.func @tile_dot(%row: !llvm.ptr, %line: !llvm.ptr, %ahead: !llvm.ptr, %sum: vector<16xf32>) {
  // CHECK: facet.tile_dot(%{{.*}}) lines(%{{.*}}) ahead(%{{.*}}) sums(%{{.*}}) steps 8 stride 256 of f32 x bf16
  %s = facet.tile_dot (%row) lines (%line) ahead (%ahead) sums (%sum) steps 8 stride 256 of f32 x bf16 : (!llvm.ptr, !llvm.ptr, !llvm.ptr, vector<16xf32>) -> vector<16xf32>
  // Lines that are in a cache already have nothing ahead.
  // CHECK: ahead() sums(
  %t = facet.tile_dot (%row) lines (%line) ahead () sums (%sum) steps 8 stride 256 of f32 x bf16 : (!llvm.ptr, !llvm.ptr, vector<16xf32>) -> vector<16xf32>
  return
}

// -----

func.func @tile_dot_c1(%row: !llvm.ptr, %line: !llvm.ptr, %sum: vector<16xf32>) {
  // expected-error @+1 {{expects 2 sums and results and 1 addresses ahead or none, got 1, 1 and 1}}
  %s = facet.tile_dot (%row, %row) lines (%line) ahead (%line) sums (%sum) steps 8 stride 256 of f32 x bf16 : (!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, vector<16xf32>) -> vector<16xf32>
  return
}

// -----

func.func @tile_dot_c2(%row: !llvm.ptr, %line: !llvm.ptr, %sum: vector<16xf32>) {
  // expected-error @+1 {{expects f32 x f32, f32 x bf16, bf16 x bf16, i16 x i8 or i8 x i8, got 'bf16' x 'f32'}}
  %s = facet.tile_dot (%row) lines (%line) ahead (%line) sums (%sum) steps 8 stride 256 of bf16 x f32 : (!llvm.ptr, !llvm.ptr, !llvm.ptr, vector<16xf32>) -> vector<16xf32>
  return
}

// -----

func.func @tile_dot_c3_sums(%row: !llvm.ptr, %line: !llvm.ptr, %sum: vector<16xf32>) {
  // expected-error @+1 {{expects sums of i32, got 'vector<16xf32>'}}
  %s = facet.tile_dot (%row) lines (%line) ahead () sums (%sum) steps 4 stride 256 of i16 x i8 : (!llvm.ptr, !llvm.ptr, vector<16xf32>) -> vector<16xf32>
  return
}

// -----

func.func @tile_dot_c3_steps(%row: !llvm.ptr, %line: !llvm.ptr, %sum: vector<16xi32>) {
  // expected-error @+1 {{expects 8 steps of i8 rows, got 16}}
  %s = facet.tile_dot (%row) lines (%line) ahead () sums (%sum) steps 16 stride 64 of i8 x i8 : (!llvm.ptr, !llvm.ptr, vector<16xi32>) -> vector<16xi32>
  return
}
