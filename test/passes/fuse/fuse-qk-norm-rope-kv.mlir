// facet-fuse-qk-norm-rope-kv: what leads to a K/V write becomes one kernel with it.
// RUN: facet-opt %s -split-input-file -facet-fuse-qk-norm-rope-kv --remarks-filter=fuse --remark-format=emitRemark --remark-policy=all -verify-diagnostics | FileCheck %s

// CHECK-LABEL: func @step
// CHECK-SAME: (%[[QKV:.*]]: tensor<?x128xf32>, %[[N:.*]]: tensor<32xf32>, %[[T:.*]]: tensor<?x32xf32>, %[[ROWS:.*]]: !facet.rows, %[[KV:.*]]: !facet.kv
func.func @step(%qkv: tensor<?x128xf32>, %n: tensor<32xf32>, %t: tensor<?x32xf32>, %rows: !facet.rows, %kv: !facet.kv<window = 64, heads = 1, head_dim = 32, f32>) {
  // CHECK-NEXT: facet.group "rows"(%[[QKV]], %[[N]], %[[T]], %[[ROWS]], %[[KV]])
  // CHECK: %[[K:.*]] = facet.rope
  // CHECK: %[[V:.*]] = facet.rms_norm
  // CHECK-NEXT: facet.kv_write %[[K]], %[[V]]
  // CHECK-NEXT: } {facet.layer = 3 : i64}
  // CHECK-NEXT: return
  %ks = facet.slice %qkv at 64 : tensor<?x128xf32> -> tensor<?x32xf32>
  %kn = facet.rms_norm %ks, %n eps 1.0e-6 : tensor<?x32xf32>, tensor<32xf32>
  %k = facet.rope %kn, %t : tensor<?x32xf32>, tensor<?x32xf32>
  %vs = facet.slice %qkv at 96 : tensor<?x128xf32> -> tensor<?x32xf32>
  %v = facet.rms_norm %vs eps 1.0e-6 : tensor<?x32xf32>
  // expected-remark @+1 {{6 ops became one kernel}}
  facet.kv_write %k, %v, %rows, %kv {facet.layer = 3} : tensor<?x32xf32>, <window = 64, heads = 1, head_dim = 32, f32>
  return
}

// -----

// Keys that someone else reads are written from memory; the values' norm still moves in.
// CHECK-LABEL: func @step
func.func @step(%x: tensor<?x32xf32>, %y: tensor<?x32xf32>, %rows: !facet.rows, %kv: !facet.kv<window = 64, heads = 1, head_dim = 32, f32>) -> tensor<?x32xf32> {
  // CHECK-NEXT: %[[K:.*]] = facet.rms_norm
  // CHECK-NEXT: facet.group "rows"(%{{.*}}, %[[K]],
  // CHECK: facet.rms_norm
  // CHECK-NEXT: facet.kv_write
  // CHECK: return %[[K]]
  %k = facet.rms_norm %x eps 1.0e-6 : tensor<?x32xf32>
  %v = facet.rms_norm %y eps 1.0e-6 : tensor<?x32xf32>
  // expected-remark @+1 {{2 ops became one kernel}}
  facet.kv_write %k, %v, %rows, %kv : tensor<?x32xf32>, <window = 64, heads = 1, head_dim = 32, f32>
  return %k : tensor<?x32xf32>
}

// -----

// One value as keys and as values has two readers: the write is a kernel by itself.
// CHECK-LABEL: func @step
func.func @step(%x: tensor<?x32xf32>, %rows: !facet.rows, %kv: !facet.kv<window = 64, heads = 1, head_dim = 32, f32>) {
  // CHECK-NEXT: facet.rms_norm
  // CHECK-NEXT: facet.group "rows"
  // CHECK-NEXT: ^bb0
  // CHECK-NEXT: facet.kv_write
  %k = facet.rms_norm %x eps 1.0e-6 : tensor<?x32xf32>
  // expected-remark @+1 {{what makes keys and values has other readers or is a kernel of its own}}
  facet.kv_write %k, %k, %rows, %kv : tensor<?x32xf32>, <window = 64, heads = 1, head_dim = 32, f32>
  return
}

// -----

// The table of angles serves many layers, and the linear is a kernel of its own: both stay outside.
// CHECK-LABEL: func @step
func.func @step(%x: tensor<?x32xf32>, %w: tensor<32x32xf32>, %f: tensor<16xf32>, %v: tensor<?x32xf32>, %rows: !facet.rows, %kv: !facet.kv<window = 64, heads = 1, head_dim = 32, f32>) {
  // CHECK-NEXT: facet.rope_table
  // CHECK-NEXT: facet.linear
  // CHECK-NEXT: facet.group "rows"
  %t = facet.rope_table %rows, %f : tensor<16xf32> -> tensor<?x32xf32>
  %y = facet.linear %x, %w : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32>
  %k = facet.rope %y, %t : tensor<?x32xf32>, tensor<?x32xf32>
  // expected-remark @+1 {{2 ops became one kernel}}
  facet.kv_write %k, %v, %rows, %kv : tensor<?x32xf32>, <window = 64, heads = 1, head_dim = 32, f32>
  return
}
