// facet.moe_plan: pairs of a step grouped by expert.
// RUN: facet-opt %s -split-input-file -verify-diagnostics | facet-opt | FileCheck %s

// CHECK-LABEL: func @moe_plan
func.func @moe_plan(%rows: !facet.rows, %e: tensor<?x4xi32>) {
  // CHECK: facet.moe_plan %{{.*}}, %{{.*}} : tensor<?x4xi32> -> <experts = 16, choices = 4>
  %p = facet.moe_plan %rows, %e : tensor<?x4xi32> -> <experts = 16, choices = 4>
  return
}

// -----

func.func @moe_plan_c1(%rows: !facet.rows, %e: tensor<?x4xi32>) {
  // expected-error @+1 {{expects 8 choices a row, got 'tensor<?x4xi32>'}}
  %p = facet.moe_plan %rows, %e : tensor<?x4xi32> -> <experts = 16, choices = 8>
  return
}

// -----

// expected-error @+1 {{expects 1 to 65536 experts and as many choices at most, got 5 of 4}}
func.func private @plan_type(!facet.expert_plan<experts = 4, choices = 5>)
