// facet-plan-buffers: where each dispatch result lies in the arena, for each entry of the ladder.
// RUN: facet-opt %s -split-input-file -facet-plan-buffers=ladder=1,16 | FileCheck %s
// RUN: facet-opt %s -split-input-file -facet-plan-buffers | FileCheck %s --check-prefix=DEFAULT
// RUN: not facet-opt %s -split-input-file -facet-plan-buffers=ladder=1,0 2>&1 | FileCheck %s --check-prefix=LADDER
// RUN: not facet-opt %s -split-input-file -facet-plan-buffers=ladder=9223372036854775807 2>&1 | FileCheck %s --check-prefix=LADDER
// LADDER: has no place for a ladder with entries outside 1 to 1048576 rows

// In a chain, a buffer is dead when the dispatch after its reader starts: two places take turns. A row of 64 f32 is
// 256 bytes, 16 of them 4096. The step's output lies elsewhere.
// CHECK-LABEL: func @step
// CHECK-SAME: facet.arena = array<i64: 512, 8192>, facet.ladder = array<i64: 1, 16>
// DEFAULT: facet.ladder = array<i64: 1, 4, 16, 64, 256>
func.func @step(%rows: !facet.rows, %x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  // CHECK: facet.dispatch {{.*}} {offsets = array<i64: 0, 0>,
  %a = facet.dispatch @rows(%rows, %x) {waits = array<i64>} : (!facet.rows, tensor<?x64xf32>) -> tensor<?x64xf32>
  // CHECK: facet.dispatch {{.*}} {offsets = array<i64: 256, 4096>,
  %b = facet.dispatch @rows(%rows, %a) {waits = array<i64: 0>} : (!facet.rows, tensor<?x64xf32>) -> tensor<?x64xf32>
  // CHECK: facet.dispatch {{.*}} {offsets = array<i64: 0, 0>,
  %c = facet.dispatch @rows(%rows, %b) {waits = array<i64: 1>} : (!facet.rows, tensor<?x64xf32>) -> tensor<?x64xf32>
  // CHECK: facet.dispatch {{.*}} {offsets = array<i64: -1, -1>,
  %d = facet.dispatch @rows(%rows, %c) {waits = array<i64: 2>} : (!facet.rows, tensor<?x64xf32>) -> tensor<?x64xf32>
  return %d : tensor<?x64xf32>
}
func.func private @rows(!facet.rows, tensor<?x64xf32>) -> tensor<?x64xf32> attributes {facet.kernel = "rows"}

// -----

// A reader that nothing orders before the next writer keeps the buffer alive: what counts are waits, not the order in
// the program.
// CHECK-LABEL: func @step
// CHECK-SAME: facet.arena = array<i64: 768, 12288>
func.func @step(%rows: !facet.rows, %x: tensor<?x64xf32>) -> (tensor<?x64xf32>, tensor<?x64xf32>) {
  // CHECK: facet.dispatch {{.*}} {offsets = array<i64: 0, 0>,
  %a = facet.dispatch @rows(%rows, %x) {waits = array<i64>} : (!facet.rows, tensor<?x64xf32>) -> tensor<?x64xf32>
  // CHECK: facet.dispatch {{.*}} {offsets = array<i64: 256, 4096>,
  %b = facet.dispatch @rows(%rows, %a) {waits = array<i64: 0>} : (!facet.rows, tensor<?x64xf32>) -> tensor<?x64xf32>
  // CHECK: facet.dispatch {{.*}} {offsets = array<i64: 512, 8192>,
  %c = facet.dispatch @rows(%rows, %x) {waits = array<i64>} : (!facet.rows, tensor<?x64xf32>) -> tensor<?x64xf32>
  %d = facet.dispatch @rows(%rows, %b) {waits = array<i64: 1>} : (!facet.rows, tensor<?x64xf32>) -> tensor<?x64xf32>
  %e = facet.dispatch @rows(%rows, %c) {waits = array<i64: 2>} : (!facet.rows, tensor<?x64xf32>) -> tensor<?x64xf32>
  return %d, %e : tensor<?x64xf32>, tensor<?x64xf32>
}
func.func private @rows(!facet.rows, tensor<?x64xf32>) -> tensor<?x64xf32> attributes {facet.kernel = "rows"}

// -----

// Results of one dispatch lie side by side, each at a multiple of 256; offsets go entry by entry. A plan of 4 experts
// takes 4 bytes for each of 5 offsets and 2 pairs a row.
// CHECK-LABEL: func @step
// CHECK-SAME: facet.arena = array<i64: 768, 1536>
func.func @step(%rows: !facet.rows) -> tensor<?x16xf32> {
  // CHECK: facet.dispatch {{.*}} {offsets = array<i64: 0, 256, 0, 1024>,
  %a, %plan = facet.dispatch @two(%rows) {waits = array<i64>} : (!facet.rows) -> (tensor<?x16xf32>, !facet.expert_plan<experts = 4, choices = 2>)
  // CHECK: facet.dispatch {{.*}} {offsets = array<i64: 512, 1280>,
  %b = facet.dispatch @one(%rows, %plan) {waits = array<i64: 0>} : (!facet.rows, !facet.expert_plan<experts = 4, choices = 2>) -> tensor<?x4xf32>
  %c = facet.dispatch @last(%rows, %a, %b) {waits = array<i64: 0, 1>} : (!facet.rows, tensor<?x16xf32>, tensor<?x4xf32>) -> tensor<?x16xf32>
  return %c : tensor<?x16xf32>
}
func.func private @two(!facet.rows) -> (tensor<?x16xf32>, !facet.expert_plan<experts = 4, choices = 2>) attributes {facet.kernel = "rows"}
func.func private @one(!facet.rows, !facet.expert_plan<experts = 4, choices = 2>) -> tensor<?x4xf32> attributes {facet.kernel = "rows"}
func.func private @last(!facet.rows, tensor<?x16xf32>, tensor<?x4xf32>) -> tensor<?x16xf32> attributes {facet.kernel = "rows"}

// -----

// States of attention: 3 slots a row in a step of at most 8 rows, and room for such a step in a larger one. A state of 32
// columns is 192 bytes.
// CHECK-LABEL: func @step
// CHECK-SAME: facet.arena = array<i64: 768, 4608>
func.func @step(%rows: !facet.rows, %x: tensor<?x32xf32>) -> tensor<?x32xf32> {
  %p = facet.dispatch @parts(%rows, %x) {waits = array<i64>} : (!facet.rows, tensor<?x32xf32>) -> !facet.attention_parts<window = 0, slots = 3, heads = 1, head_dim = 32>
  %y = facet.dispatch @merge(%p, %rows) {waits = array<i64: 0>} : (!facet.attention_parts<window = 0, slots = 3, heads = 1, head_dim = 32>, !facet.rows) -> tensor<?x32xf32>
  return %y : tensor<?x32xf32>
}
func.func private @parts(!facet.rows, tensor<?x32xf32>) -> !facet.attention_parts<window = 0, slots = 3, heads = 1, head_dim = 32> attributes {facet.kernel = "attention"}
func.func private @merge(!facet.attention_parts<window = 0, slots = 3, heads = 1, head_dim = 32>, !facet.rows) -> tensor<?x32xf32> attributes {facet.kernel = "attention_merge"}
