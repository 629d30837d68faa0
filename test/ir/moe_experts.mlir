// facet.moe_experts: the chosen experts, weighted and added.
// RUN: facet-opt %s -split-input-file -verify-diagnostics | facet-opt | FileCheck %s

// CHECK-LABEL: func @moe_experts
func.func @moe_experts(%x: tensor<?x64xf32>, %w: tensor<?x4xf32>, %e: tensor<?x4xi32>, %gu: tensor<16x96x64xbf16>, %d: tensor<16x64x48xbf16>) -> tensor<?x64xf32> {
  // CHECK: facet.moe_experts %{{.*}} : tensor<?x64xf32>, tensor<?x4xf32>, tensor<?x4xi32>, tensor<16x96x64xbf16>, tensor<16x64x48xbf16> -> tensor<?x64xf32>
  %y = facet.moe_experts %x, %w, %e, %gu, %d : tensor<?x64xf32>, tensor<?x4xf32>, tensor<?x4xi32>, tensor<16x96x64xbf16>, tensor<16x64x48xbf16> -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// -----

// The inner widths do not match.
func.func @moe_experts_c1(%x: tensor<?x64xf32>, %w: tensor<?x4xf32>, %e: tensor<?x4xi32>, %gu: tensor<16x96x64xf32>, %d: tensor<16x64x96xf32>) {
  // expected-error @+1 {{expects gate_up [E, 2I, 64] and down [E, 64, I]}}
  %y = facet.moe_experts %x, %w, %e, %gu, %d : tensor<?x64xf32>, tensor<?x4xf32>, tensor<?x4xi32>, tensor<16x96x64xf32>, tensor<16x64x96xf32> -> tensor<?x64xf32>
  return
}

// -----

// The numbers of experts differ.
func.func @moe_experts_c1(%x: tensor<?x64xf32>, %w: tensor<?x4xf32>, %e: tensor<?x4xi32>, %gu: tensor<16x96x64xf32>, %d: tensor<8x64x48xf32>) {
  // expected-error @+1 {{expects gate_up [E, 2I, 64] and down [E, 64, I]}}
  %y = facet.moe_experts %x, %w, %e, %gu, %d : tensor<?x64xf32>, tensor<?x4xf32>, tensor<?x4xi32>, tensor<16x96x64xf32>, tensor<8x64x48xf32> -> tensor<?x64xf32>
  return
}

// -----

func.func @moe_experts_c2(%x: tensor<?x64xf32>, %w: tensor<?x4xf32>, %e: tensor<?x3xi32>, %gu: tensor<16x96x64xf32>, %d: tensor<16x64x48xf32>) {
  // expected-error @+1 {{expects as many weights as experts, got 4 and 3}}
  %y = facet.moe_experts %x, %w, %e, %gu, %d : tensor<?x64xf32>, tensor<?x4xf32>, tensor<?x3xi32>, tensor<16x96x64xf32>, tensor<16x64x48xf32> -> tensor<?x64xf32>
  return
}
