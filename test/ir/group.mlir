// facet.group and facet.yield: ops that become one kernel.
// RUN: facet-opt %s -split-input-file -verify-diagnostics | facet-opt | FileCheck %s

// CHECK-LABEL: func @group
func.func @group(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  // CHECK: facet.group "rows"(%{{.*}}) : (tensor<?x64xf32>) -> tensor<?x64xf32> {
  %y = facet.group "rows"(%x) : (tensor<?x64xf32>) -> tensor<?x64xf32> {
  ^bb0(%a: tensor<?x64xf32>):
    %n = facet.rms_norm %a eps 1.0e-6 : tensor<?x64xf32>
    // CHECK: facet.yield %{{.*}} : tensor<?x64xf32>
    facet.yield %n : tensor<?x64xf32>
  }
  return %y : tensor<?x64xf32>
}

// -----

func.func @group_c1(%x: tensor<?x64xf32>) {
  // expected-error @+1 {{expects kind rows, linear, attention, attention_merge, moe_plan or moe_linear, got columns}}
  %y = facet.group "columns"(%x) : (tensor<?x64xf32>) -> tensor<?x64xf32> {
  ^bb0(%a: tensor<?x64xf32>):
    facet.yield %a : tensor<?x64xf32>
  }
  return
}

// -----

func.func @group_c2(%x: tensor<?x64xf32>) {
  // expected-error @+1 {{expects one block argument for each input, of its type}}
  facet.group "rows"(%x) : (tensor<?x64xf32>) -> () {
  ^bb0(%a: tensor<?x32xf32>):
    facet.yield
  }
  return
}

// -----

func.func @group_c3(%x: tensor<?x64xf32>) {
  // expected-error @+1 {{expects to yield one value for each result, of its type}}
  %y = facet.group "rows"(%x) : (tensor<?x64xf32>) -> tensor<?x64xf32> {
  ^bb0(%a: tensor<?x64xf32>):
    facet.yield
  }
  return
}

// -----

func.func @group_c4(%x: tensor<?x64xf32>) {
  // expected-error @+1 {{expects to yield what its ops make, not its inputs}}
  %y = facet.group "rows"(%x) : (tensor<?x64xf32>) -> tensor<?x64xf32> {
  ^bb0(%a: tensor<?x64xf32>):
    facet.yield %a : tensor<?x64xf32>
  }
  return
}

// -----

func.func @yield_outside(%x: tensor<?x64xf32>) {
  // expected-error @+1 {{expects parent op 'facet.group'}}
  facet.yield %x : tensor<?x64xf32>
}
