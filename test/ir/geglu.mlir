// facet.geglu: gelu(gate) * up.
// RUN: facet-opt %s -split-input-file -verify-diagnostics | facet-opt | FileCheck %s

// CHECK-LABEL: func @geglu
func.func @geglu(%gate: tensor<?x64xf32>, %up: tensor<?x64xf32>) -> tensor<?x64xf32> {
  // CHECK: facet.geglu %{{.*}}, %{{.*}} : tensor<?x64xf32>
  %y = facet.geglu %gate, %up : tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}
