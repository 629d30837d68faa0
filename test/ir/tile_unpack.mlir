// facet.tile_unpack: the integers of a panel as signed bytes.
// RUN: facet-opt %s -split-input-file -verify-diagnostics | facet-opt | FileCheck %s

// CHECK-LABEL: func @tile_unpack
func.func @tile_unpack(%p: !llvm.ptr, %to: !llvm.ptr) {
  // CHECK: facet.tile_unpack %{{.*}} to %{{.*}} depth 64 of !facet.q4 : !llvm.ptr, !llvm.ptr
  facet.tile_unpack %p to %to depth 64 of !facet.q4 : !llvm.ptr, !llvm.ptr
  return
}

// -----

func.func @tile_unpack_c1(%p: !llvm.ptr, %to: !llvm.ptr) {
  // expected-error @+1 {{expects q8 or q4, got 'bf16'}}
  facet.tile_unpack %p to %to depth 64 of bf16 : !llvm.ptr, !llvm.ptr
  return
}

// -----

func.func @tile_unpack_c2(%p: !llvm.ptr, %to: !llvm.ptr) {
  // expected-error @+1 {{expects a depth that is a multiple of 32, got 48}}
  facet.tile_unpack %p to %to depth 48 of !facet.q8 : !llvm.ptr, !llvm.ptr
  return
}
