// facet-assign-storage refuses a format that a matrix's columns do not allow, and says which rule keeps it as it is.
// RUN: facet-opt %s -facet-assign-storage=weights=q8 -verify-diagnostics
// RUN: facet-opt %s -facet-assign-storage=weights=odd=stored,*=q8 | FileCheck %s

// CHECK: facet.weight @odd : tensor<64x48xbf16, #facet.panel<32>>
// expected-error @+1 {{of 48 columns cannot be stored in q8: expects a multiple of 32; a rule odd=stored keeps it as it is}}
facet.weight @odd : tensor<64x48xf32> = #facet.source<file 0 offset 0, [64, 48], bf16>

func.func @step(%rows: !facet.rows, %x: tensor<?x48xf32>) -> tensor<?x64xf32> {
  %w = facet.get @odd : tensor<64x48xf32>
  %y = facet.linear %x, %w : tensor<?x48xf32>, tensor<64x48xf32> -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}
