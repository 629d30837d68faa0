// facet.rope: halves of each head, paired.
// RUN: facet-opt %s -split-input-file -verify-diagnostics | facet-opt | FileCheck %s

// CHECK-LABEL: func @rope
func.func @rope(%x: tensor<?x2048xf32>, %t: tensor<?x256xf32>) -> tensor<?x2048xf32> {
  // CHECK: facet.rope %{{.*}}, %{{.*}} : tensor<?x2048xf32>, tensor<?x256xf32>
  %y = facet.rope %x, %t : tensor<?x2048xf32>, tensor<?x256xf32>
  return %y : tensor<?x2048xf32>
}

// -----

func.func @rope_c1(%x: tensor<?x96xf32>, %t: tensor<?x64xf32>) {
  // expected-error @+1 {{expects heads of an even 64 columns, got 'tensor<?x96xf32>'}}
  %y = facet.rope %x, %t : tensor<?x96xf32>, tensor<?x64xf32>
  return
}

// -----

func.func @rope_c1(%x: tensor<?x15xf32>, %t: tensor<?x5xf32>) {
  // expected-error @+1 {{expects heads of an even 5 columns, got 'tensor<?x15xf32>'}}
  %y = facet.rope %x, %t : tensor<?x15xf32>, tensor<?x5xf32>
  return
}

// -----

func.func @rope_empty_table(%x: tensor<?x64xf32>, %t: tensor<?x0xf32>) {
  // expected-error @+1 {{must be rows of f32, their width known}}
  %y = facet.rope %x, %t : tensor<?x64xf32>, tensor<?x0xf32>
  return
}
