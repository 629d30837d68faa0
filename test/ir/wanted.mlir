// facet.wanted: the rows that someone wants.
// RUN: facet-opt %s -split-input-file -verify-diagnostics | facet-opt | FileCheck %s

// CHECK-LABEL: func @wanted
func.func @wanted(%rows: !facet.rows) -> !facet.rows {
  // CHECK: facet.wanted %{{.*}}
  %some = facet.wanted %rows
  return %some : !facet.rows
}
