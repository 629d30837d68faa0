// facet.attention: query heads share K/V heads.
// RUN: facet-opt %s -split-input-file -verify-diagnostics | facet-opt | FileCheck %s

// CHECK-LABEL: func @attention
func.func @attention(%q: tensor<?x256xf32>, %rows: !facet.rows, %kv: !facet.kv<window = 64, heads = 2, head_dim = 32, f32>) -> tensor<?x256xf32> {
  // CHECK: facet.attention %{{.*}}, %{{.*}}, %{{.*}} : tensor<?x256xf32>, <window = 64, heads = 2, head_dim = 32, f32>
  %y = facet.attention %q, %rows, %kv : tensor<?x256xf32>, <window = 64, heads = 2, head_dim = 32, f32>
  return %y : tensor<?x256xf32>
}

// -----

func.func @attention_c1(%q: tensor<?x96xf32>, %rows: !facet.rows, %kv: !facet.kv<window = 64, heads = 2, head_dim = 32, f32>) {
  // expected-error @+1 {{expects a multiple of 64 query columns, got 'tensor<?x96xf32>'}}
  %y = facet.attention %q, %rows, %kv : tensor<?x96xf32>, <window = 64, heads = 2, head_dim = 32, f32>
  return
}
