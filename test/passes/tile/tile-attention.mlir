// facet-tile-attention: attention is cut along its keys.
// RUN: facet-opt %s -split-input-file -facet-tile-attention | FileCheck %s
// RUN: facet-opt %s -split-input-file -facet-tile-attention -mlir-print-debuginfo | FileCheck %s --check-prefix=NAME

// One group becomes two: states of the segments, and their sum. A window of 512 keys, and the 7 rows before and behind in a
// step of 8, touch 4 segments of 256 positions at most.
// CHECK-LABEL: func @window
// CHECK-SAME: (%[[X:.*]]: tensor<?x64xf32>, %[[ROWS:.*]]: !facet.rows, %[[KV:.*]]: !facet.kv
func.func @window(%x: tensor<?x64xf32>, %rows: !facet.rows, %kv: !facet.kv<window = 512, heads = 1, head_dim = 32, bf16>) -> tensor<?x64xf32> {
  // CHECK: %[[P:.*]] = facet.group "attention"(%[[X]], %[[ROWS]], %[[KV]])
  // CHECK-SAME: -> !facet.attention_parts<window = 512, slots = 4, heads = 2, head_dim = 32>
  // CHECK: %[[Q:.*]] = facet.scale
  // CHECK: %[[S:.*]] = facet.attention_parts %[[Q]], %{{.*}}, %{{.*}} : tensor<?x64xf32>, <window = 512, heads = 1, head_dim = 32, bf16> -> <window = 512, slots = 4, heads = 2, head_dim = 32>
  // CHECK: facet.yield %[[S]]
  // CHECK: } {facet.layer = 3 : i64}
  // CHECK: %[[Y:.*]] = facet.group "attention_merge"(%[[P]], %[[ROWS]])
  // CHECK: ^bb0(%[[A:.*]]: !facet.attention_parts<{{.*}}>, %[[R:.*]]: !facet.rows):
  // CHECK: %[[Z:.*]] = facet.attention_merge %[[A]], %[[R]]
  // CHECK: facet.yield %[[Z]]
  // CHECK: } {facet.layer = 3 : i64}
  // CHECK: return %[[Y]]
  %y = facet.group "attention"(%x, %rows, %kv) : (tensor<?x64xf32>, !facet.rows, !facet.kv<window = 512, heads = 1, head_dim = 32, bf16>) -> tensor<?x64xf32> {
  ^bb0(%a: tensor<?x64xf32>, %r: !facet.rows, %k: !facet.kv<window = 512, heads = 1, head_dim = 32, bf16>):
    %q = facet.scale %a by 0.5 : tensor<?x64xf32>
    %z = facet.attention %q, %r, %k : tensor<?x64xf32>, <window = 512, heads = 1, head_dim = 32, bf16>
    facet.yield %z : tensor<?x64xf32>
  } {facet.layer = 3}
  return %y : tensor<?x64xf32>
}

// -----

// Without a window: 16 segments of 256, then 8 for each power of two up to the model's last position.
module attributes {facet.model = {max_positions = 131072 : i64}} {
  // CHECK-LABEL: func @full
  func.func @full(%x: tensor<?x64xf32>, %rows: !facet.rows, %kv: !facet.kv<window = 0, heads = 1, head_dim = 32, bf16>) -> tensor<?x64xf32> {
    // CHECK: facet.attention_parts<window = 0, slots = 56, heads = 2, head_dim = 32>
    %y = facet.group "attention"(%x, %rows, %kv) : (tensor<?x64xf32>, !facet.rows, !facet.kv<window = 0, heads = 1, head_dim = 32, bf16>) -> tensor<?x64xf32> {
    ^bb0(%q: tensor<?x64xf32>, %r: !facet.rows, %k: !facet.kv<window = 0, heads = 1, head_dim = 32, bf16>):
      %z = facet.attention %q, %r, %k : tensor<?x64xf32>, <window = 0, heads = 1, head_dim = 32, bf16>
      facet.yield %z : tensor<?x64xf32>
    }
    return %y : tensor<?x64xf32>
  }
}

// -----

// A model with fewer positions than that has fewer segments, whatever its window.
module attributes {facet.model = {max_positions = 300 : i64}} {
  // CHECK-LABEL: func @short
  func.func @short(%x: tensor<?x64xf32>, %rows: !facet.rows, %kv: !facet.kv<window = 1024, heads = 1, head_dim = 32, bf16>) -> tensor<?x64xf32> {
    // CHECK: facet.attention_parts<window = 1024, slots = 2, heads = 2, head_dim = 32>
    %y = facet.group "attention"(%x, %rows, %kv) : (tensor<?x64xf32>, !facet.rows, !facet.kv<window = 1024, heads = 1, head_dim = 32, bf16>) -> tensor<?x64xf32> {
    ^bb0(%q: tensor<?x64xf32>, %r: !facet.rows, %k: !facet.kv<window = 1024, heads = 1, head_dim = 32, bf16>):
      %z = facet.attention %q, %r, %k : tensor<?x64xf32>, <window = 1024, heads = 1, head_dim = 32, bf16>
      facet.yield %z : tensor<?x64xf32>
    }
    return %y : tensor<?x64xf32>
  }
}

// -----

// So has one without a window.
module attributes {facet.model = {max_positions = 1000 : i64}} {
  // CHECK-LABEL: func @short_full
  func.func @short_full(%x: tensor<?x64xf32>, %rows: !facet.rows, %kv: !facet.kv<window = 0, heads = 1, head_dim = 32, bf16>) -> tensor<?x64xf32> {
    // CHECK: facet.attention_parts<window = 0, slots = 4, heads = 2, head_dim = 32>
    %y = facet.group "attention"(%x, %rows, %kv) : (tensor<?x64xf32>, !facet.rows, !facet.kv<window = 0, heads = 1, head_dim = 32, bf16>) -> tensor<?x64xf32> {
    ^bb0(%q: tensor<?x64xf32>, %r: !facet.rows, %k: !facet.kv<window = 0, heads = 1, head_dim = 32, bf16>):
      %z = facet.attention %q, %r, %k : tensor<?x64xf32>, <window = 0, heads = 1, head_dim = 32, bf16>
      facet.yield %z : tensor<?x64xf32>
    }
    return %y : tensor<?x64xf32>
  }
}

// -----

// Other groups stay as they are.
// CHECK-LABEL: func @other
func.func @other(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  // CHECK: facet.group "rows"
  // CHECK-NOT: facet.group
  // CHECK: return
  %y = facet.group "rows"(%x) : (tensor<?x64xf32>) -> tensor<?x64xf32> {
  ^bb0(%a: tensor<?x64xf32>):
    %z = facet.scale %a by 0.5 : tensor<?x64xf32>
    facet.yield %z : tensor<?x64xf32>
  }
  return %y : tensor<?x64xf32>
}

// -----

// Schedules tell the two apart.
// NAME-LABEL: func.func @names
func.func @names(%x: tensor<?x64xf32>, %rows: !facet.rows, %kv: !facet.kv<window = 0, heads = 1, head_dim = 32, bf16>) -> tensor<?x64xf32> {
  // NAME: facet.group "attention_merge"
  // NAME-NEXT: ^bb0(%{{.*}} loc("layers.3.attn.merge")
  %y = facet.group "attention"(%x, %rows, %kv) : (tensor<?x64xf32>, !facet.rows, !facet.kv<window = 0, heads = 1, head_dim = 32, bf16>) -> tensor<?x64xf32> {
  ^bb0(%q: tensor<?x64xf32>, %r: !facet.rows, %k: !facet.kv<window = 0, heads = 1, head_dim = 32, bf16>):
    %z = facet.attention %q, %r, %k : tensor<?x64xf32>, <window = 0, heads = 1, head_dim = 32, bf16>
    facet.yield %z : tensor<?x64xf32>
  } loc("layers.3.attn.mix")
  return %y : tensor<?x64xf32>
}
