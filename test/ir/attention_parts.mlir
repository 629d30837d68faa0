// facet.attention_parts: a softmax state for each row, query head and segment of keys.
// RUN: facet-opt %s -split-input-file -verify-diagnostics | facet-opt | FileCheck %s

// CHECK-LABEL: func @attention_parts
func.func @attention_parts(%q: tensor<?x256xf32>, %rows: !facet.rows, %kv: !facet.kv<window = 512, heads = 2, head_dim = 64, bf16>) {
  // CHECK: facet.attention_parts %{{.*}}, %{{.*}}, %{{.*}} : tensor<?x256xf32>, <window = 512, heads = 2, head_dim = 64, bf16> -> <window = 512, slots = 4, heads = 4, head_dim = 64>
  %p = facet.attention_parts %q, %rows, %kv : tensor<?x256xf32>, <window = 512, heads = 2, head_dim = 64, bf16> -> <window = 512, slots = 4, heads = 4, head_dim = 64>
  return
}

// -----

func.func @attention_parts_c1(%q: tensor<?x256xf32>, %rows: !facet.rows, %kv: !facet.kv<window = 512, heads = 2, head_dim = 64, bf16>) {
  // expected-error @+1 {{expects parts of the queries' heads and the stream's window}}
  %p = facet.attention_parts %q, %rows, %kv : tensor<?x256xf32>, <window = 512, heads = 2, head_dim = 64, bf16> -> <window = 0, slots = 4, heads = 4, head_dim = 64>
  return
}

// -----

// expected-error @+1 {{expects a window of 0 or more and 1 to 65536 slots, heads and columns, got 0, 0, 4 and 64}}
func.func private @no_slots(!facet.attention_parts<window = 0, slots = 0, heads = 4, head_dim = 64>)
