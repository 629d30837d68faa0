// facet.kv_write: store keys and values.
// RUN: facet-opt %s -split-input-file -verify-diagnostics | facet-opt | FileCheck %s

// CHECK-LABEL: func @kv_write
func.func @kv_write(%k: tensor<?x64xf32>, %v: tensor<?x64xf32>, %rows: !facet.rows, %kv: !facet.kv<window = 64, heads = 2, head_dim = 32, f32>) {
  // CHECK: facet.kv_write %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} : tensor<?x64xf32>, <window = 64, heads = 2, head_dim = 32, f32>
  facet.kv_write %k, %v, %rows, %kv : tensor<?x64xf32>, <window = 64, heads = 2, head_dim = 32, f32>
  return
}

// -----

func.func @kv_write_c1(%k: tensor<?x32xf32>, %rows: !facet.rows, %kv: !facet.kv<window = 64, heads = 2, head_dim = 32, f32>) {
  // expected-error @+1 {{expects keys and values of 64 columns, got 'tensor<?x32xf32>' and 'tensor<?x32xf32>'}}
  facet.kv_write %k, %k, %rows, %kv : tensor<?x32xf32>, <window = 64, heads = 2, head_dim = 32, f32>
  return
}
