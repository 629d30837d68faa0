// facet.rope_table: cos and sin of a row.
// RUN: facet-opt %s -split-input-file -verify-diagnostics | facet-opt | FileCheck %s

// CHECK-LABEL: func @rope_table
func.func @rope_table(%rows: !facet.rows, %f: tensor<256xf32>) -> tensor<?x512xf32> {
  // CHECK: facet.rope_table %{{.*}}, %{{.*}} : tensor<256xf32> -> tensor<?x512xf32>
  %y = facet.rope_table %rows, %f : tensor<256xf32> -> tensor<?x512xf32>
  return %y : tensor<?x512xf32>
}

// -----

func.func @rope_table_c1(%rows: !facet.rows, %f: tensor<16xf32>) {
  // expected-error @+1 {{expects a multiple of 16 frequencies and twice as many columns, got 16 and 16}}
  %y = facet.rope_table %rows, %f : tensor<16xf32> -> tensor<?x16xf32>
  return
}

// -----

func.func @rope_table_c1(%rows: !facet.rows, %f: tensor<8xf32>) {
  // expected-error @+1 {{expects a multiple of 16 frequencies and twice as many columns, got 8 and 16}}
  %y = facet.rope_table %rows, %f : tensor<8xf32> -> tensor<?x16xf32>
  return
}
