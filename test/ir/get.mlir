// facet.get: the value of a symbol.
// RUN: facet-opt %s -split-input-file -verify-diagnostics | facet-opt | FileCheck %s

facet.weight @w : tensor<16xf32> = #facet.source<file 0 offset 0, [16], f32>
facet.kv_stream @kv : !facet.kv<window = 64, heads = 1, head_dim = 64, f32>
// CHECK-LABEL: func @get
func.func @get() {
  // CHECK: facet.get @w : tensor<16xf32>
  %w = facet.get @w : tensor<16xf32>
  // CHECK: facet.get @kv : !facet.kv<window = 64, heads = 1, head_dim = 64, f32>
  %kv = facet.get @kv : !facet.kv<window = 64, heads = 1, head_dim = 64, f32>
  return
}

// -----

func.func @get_c1() {
  // expected-error @+1 {{expects a facet.weight or facet.kv_stream named @w}}
  %w = facet.get @w : tensor<16xf32>
  return
}

// -----

// expected-note @+1 {{declared here}}
facet.weight @w : tensor<16xf32> = #facet.source<file 0 offset 0, [16], f32>
func.func @get_c1() {
  // expected-error @+1 {{expects the symbol's type 'tensor<16xf32>', got 'tensor<8xf32>'}}
  %w = facet.get @w : tensor<8xf32>
  return
}

// -----

func.func @get_c1() {
  // expected-error @+1 {{expects a facet.weight or facet.kv_stream named @get_c1}}
  %w = facet.get @get_c1 : tensor<16xf32>
  return
}
