// facet-outline-kernels: groups become functions, and equal ones become one.
// RUN: facet-opt %s -split-input-file -facet-outline-kernels -verify-diagnostics | FileCheck %s
// RUN: facet-opt %s -split-input-file -facet-outline-kernels -verify-diagnostics -mlir-print-debuginfo | FileCheck %s --check-prefix=NAME

// Two layers differ in weights, which are arguments, in layer and trace, which go to the dispatch: one kernel. It
// names its rows first.
// CHECK-LABEL: func @step
// CHECK-SAME: (%[[ROWS:.*]]: !facet.rows, %[[TABLE:.*]]: tensor<16x32xf32>, %[[W0:.*]]: tensor<32x32xf32>, %[[W1:.*]]: tensor<32x32xf32>)
func.func @step(%rows: !facet.rows, %table: tensor<16x32xf32>, %w0: tensor<32x32xf32>, %w1: tensor<32x32xf32>) -> tensor<?x32xf32> {
  // CHECK-NEXT: %[[X:.*]] = facet.dispatch @rows(%[[ROWS]], %[[TABLE]]) {trace = 0 : i64, trace_result = 0 : i64}
  // CHECK-NEXT: %[[Y:.*]] = facet.dispatch @linear_32x32(%[[ROWS]], %[[X]], %[[W0]]) {layer = 0 : i64, trace = 1 : i64, trace_result = 0 : i64}
  // CHECK-NEXT: %[[Z:.*]] = facet.dispatch @linear_32x32(%[[ROWS]], %[[Y]], %[[W1]]) {layer = 1 : i64, trace = 2 : i64, trace_result = 0 : i64}
  // CHECK-NEXT: return %[[Z]]
  %x = facet.group "rows"(%rows, %table) : (!facet.rows, tensor<16x32xf32>) -> tensor<?x32xf32> {
  ^bb0(%r: !facet.rows, %t: tensor<16x32xf32>):
    %e = facet.embed %r, %t scale 1.0 {facet.trace = 0} : tensor<16x32xf32> -> tensor<?x32xf32>
    facet.yield %e : tensor<?x32xf32>
  }
  %y = facet.group "linear"(%x, %w0) : (tensor<?x32xf32>, tensor<32x32xf32>) -> tensor<?x32xf32> {
  ^bb0(%a: tensor<?x32xf32>, %w: tensor<32x32xf32>):
    %l = facet.linear %a, %w {facet.layer = 0, facet.trace = 1} : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32>
    facet.yield %l : tensor<?x32xf32>
  } {facet.layer = 0}
  %z = facet.group "linear"(%y, %w1) : (tensor<?x32xf32>, tensor<32x32xf32>) -> tensor<?x32xf32> {
  ^bb0(%a: tensor<?x32xf32>, %w: tensor<32x32xf32>):
    %l = facet.linear %a, %w {facet.layer = 1, facet.trace = 2} : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32>
    facet.yield %l : tensor<?x32xf32>
  } {facet.layer = 1}
  return %z : tensor<?x32xf32>
}
// CHECK: func.func @rows(%{{.*}}: !facet.rows, %{{.*}}: tensor<16x32xf32>) -> tensor<?x32xf32> attributes {facet.kernel = "rows"}
// CHECK: func.func @linear_32x32(%{{.*}}: !facet.rows, %[[A:.*]]: tensor<?x32xf32>, %[[W:.*]]: tensor<32x32xf32>) -> tensor<?x32xf32> attributes {facet.kernel = "linear"}
// CHECK-NEXT: %[[L:.*]] = facet.linear %[[A]], %[[W]] : tensor
// CHECK-NEXT: return %[[L]]
// CHECK-NOT: func.func @linear

// -----

// Bodies of one shape that differ stay apart, and so do windows and what can be seen of them.
// CHECK-LABEL: func @step
func.func @step(%rows: !facet.rows, %table: tensor<16x32xf32>, %w: tensor<32x32xf32>,
                %near: !facet.kv<window = 64, heads = 1, head_dim = 32, f32>, %far: !facet.kv<window = 0, heads = 1, head_dim = 32, f32>) -> !facet.attention_parts<window = 0, slots = 2, heads = 1, head_dim = 32> {
  // CHECK: facet.dispatch @linear_32x32(
  // CHECK-NEXT: facet.dispatch @linear_32x32_2(
  // CHECK-NEXT: facet.dispatch @attention_32_window_64(
  // CHECK-NEXT: facet.dispatch @attention_merge_32_window_64(
  // CHECK-NEXT: facet.dispatch @attention_32(
  %x = facet.group "rows"(%rows, %table) : (!facet.rows, tensor<16x32xf32>) -> tensor<?x32xf32> {
  ^bb0(%r: !facet.rows, %t: tensor<16x32xf32>):
    %e = facet.embed %r, %t scale 1.0 : tensor<16x32xf32> -> tensor<?x32xf32>
    facet.yield %e : tensor<?x32xf32>
  }
  %a = facet.group "linear"(%x, %w) : (tensor<?x32xf32>, tensor<32x32xf32>) -> tensor<?x32xf32> {
  ^bb0(%i: tensor<?x32xf32>, %m: tensor<32x32xf32>):
    %l = facet.linear %i, %m : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32>
    facet.yield %l : tensor<?x32xf32>
  }
  %b = facet.group "linear"(%a, %w) : (tensor<?x32xf32>, tensor<32x32xf32>) -> tensor<?x32xf32> {
  ^bb0(%i: tensor<?x32xf32>, %m: tensor<32x32xf32>):
    %n = facet.rms_norm %i eps 1.0e-6 : tensor<?x32xf32>
    %l = facet.linear %n, %m : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32>
    facet.yield %l : tensor<?x32xf32>
  }
  %c = facet.group "attention"(%b, %rows, %near) : (tensor<?x32xf32>, !facet.rows, !facet.kv<window = 64, heads = 1, head_dim = 32, f32>) -> !facet.attention_parts<window = 64, slots = 2, heads = 1, head_dim = 32> {
  ^bb0(%q: tensor<?x32xf32>, %r: !facet.rows, %k: !facet.kv<window = 64, heads = 1, head_dim = 32, f32>):
    %y = facet.attention_parts %q, %r, %k : tensor<?x32xf32>, <window = 64, heads = 1, head_dim = 32, f32> -> <window = 64, slots = 2, heads = 1, head_dim = 32>
    facet.yield %y : !facet.attention_parts<window = 64, slots = 2, heads = 1, head_dim = 32>
  }
  %m = facet.group "attention_merge"(%c, %rows) : (!facet.attention_parts<window = 64, slots = 2, heads = 1, head_dim = 32>, !facet.rows) -> tensor<?x32xf32> {
  ^bb0(%p: !facet.attention_parts<window = 64, slots = 2, heads = 1, head_dim = 32>, %r: !facet.rows):
    %y = facet.attention_merge %p, %r : <window = 64, slots = 2, heads = 1, head_dim = 32> -> tensor<?x32xf32>
    facet.yield %y : tensor<?x32xf32>
  }
  %d = facet.group "attention"(%m, %rows, %far) : (tensor<?x32xf32>, !facet.rows, !facet.kv<window = 0, heads = 1, head_dim = 32, f32>) -> !facet.attention_parts<window = 0, slots = 2, heads = 1, head_dim = 32> {
  ^bb0(%q: tensor<?x32xf32>, %r: !facet.rows, %k: !facet.kv<window = 0, heads = 1, head_dim = 32, f32>):
    %y = facet.attention_parts %q, %r, %k : tensor<?x32xf32>, <window = 0, heads = 1, head_dim = 32, f32> -> <window = 0, slots = 2, heads = 1, head_dim = 32>
    facet.yield %y : !facet.attention_parts<window = 0, slots = 2, heads = 1, head_dim = 32>
  }
  return %d : !facet.attention_parts<window = 0, slots = 2, heads = 1, head_dim = 32>
}

// -----

// Groups outside the step stay.
// CHECK-LABEL: func @other
func.func @other(%rows: !facet.rows, %table: tensor<16x32xf32>) -> tensor<?x32xf32> {
  // CHECK: facet.group
  %x = facet.group "rows"(%rows, %table) : (!facet.rows, tensor<16x32xf32>) -> tensor<?x32xf32> {
  ^bb0(%r: !facet.rows, %t: tensor<16x32xf32>):
    %e = facet.embed %r, %t scale 1.0 : tensor<16x32xf32> -> tensor<?x32xf32>
    facet.yield %e : tensor<?x32xf32>
  }
  return %x : tensor<?x32xf32>
}

// -----

// A kernel is told its rows: someone must know them.
func.func @step(%x: tensor<?x32xf32>) -> tensor<?x32xf32> {
  // expected-error @+1 {{expects an input that is made from rows, or rows themselves}}
  %y = facet.group "rows"(%x) : (tensor<?x32xf32>) -> tensor<?x32xf32> {
  ^bb0(%a: tensor<?x32xf32>):
    %n = facet.rms_norm %a eps 1.0e-6 : tensor<?x32xf32>
    facet.yield %n : tensor<?x32xf32>
  }
  return %y : tensor<?x32xf32>
}

// -----

// A dispatch is named after the linear or the attention in it, whatever was fused around that; else after its last op.
// NAME-LABEL: func.func @step(%arg0: !facet.rows loc("names.rows")
func.func @step(%rows: !facet.rows loc("names.rows"), %table: tensor<16x32xf32>, %w: tensor<32x32xf32>) -> tensor<?x32xf32> {
  // NAME: facet.dispatch @rows({{.*}} loc(#[[EMBED:.*]])
  // NAME-NEXT: facet.dispatch @linear_32x32({{.*}} loc(#[[LINEAR:.*]])
  %x = facet.group "rows"(%rows, %table) : (!facet.rows, tensor<16x32xf32>) -> tensor<?x32xf32> {
  ^bb0(%r: !facet.rows, %t: tensor<16x32xf32>):
    %e = facet.embed %r, %t scale 1.0 : tensor<16x32xf32> -> tensor<?x32xf32> loc("embed")
    facet.yield %e : tensor<?x32xf32>
  } loc("embed")
  %y = facet.group "linear"(%x, %w) : (tensor<?x32xf32>, tensor<32x32xf32>) -> tensor<?x32xf32> {
  ^bb0(%a: tensor<?x32xf32>, %m: tensor<32x32xf32>):
    %n = facet.rms_norm %a eps 1.0e-6 : tensor<?x32xf32> loc("layers.0.norm")
    %l = facet.linear %n, %m : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32> loc("layers.0.mlp.down")
    %s = facet.scale %l by 2.0 : tensor<?x32xf32> loc("layers.0.scaled")
    facet.yield %s : tensor<?x32xf32>
  } loc("layers.0.scaled")
  return %y : tensor<?x32xf32>
}
// NAME: #[[EMBED]] = loc("embed")
// NAME: #[[LINEAR]] = loc("layers.0.mlp.down")
