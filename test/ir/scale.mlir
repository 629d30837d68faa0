// facet.scale; by 1 it folds away.
// RUN: facet-opt %s -split-input-file -verify-diagnostics | facet-opt | FileCheck %s

// RUN: facet-opt %s -canonicalize | FileCheck %s --check-prefix=FOLD

// CHECK-LABEL: func @scale
// FOLD-LABEL: func @scale
func.func @scale(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  // CHECK: facet.scale %{{.*}} by 5.000000e-01 : tensor<?x64xf32>
  // FOLD: facet.scale
  %y = facet.scale %x by 0.5 : tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}
// FOLD-LABEL: func @by_one(%arg0
func.func @by_one(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  // FOLD-NEXT: return %arg0
  %y = facet.scale %x by 1.0 : tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}
