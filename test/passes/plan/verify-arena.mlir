// facet-verify-arena: dispatches that nothing orders never share bytes, and nothing is read before it is written.
// RUN: facet-opt %s -split-input-file -facet-verify-arena -verify-diagnostics | FileCheck %s

// The third result lies where the first did: by then, both that touched the first are finished. A check changes nothing.
// CHECK-LABEL: func @step
func.func @step(%rows: !facet.rows, %x: tensor<?x64xf32>) -> tensor<?x64xf32> attributes {facet.ladder = array<i64: 1>} {
  // CHECK-COUNT-4: facet.dispatch
  %a = facet.dispatch @rows(%rows, %x) {waits = array<i64>, offsets = array<i64: 0>} : (!facet.rows, tensor<?x64xf32>) -> tensor<?x64xf32>
  %b = facet.dispatch @rows(%rows, %a) {waits = array<i64: 0>, offsets = array<i64: 256>} : (!facet.rows, tensor<?x64xf32>) -> tensor<?x64xf32>
  %c = facet.dispatch @rows(%rows, %b) {waits = array<i64: 1>, offsets = array<i64: 0>} : (!facet.rows, tensor<?x64xf32>) -> tensor<?x64xf32>
  %d = facet.dispatch @rows(%rows, %c) {waits = array<i64: 2>, offsets = array<i64: -1>} : (!facet.rows, tensor<?x64xf32>) -> tensor<?x64xf32>
  return %d : tensor<?x64xf32>
}
func.func private @rows(!facet.rows, tensor<?x64xf32>) -> tensor<?x64xf32> attributes {facet.kernel = "rows"}

// -----

// No plan yet: nothing to check.
// CHECK-LABEL: func @step
func.func @step(%rows: !facet.rows, %x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %a = facet.dispatch @rows(%rows, %x) : (!facet.rows, tensor<?x64xf32>) -> tensor<?x64xf32>
  return %a : tensor<?x64xf32>
}
func.func private @rows(!facet.rows, tensor<?x64xf32>) -> tensor<?x64xf32> attributes {facet.kernel = "rows"}

// -----

// The second dispatch reads what lies under its own result.
func.func @step(%rows: !facet.rows, %x: tensor<?x64xf32>) -> tensor<?x64xf32> attributes {facet.ladder = array<i64: 1>} {
  // expected-note @+1 {{which this dispatch wrote}}
  %a = facet.dispatch @rows(%rows, %x) {waits = array<i64>, offsets = array<i64: 0>} : (!facet.rows, tensor<?x64xf32>) -> tensor<?x64xf32>
  // expected-error @+1 {{overlaps a live buffer in the arena}}
  %b = facet.dispatch @rows(%rows, %a) {waits = array<i64: 0>, offsets = array<i64: 128>} : (!facet.rows, tensor<?x64xf32>) -> tensor<?x64xf32>
  %c = facet.dispatch @rows(%rows, %b) {waits = array<i64: 1>, offsets = array<i64: -1>} : (!facet.rows, tensor<?x64xf32>) -> tensor<?x64xf32>
  return %c : tensor<?x64xf32>
}
func.func private @rows(!facet.rows, tensor<?x64xf32>) -> tensor<?x64xf32> attributes {facet.kernel = "rows"}

// -----

// The third dispatch takes the first's place while the second, which nothing orders before it, may still read it.
func.func @step(%rows: !facet.rows, %x: tensor<?x64xf32>) -> (tensor<?x64xf32>, tensor<?x64xf32>) attributes {facet.ladder = array<i64: 1>} {
  // expected-note @+1 {{which this dispatch wrote}}
  %a = facet.dispatch @rows(%rows, %x) {waits = array<i64>, offsets = array<i64: 0>} : (!facet.rows, tensor<?x64xf32>) -> tensor<?x64xf32>
  %b = facet.dispatch @rows(%rows, %a) {waits = array<i64: 0>, offsets = array<i64: -1>} : (!facet.rows, tensor<?x64xf32>) -> tensor<?x64xf32>
  // expected-error @+1 {{overlaps a live buffer in the arena}}
  %c = facet.dispatch @rows(%rows, %x) {waits = array<i64: 0>, offsets = array<i64: 0>} : (!facet.rows, tensor<?x64xf32>) -> tensor<?x64xf32>
  %d = facet.dispatch @rows(%rows, %c) {waits = array<i64: 2>, offsets = array<i64: -1>} : (!facet.rows, tensor<?x64xf32>) -> tensor<?x64xf32>
  return %b, %d : tensor<?x64xf32>, tensor<?x64xf32>
}
func.func private @rows(!facet.rows, tensor<?x64xf32>) -> tensor<?x64xf32> attributes {facet.kernel = "rows"}

// -----

// Buffers that are apart for one row overlap for four.
func.func @step(%rows: !facet.rows, %x: tensor<?x64xf32>) -> tensor<?x64xf32> attributes {facet.ladder = array<i64: 1, 4>} {
  // expected-note @+1 {{which this dispatch wrote}}
  %a = facet.dispatch @rows(%rows, %x) {waits = array<i64>, offsets = array<i64: 0, 0>} : (!facet.rows, tensor<?x64xf32>) -> tensor<?x64xf32>
  // expected-error @+1 {{overlaps a live buffer in the arena}}
  %b = facet.dispatch @rows(%rows, %a) {waits = array<i64: 0>, offsets = array<i64: 256, 256>} : (!facet.rows, tensor<?x64xf32>) -> tensor<?x64xf32>
  %c = facet.dispatch @rows(%rows, %b) {waits = array<i64: 1>, offsets = array<i64: -1, -1>} : (!facet.rows, tensor<?x64xf32>) -> tensor<?x64xf32>
  return %c : tensor<?x64xf32>
}
func.func private @rows(!facet.rows, tensor<?x64xf32>) -> tensor<?x64xf32> attributes {facet.kernel = "rows"}

// -----

// A read that no wait orders after its write.
func.func @step(%rows: !facet.rows, %x: tensor<?x64xf32>) -> tensor<?x64xf32> attributes {facet.ladder = array<i64: 1>} {
  %a = facet.dispatch @rows(%rows, %x) {waits = array<i64>, offsets = array<i64: 0>} : (!facet.rows, tensor<?x64xf32>) -> tensor<?x64xf32>
  // expected-error @+1 {{reads a result of dispatch 0 without waiting for it}}
  %b = facet.dispatch @rows(%rows, %a) {waits = array<i64>, offsets = array<i64: -1>} : (!facet.rows, tensor<?x64xf32>) -> tensor<?x64xf32>
  return %b : tensor<?x64xf32>
}
func.func private @rows(!facet.rows, tensor<?x64xf32>) -> tensor<?x64xf32> attributes {facet.kernel = "rows"}

// -----

// A plan for one entry where the ladder has two.
func.func @step(%rows: !facet.rows, %x: tensor<?x64xf32>) -> tensor<?x64xf32> attributes {facet.ladder = array<i64: 1, 4>} {
  // expected-error @+1 {{expects an offset for each result and ladder entry}}
  %a = facet.dispatch @rows(%rows, %x) {waits = array<i64>, offsets = array<i64: -1>} : (!facet.rows, tensor<?x64xf32>) -> tensor<?x64xf32>
  return %a : tensor<?x64xf32>
}
func.func private @rows(!facet.rows, tensor<?x64xf32>) -> tensor<?x64xf32> attributes {facet.kernel = "rows"}

// -----

// An offset that overflows with the bytes behind it.
func.func @step(%rows: !facet.rows, %x: tensor<?x64xf32>) -> tensor<?x64xf32> attributes {facet.ladder = array<i64: 1>} {
  // expected-error @+1 {{expects offsets of at most 70368744177664, got 9223372036854775807}}
  %a = facet.dispatch @rows(%rows, %x) {waits = array<i64>, offsets = array<i64: 9223372036854775807>} : (!facet.rows, tensor<?x64xf32>) -> tensor<?x64xf32>
  %b = facet.dispatch @rows(%rows, %a) {waits = array<i64: 0>, offsets = array<i64: -1>} : (!facet.rows, tensor<?x64xf32>) -> tensor<?x64xf32>
  return %b : tensor<?x64xf32>
}
func.func private @rows(!facet.rows, tensor<?x64xf32>) -> tensor<?x64xf32> attributes {facet.kernel = "rows"}

// -----

// Nor has a step rows without end.
// expected-error @+1 {{expects a ladder of 1 to 1048576 rows, got 9223372036854775807}}
func.func @step(%rows: !facet.rows, %x: tensor<?x64xf32>) -> tensor<?x64xf32> attributes {facet.ladder = array<i64: 9223372036854775807>} {
  %a = facet.dispatch @rows(%rows, %x) {waits = array<i64>, offsets = array<i64: -1>} : (!facet.rows, tensor<?x64xf32>) -> tensor<?x64xf32>
  return %a : tensor<?x64xf32>
}
func.func private @rows(!facet.rows, tensor<?x64xf32>) -> tensor<?x64xf32> attributes {facet.kernel = "rows"}

// -----

// Attention may start before this step's keys are written.
facet.kv_stream @kv : !facet.kv<window = 0, heads = 1, head_dim = 64, f32>
func.func @step(%rows: !facet.rows, %x: tensor<?x64xf32>) -> tensor<?x64xf32> attributes {facet.ladder = array<i64: 1>} {
  %kv = facet.get @kv : !facet.kv<window = 0, heads = 1, head_dim = 64, f32>
  facet.dispatch @write(%x, %rows, %kv) {waits = array<i64>, offsets = array<i64>} : (tensor<?x64xf32>, !facet.rows, !facet.kv<window = 0, heads = 1, head_dim = 64, f32>) -> ()
  // expected-error @+1 {{touches K/V that dispatch 0 writes without waiting for it}}
  %y = facet.dispatch @read(%x, %rows, %kv) {waits = array<i64>, offsets = array<i64: -1>} : (tensor<?x64xf32>, !facet.rows, !facet.kv<window = 0, heads = 1, head_dim = 64, f32>) -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}
func.func @write(%x: tensor<?x64xf32>, %rows: !facet.rows, %kv: !facet.kv<window = 0, heads = 1, head_dim = 64, f32>) attributes {facet.kernel = "rows"} {
  facet.kv_write %x, %x, %rows, %kv : tensor<?x64xf32>, <window = 0, heads = 1, head_dim = 64, f32>
  return
}
func.func private @read(tensor<?x64xf32>, !facet.rows, !facet.kv<window = 0, heads = 1, head_dim = 64, f32>) -> tensor<?x64xf32> attributes {facet.kernel = "attention"}
