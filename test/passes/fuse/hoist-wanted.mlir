// facet-hoist-wanted: facet.take moves up to where the last K/V is written.
// RUN: facet-opt %s -split-input-file -facet-hoist-wanted | FileCheck %s

// Row-wise ops behind a take range over the wanted rows alone; an op that names its rows takes the wanted ones.
// CHECK-LABEL: func @step
// CHECK-SAME: (%[[ROWS:.*]]: !facet.rows, %[[TABLE:.*]]: tensor<16x32xf32>, %[[W:.*]]: tensor<32x32xf32>)
func.func @step(%rows: !facet.rows, %table: tensor<16x32xf32>, %w: tensor<32x32xf32>) -> tensor<?x32xf32> {
  // CHECK-NEXT: %[[WANTED:.*]] = facet.wanted %[[ROWS]]
  // CHECK-NEXT: %[[X:.*]] = facet.embed %[[WANTED]], %[[TABLE]]
  // CHECK-NEXT: %[[Y:.*]] = facet.linear %[[X]]
  // CHECK-NEXT: facet.add %[[X]], %[[Y]]
  // CHECK-NOT: facet.take
  %x = facet.embed %rows, %table scale 1.0 : tensor<16x32xf32> -> tensor<?x32xf32>
  %y = facet.linear %x, %w : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32>
  %z = facet.add %x, %y : tensor<?x32xf32>
  %some = facet.wanted %rows
  %t = facet.take %z, %some : tensor<?x32xf32>
  return %t : tensor<?x32xf32>
}

// -----

// A K/V write needs every row of what it reads: that is computed for all rows, and taken. Attention moves.
// CHECK-LABEL: func @step
// CHECK-SAME: (%[[ROWS:.*]]: !facet.rows
func.func @step(%rows: !facet.rows, %table: tensor<16x32xf32>, %w: tensor<32x32xf32>, %kv: !facet.kv<window = 64, heads = 1, head_dim = 32, f32>) -> tensor<?x32xf32> {
  // CHECK: %[[WANTED:.*]] = facet.wanted
  // CHECK: %[[X:.*]] = facet.embed %[[ROWS]]
  // CHECK: facet.kv_write %[[X]], %[[X]], %[[ROWS]]
  %x = facet.embed %rows, %table scale 1.0 : tensor<16x32xf32> -> tensor<?x32xf32>
  facet.kv_write %x, %x, %rows, %kv : tensor<?x32xf32>, <window = 64, heads = 1, head_dim = 32, f32>
  // CHECK: %[[T:.*]] = facet.take %[[X]], %[[WANTED]]
  // CHECK-NEXT: %[[Q:.*]] = facet.linear %[[T]]
  // CHECK-NEXT: %[[A:.*]] = facet.attention %[[Q]], %[[WANTED]]
  // CHECK-NEXT: return %[[A]]
  %q = facet.linear %x, %w : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32>
  %a = facet.attention %q, %rows, %kv : tensor<?x32xf32>, <window = 64, heads = 1, head_dim = 32, f32>
  %some = facet.wanted %rows
  %t = facet.take %a, %some : tensor<?x32xf32>
  return %t : tensor<?x32xf32>
}

// -----

// A norm with readers on both sides is computed on both: taking its result costs more, and does not fuse.
// CHECK-LABEL: func @step
// CHECK-SAME: (%[[ROWS:[^:]*]]: !facet.rows, %[[X:[^:]*]]: tensor<?x32xf32>
func.func @step(%rows: !facet.rows, %x: tensor<?x32xf32>, %kv: !facet.kv<window = 64, heads = 1, head_dim = 32, f32>) -> tensor<?x32xf32> {
  // CHECK: %[[T:.*]] = facet.take %[[X]]
  // CHECK-NEXT: %[[SOME:.*]] = facet.rms_norm %[[T]]
  // CHECK-NEXT: %[[ALL:.*]] = facet.rms_norm %[[X]]
  // CHECK: facet.kv_write %[[ALL]], %[[ALL]]
  // CHECK: return %[[SOME]]
  %n = facet.rms_norm %x eps 1.0e-6 : tensor<?x32xf32>
  facet.kv_write %n, %n, %rows, %kv : tensor<?x32xf32>, <window = 64, heads = 1, head_dim = 32, f32>
  %some = facet.wanted %rows
  %t = facet.take %n, %some : tensor<?x32xf32>
  return %t : tensor<?x32xf32>
}

// -----

// A linear with readers on both sides stays: computing it twice costs more than taking its result.
// CHECK-LABEL: func @step
func.func @step(%rows: !facet.rows, %x: tensor<?x32xf32>, %w: tensor<32x32xf32>, %kv: !facet.kv<window = 64, heads = 1, head_dim = 32, f32>) -> tensor<?x32xf32> {
  // CHECK: %[[Y:.*]] = facet.linear
  // CHECK-NOT: facet.linear
  // CHECK: %[[T:.*]] = facet.take %[[Y]]
  // CHECK-NEXT: return %[[T]]
  %y = facet.linear %x, %w : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32>
  facet.kv_write %y, %y, %rows, %kv : tensor<?x32xf32>, <window = 64, heads = 1, head_dim = 32, f32>
  %some = facet.wanted %rows
  %t = facet.take %y, %some : tensor<?x32xf32>
  return %t : tensor<?x32xf32>
}

// -----

// Both results of the router are wanted: it moves once, with both.
// CHECK-LABEL: func @step
func.func @step(%rows: !facet.rows, %logits: tensor<?x4xf32>, %scale: tensor<4xf32>) -> (tensor<?x2xf32>, tensor<?x2xi32>) {
  // CHECK: %[[T:.*]] = facet.take
  // CHECK-NEXT: %[[P:.*]], %[[E:.*]] = facet.moe_route %[[T]]
  // CHECK-NEXT: return %[[P]], %[[E]]
  %p, %e = facet.moe_route %logits, %scale : tensor<?x4xf32>, tensor<4xf32> -> tensor<?x2xf32>, tensor<?x2xi32>
  %some = facet.wanted %rows
  %tp = facet.take %p, %some : tensor<?x2xf32>
  %te = facet.take %e, %some : tensor<?x2xi32>
  return %tp, %te : tensor<?x2xf32>, tensor<?x2xi32>
}

// -----

// Nothing is wanted apart from the rest: nothing moves.
// CHECK-LABEL: func @step
func.func @step(%x: tensor<?x32xf32>) -> tensor<?x32xf32> {
  // CHECK-NEXT: facet.scale
  // CHECK-NEXT: return
  %y = facet.scale %x by 0.5 : tensor<?x32xf32>
  return %y : tensor<?x32xf32>
}
