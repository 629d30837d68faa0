// facet-fuse-attention: attention with the norm and RoPE of its queries as prologue.
// RUN: facet-opt %s -split-input-file -facet-fuse-attention --remarks-filter=fuse --remark-format=emitRemark --remark-policy=all -verify-diagnostics | FileCheck %s

// CHECK-LABEL: func @step
// CHECK-SAME: (%[[QKV:.*]]: tensor<?x128xf32>, %[[T:.*]]: tensor<?x32xf32>, %[[ROWS:.*]]: !facet.rows, %[[KV:.*]]: !facet.kv
func.func @step(%qkv: tensor<?x128xf32>, %t: tensor<?x32xf32>, %rows: !facet.rows, %kv: !facet.kv<window = 64, heads = 1, head_dim = 32, f32>) -> tensor<?x64xf32> {
  // CHECK-NEXT: %[[Y:.*]] = facet.group "attention"(%[[QKV]], %[[T]], %[[ROWS]], %[[KV]])
  // CHECK-NEXT: ^bb0
  // CHECK-NEXT: facet.slice
  // CHECK-NEXT: facet.rms_norm
  // CHECK-NEXT: facet.rope
  // CHECK-NEXT: facet.attention
  // CHECK-NEXT: facet.yield
  // CHECK-NEXT: } {facet.layer = 3 : i64}
  // CHECK-NEXT: return %[[Y]]
  %q = facet.slice %qkv at 0 : tensor<?x128xf32> -> tensor<?x64xf32>
  %n = facet.rms_norm %q eps 1.0e-6 groups 2 : tensor<?x64xf32>
  %r = facet.rope %n, %t : tensor<?x64xf32>, tensor<?x32xf32>
  // expected-remark @+1 {{4 ops became one kernel}}
  %y = facet.attention %r, %rows, %kv {facet.layer = 3} : tensor<?x64xf32>, <window = 64, heads = 1, head_dim = 32, f32>
  return %y : tensor<?x64xf32>
}

// -----

// Queries that someone else reads are read from memory.
// CHECK-LABEL: func @step
func.func @step(%x: tensor<?x64xf32>, %rows: !facet.rows, %kv: !facet.kv<window = 64, heads = 1, head_dim = 32, f32>) -> (tensor<?x64xf32>, tensor<?x64xf32>) {
  // CHECK-NEXT: %[[N:.*]] = facet.rms_norm
  // CHECK-NEXT: facet.group "attention"(%[[N]],
  // CHECK-NEXT: ^bb0
  // CHECK-NEXT: facet.attention
  %n = facet.rms_norm %x eps 1.0e-6 groups 2 : tensor<?x64xf32>
  // expected-remark @+1 {{what makes the queries has other readers or is a kernel of its own}}
  %y = facet.attention %n, %rows, %kv : tensor<?x64xf32>, <window = 64, heads = 1, head_dim = 32, f32>
  return %y, %n : tensor<?x64xf32>, tensor<?x64xf32>
}

// -----

// A linear in between is a kernel of its own, and so is what leads to it.
// CHECK-LABEL: func @step
func.func @step(%x: tensor<?x32xf32>, %w: tensor<64x32xf32>, %rows: !facet.rows, %kv: !facet.kv<window = 64, heads = 1, head_dim = 32, f32>) -> tensor<?x64xf32> {
  // CHECK-NEXT: facet.rms_norm
  // CHECK-NEXT: facet.linear
  // CHECK-NEXT: facet.group "attention"
  // CHECK-NEXT: ^bb0
  // CHECK-NEXT: facet.rms_norm
  // CHECK-NEXT: facet.attention
  %h = facet.rms_norm %x eps 1.0e-6 : tensor<?x32xf32>
  %q = facet.linear %h, %w : tensor<?x32xf32>, tensor<64x32xf32> -> tensor<?x64xf32>
  %n = facet.rms_norm %q eps 1.0e-6 groups 2 : tensor<?x64xf32>
  // expected-remark @+1 {{2 ops became one kernel}}
  %y = facet.attention %n, %rows, %kv : tensor<?x64xf32>, <window = 64, heads = 1, head_dim = 32, f32>
  return %y : tensor<?x64xf32>
}
