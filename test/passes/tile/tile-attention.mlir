// facet-tile-attention: which tiles of keys a query visits.
// RUN: facet-opt %s -facet-tile-attention | FileCheck %s

// A sliding layer starts at the tile of the first visible key and ends behind the last.
// CHECK: #[[$TILES:.*]] = affine_map<(d0, d1) -> ((d0 floordiv 64) * 64, d1 + 1)>
// CHECK-LABEL: func @window
func.func @window(%q: tensor<?x64xf32>, %rows: !facet.rows, %kv: !facet.kv<window = 512, heads = 1, head_dim = 32, bf16>) -> tensor<?x64xf32> {
  // CHECK: facet.attention {{.*}} {tiles = #[[$TILES]]}
  %y = facet.attention %q, %rows, %kv : tensor<?x64xf32>, <window = 512, heads = 1, head_dim = 32, bf16>
  return %y : tensor<?x64xf32>
}

// Inside a group as well.
// CHECK-LABEL: func @grouped
func.func @grouped(%q: tensor<?x64xf32>, %rows: !facet.rows, %kv: !facet.kv<window = 512, heads = 1, head_dim = 32, bf16>) -> tensor<?x64xf32> {
  // CHECK: facet.group
  // CHECK: facet.attention {{.*}} {tiles = #[[$TILES]]}
  %y = facet.group "attention"(%q, %rows, %kv) : (tensor<?x64xf32>, !facet.rows, !facet.kv<window = 512, heads = 1, head_dim = 32, bf16>) -> tensor<?x64xf32> {
  ^bb0(%a: tensor<?x64xf32>, %r: !facet.rows, %k: !facet.kv<window = 512, heads = 1, head_dim = 32, bf16>):
    %z = facet.attention %a, %r, %k : tensor<?x64xf32>, <window = 512, heads = 1, head_dim = 32, bf16>
    facet.yield %z : tensor<?x64xf32>
  }
  return %y : tensor<?x64xf32>
}

// Without a window every position is visible, from 0: there is nothing to state.
// CHECK-LABEL: func @full
func.func @full(%q: tensor<?x64xf32>, %rows: !facet.rows, %kv: !facet.kv<window = 0, heads = 1, head_dim = 32, bf16>) -> tensor<?x64xf32> {
  // CHECK-NOT: tiles
  // CHECK: return
  %y = facet.attention %q, %rows, %kv : tensor<?x64xf32>, <window = 0, heads = 1, head_dim = 32, bf16>
  return %y : tensor<?x64xf32>
}
