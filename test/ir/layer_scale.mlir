// facet.layer_scale: one factor for the whole residual stream.
// RUN: facet-opt %s -split-input-file -verify-diagnostics | facet-opt | FileCheck %s

// CHECK-LABEL: func @layer_scale
func.func @layer_scale(%x: tensor<?x64xf32>, %s: tensor<1xbf16>) -> tensor<?x64xf32> {
  // CHECK: facet.layer_scale %{{.*}}, %{{.*}} : tensor<?x64xf32>, tensor<1xbf16>
  %y = facet.layer_scale %x, %s : tensor<?x64xf32>, tensor<1xbf16>
  return %y : tensor<?x64xf32>
}

// -----

func.func @layer_scale_c1(%x: tensor<?x64xf32>, %s: tensor<2xf32>) {
  // expected-error @+1 {{expects a scalar of one element, got 'tensor<2xf32>'}}
  %y = facet.layer_scale %x, %s : tensor<?x64xf32>, tensor<2xf32>
  return
}

// -----

func.func @vector_of_unknown_length(%x: tensor<?x64xf32>, %s: tensor<?xf32>) {
  // expected-error @+1 {{must be weight vector of known length}}
  %y = facet.layer_scale %x, %s : tensor<?x64xf32>, tensor<?xf32>
  return
}
