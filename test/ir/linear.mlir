// facet.linear, also with a weight laid out in panels.
// RUN: facet-opt %s -split-input-file -verify-diagnostics | facet-opt | FileCheck %s

// CHECK-LABEL: func @linear
func.func @linear(%x: tensor<?x64xf32>, %w: tensor<96x64xbf16>, %p: tensor<96x64xf32, #facet.panel<32>>) {
  // CHECK: facet.linear %{{.*}}, %{{.*}} : tensor<?x64xf32>, tensor<96x64xbf16> -> tensor<?x96xf32>
  %0 = facet.linear %x, %w : tensor<?x64xf32>, tensor<96x64xbf16> -> tensor<?x96xf32>
  // CHECK: facet.linear %{{.*}}, %{{.*}} : tensor<?x64xf32>, tensor<96x64xf32, #facet.panel<32>> -> tensor<?x96xf32>
  %1 = facet.linear %x, %p : tensor<?x64xf32>, tensor<96x64xf32, #facet.panel<32>> -> tensor<?x96xf32>
  return
}

// -----

func.func @linear_c1(%x: tensor<?x64xf32>, %w: tensor<96x32xf32>) {
  // expected-error @+1 {{expects a weight of 64 columns, got 'tensor<96x32xf32>'}}
  %y = facet.linear %x, %w : tensor<?x64xf32>, tensor<96x32xf32> -> tensor<?x96xf32>
  return
}

// -----

func.func @linear_c2(%x: tensor<?x64xf32>, %w: tensor<96x64xf32>) {
  // expected-error @+1 {{expects a weight of 64 rows, got 'tensor<96x64xf32>'}}
  %y = facet.linear %x, %w : tensor<?x64xf32>, tensor<96x64xf32> -> tensor<?x64xf32>
  return
}

// -----

func.func @matrix_of_unknown_shape(%x: tensor<?x64xf32>, %w: tensor<?x64xf32>) {
  // expected-error @+1 {{must be weight matrix of known shape}}
  %y = facet.linear %x, %w : tensor<?x64xf32>, tensor<?x64xf32> -> tensor<?x64xf32>
  return
}
