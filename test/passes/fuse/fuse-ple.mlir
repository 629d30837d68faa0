// facet-fuse-ple: the per-layer gate, GELU and product become one kernel that reads its slice in place.
// RUN: facet-opt %s -split-input-file -facet-fuse-ple --remarks-filter=fuse --remark-format=emitRemark --remark-policy=all -verify-diagnostics | FileCheck %s

// CHECK-LABEL: func @step
// CHECK-SAME: (%[[X:.*]]: tensor<?x32xf32>, %[[PLE:.*]]: tensor<?x96xf32>, %[[W:.*]]: tensor<32x32xf32>)
func.func @step(%x: tensor<?x32xf32>, %ple: tensor<?x96xf32>, %w: tensor<32x32xf32>) -> tensor<?x32xf32> {
  // CHECK-NEXT: %[[Y:.*]] = facet.group "linear"(%[[PLE]], %[[X]], %[[W]])
  // CHECK-NEXT: ^bb0
  // CHECK-NEXT: %[[P:.*]] = facet.slice {{.*}} at 64
  // CHECK-NEXT: %[[G:.*]] = facet.linear
  // CHECK-NEXT: facet.geglu %[[G]], %[[P]]
  // CHECK-NEXT: facet.yield
  // CHECK-NEXT: } {facet.layer = 3 : i64}
  // CHECK-NEXT: return %[[Y]]
  %p = facet.slice %ple at 64 : tensor<?x96xf32> -> tensor<?x32xf32>
  %g = facet.linear %x, %w : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32>
  // expected-remark @+1 {{gate, gelu and product became one kernel}}
  %y = facet.geglu %g, %p {facet.layer = 3} : tensor<?x32xf32>
  return %y : tensor<?x32xf32>
}

// -----

// A slice that others read stays for them.
// CHECK-LABEL: func @step
func.func @step(%x: tensor<?x32xf32>, %ple: tensor<?x96xf32>, %w: tensor<32x32xf32>) -> (tensor<?x32xf32>, tensor<?x32xf32>) {
  // CHECK: %[[P:.*]] = facet.slice
  // CHECK: %[[Y:.*]] = facet.group "linear"
  // CHECK: facet.slice
  // CHECK: return %[[Y]], %[[P]]
  %p = facet.slice %ple at 64 : tensor<?x96xf32> -> tensor<?x32xf32>
  %g = facet.linear %x, %w : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32>
  // expected-remark @+1 {{gate, gelu and product became one kernel}}
  %y = facet.geglu %g, %p : tensor<?x32xf32>
  return %y, %p : tensor<?x32xf32>, tensor<?x32xf32>
}

// -----

// The MLP's up is a linear, not a slice.
// CHECK-LABEL: func @step
func.func @step(%x: tensor<?x32xf32>, %wg: tensor<32x32xf32>, %wu: tensor<32x32xf32>) -> tensor<?x32xf32> {
  // CHECK-NOT: facet.group
  %g = facet.linear %x, %wg : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32>
  %u = facet.linear %x, %wu : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32>
  // expected-remark @+1 {{it is not a linear times a slice of the per-layer input}}
  %y = facet.geglu %g, %u : tensor<?x32xf32>
  return %y : tensor<?x32xf32>
}

// -----

// The gate is no linear.
// CHECK-LABEL: func @step
func.func @step(%g: tensor<?x32xf32>, %ple: tensor<?x96xf32>) -> tensor<?x32xf32> {
  // CHECK-NOT: facet.group
  %p = facet.slice %ple at 64 : tensor<?x96xf32> -> tensor<?x32xf32>
  // expected-remark @+1 {{it is not a linear times a slice of the per-layer input}}
  %y = facet.geglu %g, %p : tensor<?x32xf32>
  return %y : tensor<?x32xf32>
}

// -----

// Someone else reads the linear.
// CHECK-LABEL: func @step
func.func @step(%x: tensor<?x32xf32>, %ple: tensor<?x96xf32>, %w: tensor<32x32xf32>) -> (tensor<?x32xf32>, tensor<?x32xf32>) {
  // CHECK-NOT: facet.group
  %p = facet.slice %ple at 64 : tensor<?x96xf32> -> tensor<?x32xf32>
  %g = facet.linear %x, %w : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32>
  // expected-remark @+1 {{it is not a linear times a slice of the per-layer input}}
  %y = facet.geglu %g, %p : tensor<?x32xf32>
  return %y, %g : tensor<?x32xf32>, tensor<?x32xf32>
}

// -----

// The slice is of a value that only exists after the gate.
// CHECK-LABEL: func @step
func.func @step(%x: tensor<?x32xf32>, %ple: tensor<?x96xf32>, %w: tensor<32x32xf32>) -> tensor<?x32xf32> {
  // CHECK: %[[S:.*]] = facet.scale
  // CHECK: facet.group "linear"(%[[S]],
  %g = facet.linear %x, %w : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32>
  %s = facet.scale %ple by 0.5 : tensor<?x96xf32>
  %p = facet.slice %s at 64 : tensor<?x96xf32> -> tensor<?x32xf32>
  // expected-remark @+1 {{gate, gelu and product became one kernel}}
  %y = facet.geglu %g, %p : tensor<?x32xf32>
  return %y : tensor<?x32xf32>
}
