// facet.moe_route: top-k of 128 experts.
// RUN: facet-opt %s -split-input-file -verify-diagnostics | facet-opt | FileCheck %s

// CHECK-LABEL: func @moe_route
func.func @moe_route(%l: tensor<?x128xf32>, %s: tensor<128xbf16>) -> (tensor<?x8xf32>, tensor<?x8xi32>) {
  // CHECK: facet.moe_route %{{.*}}, %{{.*}} : tensor<?x128xf32>, tensor<128xbf16> -> tensor<?x8xf32>, tensor<?x8xi32>
  %w, %e = facet.moe_route %l, %s : tensor<?x128xf32>, tensor<128xbf16> -> tensor<?x8xf32>, tensor<?x8xi32>
  return %w, %e : tensor<?x8xf32>, tensor<?x8xi32>
}

// -----

func.func @moe_route_c1(%l: tensor<?x16xf32>, %s: tensor<8xf32>) {
  // expected-error @+1 {{expects a scale of 16 elements, got 'tensor<8xf32>'}}
  %w, %e = facet.moe_route %l, %s : tensor<?x16xf32>, tensor<8xf32> -> tensor<?x4xf32>, tensor<?x4xi32>
  return
}

// -----

func.func @moe_route_c2(%l: tensor<?x16xf32>, %s: tensor<16xf32>) {
  // expected-error @+1 {{expects 1 to 16 choices in both results, got 4 and 3}}
  %w, %e = facet.moe_route %l, %s : tensor<?x16xf32>, tensor<16xf32> -> tensor<?x4xf32>, tensor<?x3xi32>
  return
}

// -----

func.func @moe_route_c2(%l: tensor<?x16xf32>, %s: tensor<16xf32>) {
  // expected-error @+1 {{expects 1 to 16 choices in both results, got 17 and 17}}
  %w, %e = facet.moe_route %l, %s : tensor<?x16xf32>, tensor<16xf32> -> tensor<?x17xf32>, tensor<?x17xi32>
  return
}
