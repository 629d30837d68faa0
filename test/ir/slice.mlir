// facet.slice; all columns fold to the operand.
// RUN: facet-opt %s -split-input-file -verify-diagnostics | facet-opt | FileCheck %s

// RUN: facet-opt %s -split-input-file -verify-diagnostics -canonicalize | FileCheck %s --check-prefix=FOLD

// CHECK-LABEL: func @slice
func.func @slice(%x: tensor<?x96xf32>) -> tensor<?x32xf32> {
  // CHECK: facet.slice %{{.*}} at 64 : tensor<?x96xf32> -> tensor<?x32xf32>
  %y = facet.slice %x at 64 : tensor<?x96xf32> -> tensor<?x32xf32>
  return %y : tensor<?x32xf32>
}
// FOLD-LABEL: func @all(%arg0
func.func @all(%x: tensor<?x96xf32>) -> tensor<?x96xf32> {
  // FOLD-NEXT: return %arg0
  %y = facet.slice %x at 0 : tensor<?x96xf32> -> tensor<?x96xf32>
  return %y : tensor<?x96xf32>
}

// -----

func.func @slice_c1(%x: tensor<?x96xf32>) {
  // expected-error @+1 {{expects columns within 96, got 65 to 97}}
  %y = facet.slice %x at 65 : tensor<?x96xf32> -> tensor<?x32xf32>
  return
}

// -----

func.func @slice_c1(%x: tensor<?x96xf32>) {
  // expected-error @+1 {{expects columns within 96, got -1 to 31}}
  %y = facet.slice %x at -1 : tensor<?x96xf32> -> tensor<?x32xf32>
  return
}
