// facet.moe_linear: each pair with its expert's matrix.
// RUN: facet-opt %s -split-input-file -verify-diagnostics | facet-opt | FileCheck %s

// CHECK-LABEL: func @moe_linear
func.func @moe_linear(%x: tensor<?x64xf32>, %p: !facet.expert_plan<experts = 16, choices = 4>, %gu: tensor<16x96x64xbf16>, %d: tensor<16x64x48xbf16>) -> tensor<?x256xf32> {
  // CHECK: facet.moe_linear %{{.*}} shared geglu : tensor<?x64xf32>, <experts = 16, choices = 4>, tensor<16x96x64xbf16> -> tensor<?x192xf32>
  %g = facet.moe_linear %x, %p, %gu shared geglu : tensor<?x64xf32>, <experts = 16, choices = 4>, tensor<16x96x64xbf16> -> tensor<?x192xf32>
  // CHECK: facet.moe_linear %{{.*}} : tensor<?x192xf32>, <experts = 16, choices = 4>, tensor<16x64x48xbf16> -> tensor<?x256xf32>
  %y = facet.moe_linear %g, %p, %d : tensor<?x192xf32>, <experts = 16, choices = 4>, tensor<16x64x48xbf16> -> tensor<?x256xf32>
  return %y : tensor<?x256xf32>
}

// -----

// Not shared: every choice has its own 64 columns.
func.func @moe_linear_c1(%x: tensor<?x64xf32>, %p: !facet.expert_plan<experts = 16, choices = 4>, %w: tensor<16x96x64xf32>) {
  // expected-error @+1 {{expects 16 experts, 256 columns in and 384 out}}
  %y = facet.moe_linear %x, %p, %w : tensor<?x64xf32>, <experts = 16, choices = 4>, tensor<16x96x64xf32> -> tensor<?x384xf32>
  return
}

// -----

func.func @moe_linear_c1(%x: tensor<?x64xf32>, %p: !facet.expert_plan<experts = 16, choices = 4>, %w: tensor<8x96x64xf32>) {
  // expected-error @+1 {{expects 16 experts, 64 columns in and 384 out}}
  %y = facet.moe_linear %x, %p, %w shared : tensor<?x64xf32>, <experts = 16, choices = 4>, tensor<8x96x64xf32> -> tensor<?x384xf32>
  return
}

// -----

// geglu halves the columns.
func.func @moe_linear_c1(%x: tensor<?x64xf32>, %p: !facet.expert_plan<experts = 16, choices = 4>, %w: tensor<16x96x64xf32>) {
  // expected-error @+1 {{expects 16 experts, 64 columns in and 192 out}}
  %y = facet.moe_linear %x, %p, %w shared geglu : tensor<?x64xf32>, <experts = 16, choices = 4>, tensor<16x96x64xf32> -> tensor<?x384xf32>
  return
}

// -----

func.func @moe_linear_c2(%x: tensor<?x64xf32>, %p: !facet.expert_plan<experts = 16, choices = 4>, %w: tensor<16x48x64xf32>) {
  // expected-error @+1 {{expects interleaved matrices of a multiple of 32 rows}}
  %y = facet.moe_linear %x, %p, %w shared geglu : tensor<?x64xf32>, <experts = 16, choices = 4>, tensor<16x48x64xf32> -> tensor<?x96xf32>
  return
}
