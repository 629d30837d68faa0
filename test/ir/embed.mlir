// facet.embed: rows of a table, scaled.
// RUN: facet-opt %s -split-input-file -verify-diagnostics | facet-opt | FileCheck %s

// CHECK-LABEL: func @embed
func.func @embed(%rows: !facet.rows, %table: tensor<1280x192xbf16>) -> tensor<?x192xf32> {
  // CHECK: facet.embed %{{.*}}, %{{.*}} scale 1.600000e+01 : tensor<1280x192xbf16> -> tensor<?x192xf32>
  %y = facet.embed %rows, %table scale 16.0 : tensor<1280x192xbf16> -> tensor<?x192xf32>
  return %y : tensor<?x192xf32>
}

// -----

func.func @embed_c1(%rows: !facet.rows, %table: tensor<8x64xf32>) {
  // expected-error @+1 {{expects a result as wide as the table, got 'tensor<?x32xf32>' from 'tensor<8x64xf32>'}}
  %y = facet.embed %rows, %table scale 1.0 : tensor<8x64xf32> -> tensor<?x32xf32>
  return
}
