// REQUIRES: facet-reduce
// Functions that the fault does not need are gone; the op that shows it stays. The script finds files interesting by
// exit status 1.
// RUN: printf '#!/bin/sh\ngrep -q facet.add "$1" && exit 1\nexit 0\n' > %t.sh && chmod +x %t.sh
// RUN: facet-reduce %s --reduction-tree='traversal-mode=0 test=%t.sh' | FileCheck %s
// CHECK-NOT: @beside
// CHECK: facet.add
// CHECK-NOT: @beside

func.func @beside(%a: tensor<2x8xf32>) -> tensor<2x8xf32> {
  return %a : tensor<2x8xf32>
}

func.func @fault(%a: tensor<2x8xf32>) -> tensor<2x8xf32> {
  %0 = facet.add %a, %a : tensor<2x8xf32>
  return %0 : tensor<2x8xf32>
}
