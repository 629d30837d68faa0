// facet-fuse-residual-norm: row-wise ops that are left become kernels, chain by chain.
// RUN: facet-opt %s -split-input-file -facet-fuse-residual-norm --remarks-filter=fuse --remark-format=emitRemark --remark-policy=all -verify-diagnostics | FileCheck %s

// A weight's facet.get between two ops of a chain does not break it. The residual stream leaves the chain where others read it.
facet.weight @s : tensor<1xf32> = #facet.source<file 0 offset 0, [1], f32>
// CHECK-LABEL: func @step
// CHECK-SAME: (%[[X:.*]]: tensor<?x32xf32>, %[[O:.*]]: tensor<?x32xf32>)
func.func @step(%x: tensor<?x32xf32>, %o: tensor<?x32xf32>) -> (tensor<?x32xf32>, tensor<?x32xf32>) {
  // CHECK-NEXT: %[[S:.*]] = facet.get @s
  // CHECK-NEXT: %[[Y:.*]]:2 = facet.group "rows"(%[[O]], %[[X]], %[[S]])
  // CHECK-NEXT: ^bb0
  // CHECK-NEXT: facet.rms_norm
  // CHECK-NEXT: %[[SUM:.*]] = facet.add
  // CHECK-NEXT: %[[SCALED:.*]] = facet.layer_scale
  // CHECK-NEXT: facet.yield %[[SUM]], %[[SCALED]]
  // CHECK-NEXT: } {facet.layer = 3 : i64}
  // CHECK-NEXT: return %[[Y]]#1, %[[Y]]#0
  %n = facet.rms_norm %o eps 1.0e-6 : tensor<?x32xf32>
  %y = facet.add %x, %n : tensor<?x32xf32>
  %s = facet.get @s : tensor<1xf32>
  // expected-remark @+1 {{3 ops became one kernel}}
  %z = facet.layer_scale %y, %s {facet.layer = 3} : tensor<?x32xf32>, tensor<1xf32>
  return %z, %y : tensor<?x32xf32>, tensor<?x32xf32>
}

// -----

// Ops of all rows and ops of the wanted ones are cut differently: two kernels.
// CHECK-LABEL: func @step
// CHECK-SAME: (%[[ROWS:.*]]: !facet.rows, %[[TABLE:.*]]: tensor
func.func @step(%rows: !facet.rows, %table: tensor<16x32xf32>) -> tensor<?x32xf32> {
  // CHECK-NEXT: %[[WANTED:.*]] = facet.wanted
  %some = facet.wanted %rows
  // CHECK-NEXT: %[[ALL:.*]] = facet.group "rows"(%[[ROWS]], %[[TABLE]])
  // CHECK: facet.embed
  // CHECK-NEXT: facet.scale
  // CHECK-NEXT: facet.yield
  // CHECK: facet.group "rows"(%[[ALL]], %[[WANTED]])
  // CHECK: facet.take
  // CHECK-NEXT: facet.scale
  // CHECK-NEXT: facet.yield
  %x = facet.embed %rows, %table scale 1.0 : tensor<16x32xf32> -> tensor<?x32xf32>
  // expected-remark @+1 {{2 ops became one kernel}}
  %y = facet.scale %x by 0.5 : tensor<?x32xf32>
  %t = facet.take %y, %some : tensor<?x32xf32>
  // expected-remark @+1 {{2 ops became one kernel}}
  %z = facet.scale %t by 0.25 : tensor<?x32xf32>
  return %z : tensor<?x32xf32>
}

// -----

// A kernel in between ends the chain: what follows may read it.
// CHECK-LABEL: func @step
func.func @step(%q: tensor<?x64xf32>, %rows: !facet.rows, %kv: !facet.kv<window = 64, heads = 1, head_dim = 32, f32>) -> tensor<?x64xf32> {
  // CHECK: %[[A:.*]] = facet.group "rows"
  // CHECK: %[[B:.*]] = facet.attention %[[A]]
  // CHECK: facet.group "rows"(%[[B]], %[[A]])
  // expected-remark @+1 {{1 ops became one kernel}}
  %a = facet.scale %q by 0.5 : tensor<?x64xf32>
  %b = facet.attention %a, %rows, %kv : tensor<?x64xf32>, <window = 64, heads = 1, head_dim = 32, f32>
  // expected-remark @+1 {{1 ops became one kernel}}
  %c = facet.add %b, %a : tensor<?x64xf32>
  return %c : tensor<?x64xf32>
}
