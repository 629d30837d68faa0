// facet-fuse-qkv: linears that read one value become one, and slices of it.
// RUN: facet-opt %s -split-input-file -facet-fuse-qkv --remarks-filter=fuse --remark-format=emitRemark --remark-policy=all -verify-diagnostics | FileCheck %s

// Each reader gets a slice of its own: K here is normed and, as it is, the values.
// CHECK: facet.weight @l.q_k : tensor<96x32xf32> = #facet.concat<
// CHECK-SAME: offset 0, [64, 32], bf16>, #facet.source<file 0 offset 4096, [32, 32], bf16>>
facet.weight @l.q : tensor<64x32xf32> = #facet.source<file 0 offset 0, [64, 32], bf16>
facet.weight @l.k : tensor<32x32xf32> = #facet.source<file 0 offset 4096, [32, 32], bf16>
// CHECK-LABEL: func @step
// CHECK-SAME: (%[[X:.*]]: tensor<?x32xf32>, %{{.*}}: !facet.rows
func.func @step(%x: tensor<?x32xf32>, %rows: !facet.rows, %kv: !facet.kv<window = 64, heads = 1, head_dim = 32, f32>) -> tensor<?x64xf32> {
  %wq = facet.get @l.q : tensor<64x32xf32>
  %wk = facet.get @l.k : tensor<32x32xf32>
  // CHECK: %[[W:.*]] = facet.get @l.q_k : tensor<96x32xf32>
  // CHECK: %[[ALL:.*]] = facet.linear %[[X]], %[[W]] {facet.layer = 3 : i64}
  // CHECK-DAG: %[[Q:.*]] = facet.slice %[[ALL]] at 0 : tensor<?x96xf32> -> tensor<?x64xf32>
  // CHECK-DAG: %[[K0:.*]] = facet.slice %[[ALL]] at 64 : tensor<?x96xf32> -> tensor<?x32xf32>
  // CHECK-DAG: %[[K1:.*]] = facet.slice %[[ALL]] at 64 : tensor<?x96xf32> -> tensor<?x32xf32>
  // expected-remark @+1 {{2 linears became one}}
  %q = facet.linear %x, %wq {facet.layer = 3} : tensor<?x32xf32>, tensor<64x32xf32> -> tensor<?x64xf32>
  %k = facet.linear %x, %wk {facet.layer = 3} : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32>
  // CHECK-DAG: facet.rms_norm %[[Q]]
  // CHECK-DAG: facet.rms_norm %[[K0]]
  // CHECK-DAG: facet.rms_norm %[[K1]]
  %qn = facet.rms_norm %q eps 1.0e-6 groups 2 : tensor<?x64xf32>
  %kn = facet.rms_norm %k eps 1.0e-6 : tensor<?x32xf32>
  %vn = facet.rms_norm %k eps 1.0e-5 : tensor<?x32xf32>
  facet.kv_write %kn, %vn, %rows, %kv : tensor<?x32xf32>, <window = 64, heads = 1, head_dim = 32, f32>
  return %qn : tensor<?x64xf32>
}

// -----

// One linear alone has nothing to be merged with: a layer that shares another's K/V.
// CHECK-LABEL: func @step
func.func @step(%x: tensor<?x32xf32>, %wq: tensor<64x32xf32>) -> tensor<?x64xf32> {
  // CHECK-NEXT: facet.linear
  // CHECK-NEXT: facet.rms_norm
  %q = facet.linear %x, %wq : tensor<?x32xf32>, tensor<64x32xf32> -> tensor<?x64xf32>
  %qn = facet.rms_norm %q eps 1.0e-6 groups 2 : tensor<?x64xf32>
  return %qn : tensor<?x64xf32>
}

// -----

// The linears read different values.
// CHECK-LABEL: func @step
func.func @step(%a: tensor<?x32xf32>, %b: tensor<?x32xf32>, %w: tensor<32x32xf32>) -> (tensor<?x32xf32>, tensor<?x32xf32>) {
  // CHECK-NOT: facet.slice
  %p = facet.linear %a, %w : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32>
  %q = facet.linear %b, %w : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32>
  %pn = facet.rms_norm %p eps 1.0e-6 : tensor<?x32xf32>
  %qn = facet.rms_norm %q eps 1.0e-6 : tensor<?x32xf32>
  return %pn, %qn : tensor<?x32xf32>, tensor<?x32xf32>
}

// -----

// An element-wise reader makes an epilogue of its own linear; a slice in between would break that up.
// CHECK-LABEL: func @step
func.func @step(%x: tensor<?x32xf32>, %w: tensor<32x32xf32>) -> (tensor<?x32xf32>, tensor<?x32xf32>) {
  // CHECK-NOT: facet.slice
  %p = facet.linear %x, %w : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32>
  %q = facet.linear %x, %w : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32>
  %pn = facet.rms_norm %p eps 1.0e-6 : tensor<?x32xf32>
  %qs = facet.scale %q by 0.5 : tensor<?x32xf32>
  return %pn, %qs : tensor<?x32xf32>, tensor<?x32xf32>
}

// -----

// A weight that is an argument has no recipe to put beside another.
// CHECK-LABEL: func @step
func.func @step(%x: tensor<?x32xf32>, %w: tensor<32x32xf32>) -> (tensor<?x32xf32>, tensor<?x32xf32>) {
  // CHECK-NOT: facet.slice
  // expected-remark @+1 {{a weight is not a symbol, or their types differ}}
  %p = facet.linear %x, %w : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32>
  %q = facet.linear %x, %w : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32>
  %pn = facet.rms_norm %p eps 1.0e-6 : tensor<?x32xf32>
  %qn = facet.rms_norm %q eps 1.0e-6 : tensor<?x32xf32>
  return %pn, %qn : tensor<?x32xf32>, tensor<?x32xf32>
}
