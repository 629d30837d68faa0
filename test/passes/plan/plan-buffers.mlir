// facet-plan-buffers: where each dispatch result lies in the arena, for each entry of the ladder.
// RUN: facet-opt %s -split-input-file -facet-plan-buffers=ladder=1,16 | FileCheck %s
// RUN: facet-opt %s -split-input-file -facet-plan-buffers | FileCheck %s --check-prefix=DEFAULT

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
