// facet.geglu_pairs: geglu of columns interleaved by 16.
// RUN: facet-opt %s -split-input-file -verify-diagnostics | facet-opt | FileCheck %s

// CHECK-LABEL: func @geglu_pairs
func.func @geglu_pairs(%x: tensor<?x64xf32>) -> tensor<?x32xf32> {
  // CHECK: facet.geglu_pairs %{{.*}} : tensor<?x64xf32> -> tensor<?x32xf32>
  %y = facet.geglu_pairs %x : tensor<?x64xf32> -> tensor<?x32xf32>
  return %y : tensor<?x32xf32>
}

// -----

func.func @geglu_pairs_c1(%x: tensor<?x64xf32>) {
  // expected-error @+1 {{expects twice the result's columns, a multiple of 32, got 'tensor<?x64xf32>'}}
  %y = facet.geglu_pairs %x : tensor<?x64xf32> -> tensor<?x64xf32>
  return
}

// -----

func.func @geglu_pairs_c1(%x: tensor<?x48xf32>) {
  // expected-error @+1 {{expects twice the result's columns, a multiple of 32, got 'tensor<?x48xf32>'}}
  %y = facet.geglu_pairs %x : tensor<?x48xf32> -> tensor<?x24xf32>
  return
}
