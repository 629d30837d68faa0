// facet.moe_combine: the weighted sum of a row's choices.
// RUN: facet-opt %s -split-input-file -verify-diagnostics | facet-opt | FileCheck %s

// CHECK-LABEL: func @moe_combine
func.func @moe_combine(%x: tensor<?x256xf32>, %w: tensor<?x4xf32>) -> tensor<?x64xf32> {
  // CHECK: facet.moe_combine %{{.*}}, %{{.*}} : tensor<?x256xf32>, tensor<?x4xf32> -> tensor<?x64xf32>
  %y = facet.moe_combine %x, %w : tensor<?x256xf32>, tensor<?x4xf32> -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// -----

func.func @moe_combine_c1(%x: tensor<?x192xf32>, %w: tensor<?x4xf32>) {
  // expected-error @+1 {{expects 256 columns, got 'tensor<?x192xf32>'}}
  %y = facet.moe_combine %x, %w : tensor<?x192xf32>, tensor<?x4xf32> -> tensor<?x64xf32>
  return
}
