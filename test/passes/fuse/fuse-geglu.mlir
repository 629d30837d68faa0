// facet-fuse-geglu: gate and up become one linear whose rows alternate, 16 of each.
// RUN: facet-opt %s -split-input-file -facet-fuse-geglu --remarks-filter=fuse --remark-format=emitRemark --remark-policy=all -verify-diagnostics | FileCheck %s

// CHECK: facet.weight @l.gate_up : tensor<64x32xf32> = #facet.interleave<16,
// CHECK-SAME: offset 0, [32, 32], bf16>, #facet.source<file 0 offset 2048, [32, 32], bf16>>
facet.weight @l.gate : tensor<32x32xf32> = #facet.source<file 0 offset 0, [32, 32], bf16>
facet.weight @l.up : tensor<32x32xf32> = #facet.source<file 0 offset 2048, [32, 32], bf16>
// CHECK-LABEL: func @step
// CHECK-SAME: (%[[X:.*]]: tensor<?x32xf32>)
func.func @step(%x: tensor<?x32xf32>) -> tensor<?x32xf32> {
  %wg = facet.get @l.gate : tensor<32x32xf32>
  %wu = facet.get @l.up : tensor<32x32xf32>
  %g = facet.linear %x, %wg {facet.layer = 3} : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32>
  %u = facet.linear %x, %wu {facet.layer = 3} : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32>
  // CHECK: %[[W:.*]] = facet.get @l.gate_up : tensor<64x32xf32>
  // CHECK: %[[BOTH:.*]] = facet.linear %[[X]], %[[W]] {facet.layer = 3 : i64}
  // CHECK-NEXT: %[[Y:.*]] = facet.geglu_pairs %[[BOTH]] {facet.layer = 3 : i64} : tensor<?x64xf32> -> tensor<?x32xf32>
  // CHECK-NEXT: return %[[Y]]
  // expected-remark @+1 {{gate, up and geglu became one linear}}
  %y = facet.geglu %g, %u {facet.layer = 3} : tensor<?x32xf32>
  return %y : tensor<?x32xf32>
}

// -----

// The per-layer gate multiplies a value that no linear made.
// CHECK-LABEL: func @step
func.func @step(%x: tensor<?x32xf32>, %up: tensor<?x32xf32>, %wg: tensor<32x32xf32>) -> tensor<?x32xf32> {
  %g = facet.linear %x, %wg : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32>
  // CHECK: facet.geglu %
  // expected-remark @+1 {{gate and up are not linears of one value}}
  %y = facet.geglu %g, %up : tensor<?x32xf32>
  return %y : tensor<?x32xf32>
}

// -----

// The linears read different values: there is no one matrix to multiply.
// CHECK-LABEL: func @step
func.func @step(%a: tensor<?x32xf32>, %b: tensor<?x32xf32>, %wg: tensor<32x32xf32>, %wu: tensor<32x32xf32>) -> tensor<?x32xf32> {
  %g = facet.linear %a, %wg : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32>
  %u = facet.linear %b, %wu : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32>
  // CHECK: facet.geglu %
  // expected-remark @+1 {{gate and up are not linears of one value}}
  %y = facet.geglu %g, %u : tensor<?x32xf32>
  return %y : tensor<?x32xf32>
}

// -----

// Someone else reads the gate: it would have to be computed twice.
// CHECK-LABEL: func @step
func.func @step(%x: tensor<?x32xf32>, %wg: tensor<32x32xf32>, %wu: tensor<32x32xf32>) -> (tensor<?x32xf32>, tensor<?x32xf32>) {
  %g = facet.linear %x, %wg : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32>
  %u = facet.linear %x, %wu : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32>
  // CHECK: facet.geglu %
  // expected-remark @+1 {{gate or up has other readers}}
  %y = facet.geglu %g, %u : tensor<?x32xf32>
  return %y, %g : tensor<?x32xf32>, tensor<?x32xf32>
}

// -----

// 24 gates do not fill whole vectors of 16.
facet.weight @l.gate : tensor<24x32xf32> = #facet.source<file 0 offset 0, [24, 32], bf16>
facet.weight @l.up : tensor<24x32xf32> = #facet.source<file 0 offset 1536, [24, 32], bf16>
// CHECK-LABEL: func @step
func.func @step(%x: tensor<?x32xf32>) -> tensor<?x24xf32> {
  %wg = facet.get @l.gate : tensor<24x32xf32>
  %wu = facet.get @l.up : tensor<24x32xf32>
  %g = facet.linear %x, %wg : tensor<?x32xf32>, tensor<24x32xf32> -> tensor<?x24xf32>
  %u = facet.linear %x, %wu : tensor<?x32xf32>, tensor<24x32xf32> -> tensor<?x24xf32>
  // CHECK: facet.geglu %
  // expected-remark @+1 {{the width is not a multiple of 16}}
  %y = facet.geglu %g, %u : tensor<?x24xf32>
  return %y : tensor<?x24xf32>
}

// -----

// A weight that is an argument has no recipe to interleave.
// CHECK-LABEL: func @step
func.func @step(%x: tensor<?x32xf32>, %wg: tensor<32x32xf32>, %wu: tensor<32x32xf32>) -> tensor<?x32xf32> {
  %g = facet.linear %x, %wg : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32>
  %u = facet.linear %x, %wu : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32>
  // CHECK: facet.geglu %
  // expected-remark @+1 {{a weight is not a symbol, or their types differ}}
  %y = facet.geglu %g, %u : tensor<?x32xf32>
  return %y : tensor<?x32xf32>
}

// -----

// One weight holds one element type.
facet.weight @l.gate : tensor<32x32xf32> = #facet.source<file 0 offset 0, [32, 32], f32>
facet.weight @l.up : tensor<32x32xbf16> = #facet.source<file 0 offset 4096, [32, 32], bf16>
// CHECK-LABEL: func @step
func.func @step(%x: tensor<?x32xf32>) -> tensor<?x32xf32> {
  %wg = facet.get @l.gate : tensor<32x32xf32>
  %wu = facet.get @l.up : tensor<32x32xbf16>
  %g = facet.linear %x, %wg : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32>
  %u = facet.linear %x, %wu : tensor<?x32xf32>, tensor<32x32xbf16> -> tensor<?x32xf32>
  // CHECK: facet.geglu %
  // expected-remark @+1 {{a weight is not a symbol, or their types differ}}
  %y = facet.geglu %g, %u : tensor<?x32xf32>
  return %y : tensor<?x32xf32>
}
