// facet.add, and what every activation must be.
// RUN: facet-opt %s -split-input-file -verify-diagnostics | facet-opt | FileCheck %s

// CHECK-LABEL: func @add
func.func @add(%a: tensor<?x64xf32>, %b: tensor<?x64xf32>) -> tensor<?x64xf32> {
  // CHECK: facet.add %{{.*}}, %{{.*}} : tensor<?x64xf32>
  %y = facet.add %a, %b : tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// -----

func.func @activation_element(%a: tensor<?x64xbf16>) {
  // expected-error @+1 {{must be rows of f32, their width known}}
  %y = facet.add %a, %a : tensor<?x64xbf16>
  return
}

// -----

func.func @activation_width(%a: tensor<?x?xf32>) {
  // expected-error @+1 {{must be rows of f32, their width known}}
  %y = facet.add %a, %a : tensor<?x?xf32>
  return
}

// -----

func.func @activation_empty(%a: tensor<?x0xf32>) {
  // expected-error @+1 {{must be rows of f32, their width known}}
  %y = facet.add %a, %a : tensor<?x0xf32>
  return
}

// -----

func.func @activation_rank(%a: tensor<64xf32>) {
  // expected-error @+1 {{must be rows of f32, their width known}}
  %y = facet.add %a, %a : tensor<64xf32>
  return
}
