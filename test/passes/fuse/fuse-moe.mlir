// facet-fuse-moe: experts become linears over rows grouped by expert.
// RUN: facet-opt %s -split-input-file -facet-fuse-moe --remarks-filter=fuse --remark-format=emitRemark --remark-policy=all -verify-diagnostics | FileCheck %s

// CHECK: facet.weight @l.gate_up.pairs : tensor<4x64x32xf32> = #facet.interleave<16,
// CHECK-SAME: #facet.slice_rows<0, 32, [[SOURCE:#facet.source<.*>]]>, #facet.slice_rows<32, 32, [[SOURCE]]>>
facet.weight @l.gate_up : tensor<4x64x32xf32> = #facet.source<file 0 offset 0, [4, 64, 32], bf16>
// CHECK-LABEL: func @step
// CHECK-SAME: (%[[ROWS:.*]]: !facet.rows, %[[TABLE:.*]]: tensor<16x32xf32>, %[[P:.*]]: tensor<?x2xf32>, %[[E:.*]]: tensor<?x2xi32>, %[[DOWN:.*]]: tensor<4x32x32xf32>)
func.func @step(%rows: !facet.rows, %table: tensor<16x32xf32>, %p: tensor<?x2xf32>, %e: tensor<?x2xi32>, %down: tensor<4x32x32xf32>) -> tensor<?x32xf32> {
  // CHECK: %[[X:.*]] = facet.embed
  %x = facet.embed %rows, %table scale 1.0 : tensor<16x32xf32> -> tensor<?x32xf32>
  %gate_up = facet.get @l.gate_up : tensor<4x64x32xf32>
  // CHECK: %[[PAIRS:.*]] = facet.get @l.gate_up.pairs
  // CHECK: %[[PLAN:.*]] = facet.group "moe_plan"(%[[ROWS]], %[[E]]) : {{.*}} -> !facet.expert_plan<experts = 4, choices = 2>
  // CHECK: facet.moe_plan
  // CHECK: } {facet.layer = 3 : i64}
  // CHECK: %[[HIDDEN:.*]] = facet.group "moe_linear"(%[[X]], %[[PLAN]], %[[PAIRS]]) : {{.*}} -> tensor<?x64xf32>
  // CHECK: facet.moe_linear {{.*}} shared geglu
  // CHECK: } {facet.layer = 3 : i64}
  // CHECK: %[[OUT:.*]] = facet.group "moe_linear"(%[[HIDDEN]], %[[PLAN]], %[[DOWN]]) : {{.*}} -> tensor<?x64xf32>
  // CHECK: facet.moe_linear %{{[^ ]*}}, %{{[^ ]*}}, %{{[^ ]*}} {facet.layer
  // CHECK: %[[Y:.*]] = facet.moe_combine %[[OUT]], %[[P]] {facet.layer = 3 : i64}
  // CHECK-NEXT: return %[[Y]]
  // expected-remark @+1 {{experts became grouped linears}}
  %y = facet.moe_experts %x, %p, %e, %gate_up, %down {facet.layer = 3}
    : tensor<?x32xf32>, tensor<?x2xf32>, tensor<?x2xi32>, tensor<4x64x32xf32>, tensor<4x32x32xf32> -> tensor<?x32xf32>
  return %y : tensor<?x32xf32>
}

// -----

// Matrices that are arguments have no recipe to interleave.
// CHECK-LABEL: func @step
func.func @step(%rows: !facet.rows, %table: tensor<16x32xf32>, %p: tensor<?x2xf32>, %e: tensor<?x2xi32>,
                %gate_up: tensor<4x64x32xf32>, %down: tensor<4x32x32xf32>) -> tensor<?x32xf32> {
  %x = facet.embed %rows, %table scale 1.0 : tensor<16x32xf32> -> tensor<?x32xf32>
  // CHECK: facet.moe_experts
  // expected-remark @+1 {{gate_up is not a weight symbol}}
  %y = facet.moe_experts %x, %p, %e, %gate_up, %down
    : tensor<?x32xf32>, tensor<?x2xf32>, tensor<?x2xi32>, tensor<4x64x32xf32>, tensor<4x32x32xf32> -> tensor<?x32xf32>
  return %y : tensor<?x32xf32>
}

// -----

// 24 gates do not fill whole vectors of 16; no merged weight is left behind.
// CHECK-NOT: @l.gate_up.pairs
facet.weight @l.gate_up : tensor<4x48x32xf32> = #facet.source<file 0 offset 0, [4, 48, 32], bf16>
// CHECK-LABEL: func @step
func.func @step(%rows: !facet.rows, %table: tensor<16x32xf32>, %p: tensor<?x2xf32>, %e: tensor<?x2xi32>, %down: tensor<4x32x24xf32>) -> tensor<?x32xf32> {
  %x = facet.embed %rows, %table scale 1.0 : tensor<16x32xf32> -> tensor<?x32xf32>
  %gate_up = facet.get @l.gate_up : tensor<4x48x32xf32>
  // CHECK: facet.moe_experts
  // expected-remark @+1 {{the experts' width is not a multiple of 16}}
  %y = facet.moe_experts %x, %p, %e, %gate_up, %down
    : tensor<?x32xf32>, tensor<?x2xf32>, tensor<?x2xi32>, tensor<4x48x32xf32>, tensor<4x32x24xf32> -> tensor<?x32xf32>
  return %y : tensor<?x32xf32>
}

// -----

// The plan counts the rows of a step: x must come from some.
// CHECK-LABEL: func @step
func.func @step(%x: tensor<?x32xf32>, %p: tensor<?x2xf32>, %e: tensor<?x2xi32>, %gate_up: tensor<4x64x32xf32>, %down: tensor<4x32x32xf32>) -> tensor<?x32xf32> {
  // CHECK: facet.moe_experts
  // expected-remark @+1 {{the rows are unknown}}
  %y = facet.moe_experts %x, %p, %e, %gate_up, %down
    : tensor<?x32xf32>, tensor<?x2xf32>, tensor<?x2xi32>, tensor<4x64x32xf32>, tensor<4x32x32xf32> -> tensor<?x32xf32>
  return %y : tensor<?x32xf32>
}
