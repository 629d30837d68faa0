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
  // expected-error @+1 {{expects columns within 96, got 32 from 65 on}}
  %y = facet.slice %x at 65 : tensor<?x96xf32> -> tensor<?x32xf32>
  return
}

// -----

func.func @slice_c1(%x: tensor<?x96xf32>) {
  // expected-error @+1 {{expects columns within 96, got 32 from -1 on}}
  %y = facet.slice %x at -1 : tensor<?x96xf32> -> tensor<?x32xf32>
  return
}

// -----

// The last column would overflow.
func.func @slice_c1(%x: tensor<?x96xf32>) {
  // expected-error @+1 {{expects columns within 96, got 32 from 9223372036854775807 on}}
  %y = facet.slice %x at 9223372036854775807 : tensor<?x96xf32> -> tensor<?x32xf32>
  return
}
