// facet.attention_merge: the result of attention from the states of its segments.
// RUN: facet-opt %s -split-input-file -verify-diagnostics | facet-opt | FileCheck %s

// CHECK-LABEL: func @attention_merge
func.func @attention_merge(%p: !facet.attention_parts<window = 0, slots = 64, heads = 4, head_dim = 64>, %rows: !facet.rows) {
  // CHECK: facet.attention_merge %{{.*}}, %{{.*}} : <window = 0, slots = 64, heads = 4, head_dim = 64> -> tensor<?x256xf32>
  %y = facet.attention_merge %p, %rows : <window = 0, slots = 64, heads = 4, head_dim = 64> -> tensor<?x256xf32>
  return
}

// -----

func.func @attention_merge_c1(%p: !facet.attention_parts<window = 0, slots = 64, heads = 4, head_dim = 64>, %rows: !facet.rows) {
  // expected-error @+1 {{expects 256 columns, got 'tensor<?x128xf32>'}}
  %y = facet.attention_merge %p, %rows : <window = 0, slots = 64, heads = 4, head_dim = 64> -> tensor<?x128xf32>
  return
}
