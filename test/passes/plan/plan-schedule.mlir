// facet-plan-schedule: what each dispatch waits for, and what it can be cut into.
// RUN: facet-opt %s -facet-plan-schedule | FileCheck %s

facet.kv_stream @near : !facet.kv<window = 64, heads = 2, head_dim = 32, f32>
facet.kv_stream @far : !facet.kv<window = 64, heads = 2, head_dim = 32, f32>

// CHECK-LABEL: func @step
func.func @step(%rows: !facet.rows, %table: tensor<16x64xf32>, %w: tensor<512x64xf32, #facet.panel<32>>) -> tensor<?x512xf32> {
  %near = facet.get @near : !facet.kv<window = 64, heads = 2, head_dim = 32, f32>
  %far = facet.get @far : !facet.kv<window = 64, heads = 2, head_dim = 32, f32>
  // A kernel of rows is cut by rows, and waits for nobody if it reads no result.
  // CHECK: facet.dispatch @rows(%{{.*}}) {row_set = 0 : i64, unit = "rows", units = 1 : i64, waits = array<i64>}
  %x = facet.dispatch @rows(%rows, %table) : (!facet.rows, tensor<16x64xf32>) -> tensor<?x64xf32>
  // CHECK: facet.dispatch @write(%{{.*}}) {row_set = 0 : i64, unit = "rows", units = 1 : i64, waits = array<i64: 0>}
  facet.dispatch @write(%x, %rows, %near) : (tensor<?x64xf32>, !facet.rows, !facet.kv<window = 64, heads = 2, head_dim = 32, f32>) -> ()
  // A linear is cut by panels of 32.
  // CHECK: facet.dispatch @linear(%{{.*}}) {row_set = 0 : i64, unit = "row_groups", units = 16 : i64, waits = array<i64: 0>}
  %q = facet.dispatch @linear(%rows, %x, %w) : (!facet.rows, tensor<?x64xf32>, tensor<512x64xf32, #facet.panel<32>>) -> tensor<?x512xf32>
  // Attention waits for the write to its stream too; it is cut by query blocks, K/V heads and segments.
  // CHECK: facet.dispatch @attention(%{{.*}}) {row_set = 0 : i64, unit = "query_blocks", units = 6 : i64, waits = array<i64: 1, 2>}
  %p = facet.dispatch @attention(%q, %rows, %near) : (tensor<?x512xf32>, !facet.rows, !facet.kv<window = 64, heads = 2, head_dim = 32, f32>) -> !facet.attention_parts<window = 64, slots = 3, heads = 16, head_dim = 32>
  // What adds the segments is cut by rows and query heads.
  // CHECK: facet.dispatch @merge(%{{.*}}) {row_set = 0 : i64, unit = "rows", units = 16 : i64, waits = array<i64: 3>}
  %a = facet.dispatch @merge(%p, %rows) : (!facet.attention_parts<window = 64, slots = 3, heads = 16, head_dim = 32>, !facet.rows) -> tensor<?x512xf32>
  // A stream that this step does not write is there already. Rows that someone wants are a set of their own.
  %some = facet.wanted %rows
  // CHECK: facet.dispatch @attention(%{{.*}}) {row_set = 1 : i64, unit = "query_blocks", units = 6 : i64, waits = array<i64: 4>}
  %b = facet.dispatch @attention(%a, %some, %far) : (tensor<?x512xf32>, !facet.rows, !facet.kv<window = 64, heads = 2, head_dim = 32, f32>) -> !facet.attention_parts<window = 64, slots = 3, heads = 16, head_dim = 32>
  %c = facet.dispatch @merge(%b, %some) : (!facet.attention_parts<window = 64, slots = 3, heads = 16, head_dim = 32>, !facet.rows) -> tensor<?x512xf32>
  return %c : tensor<?x512xf32>
}

func.func @rows(%rows: !facet.rows, %table: tensor<16x64xf32>) -> tensor<?x64xf32> attributes {facet.kernel = "rows"} {
  %e = facet.embed %rows, %table scale 1.0 : tensor<16x64xf32> -> tensor<?x64xf32>
  return %e : tensor<?x64xf32>
}
func.func @write(%x: tensor<?x64xf32>, %rows: !facet.rows, %kv: !facet.kv<window = 64, heads = 2, head_dim = 32, f32>) attributes {facet.kernel = "rows"} {
  facet.kv_write %x, %x, %rows, %kv : tensor<?x64xf32>, <window = 64, heads = 2, head_dim = 32, f32>
  return
}
func.func @linear(%rows: !facet.rows, %x: tensor<?x64xf32>, %w: tensor<512x64xf32, #facet.panel<32>>) -> tensor<?x512xf32> attributes {facet.kernel = "linear"} {
  %y = facet.linear %x, %w : tensor<?x64xf32>, tensor<512x64xf32, #facet.panel<32>> -> tensor<?x512xf32>
  return %y : tensor<?x512xf32>
}
func.func @attention(%q: tensor<?x512xf32>, %rows: !facet.rows, %kv: !facet.kv<window = 64, heads = 2, head_dim = 32, f32>) -> !facet.attention_parts<window = 64, slots = 3, heads = 16, head_dim = 32> attributes {facet.kernel = "attention"} {
  %p = facet.attention_parts %q, %rows, %kv : tensor<?x512xf32>, <window = 64, heads = 2, head_dim = 32, f32> -> <window = 64, slots = 3, heads = 16, head_dim = 32>
  return %p : !facet.attention_parts<window = 64, slots = 3, heads = 16, head_dim = 32>
}
func.func @merge(%p: !facet.attention_parts<window = 64, slots = 3, heads = 16, head_dim = 32>, %rows: !facet.rows) -> tensor<?x512xf32> attributes {facet.kernel = "attention_merge"} {
  %y = facet.attention_merge %p, %rows : <window = 64, slots = 3, heads = 16, head_dim = 32> -> tensor<?x512xf32>
  return %y : tensor<?x512xf32>
}
