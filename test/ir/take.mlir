// facet.take: keep the rows that are wanted.
// RUN: facet-opt %s -split-input-file -verify-diagnostics | facet-opt | FileCheck %s

// CHECK-LABEL: func @take
func.func @take(%x: tensor<?x64xf32>, %rows: !facet.rows) -> tensor<?x64xf32> {
  %some = facet.wanted %rows
  // CHECK: facet.take %{{.*}}, %{{.*}} : tensor<?x64xf32>
  %y = facet.take %x, %some : tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// -----

func.func @take_c1(%x: tensor<?x64xf32>, %table: tensor<8x64xf32>, %a: !facet.rows) {
  %group = facet.group "rows"(%a) : (!facet.rows) -> !facet.rows {
  ^bb0(%r: !facet.rows):
    facet.yield %r : !facet.rows
  }
  // expected-error @+1 {{expects rows from facet.wanted}}
  %y = facet.take %x, %group : tensor<?x64xf32>
  return
}
