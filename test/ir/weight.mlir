// facet.weight: a name, a type and the recipe of its bytes.
// RUN: facet-opt %s -split-input-file -verify-diagnostics | facet-opt | FileCheck %s

// CHECK: facet.weight @q : tensor<256x192xbf16> = #facet.source<file 0 offset 4096, [256, 192], bf16>
facet.weight @q : tensor<256x192xbf16> = #facet.source<file 0 offset 4096, [256, 192], bf16>

// Parts of a concat lie one below the other.
// CHECK: facet.weight @qkv : tensor<6x8xf32> = #facet.concat<#facet.source<file 0 offset 0, [4, 8], bf16>, #facet.source<file 1 offset 64, [2, 8], bf16>>
facet.weight @qkv : tensor<6x8xf32> = #facet.concat<#facet.source<file 0 offset 0, [4, 8], bf16>, #facet.source<file 1 offset 64, [2, 8], bf16>>

// CHECK: facet.weight @gate_up : tensor<64x8xbf16, #facet.panel<32>> = #facet.interleave<16,
facet.weight @gate_up : tensor<64x8xbf16, #facet.panel<32>> =
  #facet.interleave<16, #facet.source<file 0 offset 0, [32, 8], bf16>, #facet.source<file 0 offset 512, [32, 8], bf16>>

// The rows of a stack are those of its matrices.
// CHECK: facet.weight @gate : tensor<2x3x8xbf16> = #facet.slice_rows<3, 3,
facet.weight @gate : tensor<2x3x8xbf16> = #facet.slice_rows<3, 3, #facet.source<file 0 offset 0, [2, 6, 8], bf16>>

// CHECK: facet.weight @frequencies : tensor<256xf32> = #facet.inverse_frequencies<
facet.weight @frequencies : tensor<256xf32> =
  #facet.inverse_frequencies<theta = 1.0e6 : f64, factor = 1.0 : f64, head_dim = 512, rotated = 64>

// -----

// expected-error @+1 {{expects a recipe of shape 'tensor<2x3xf32>', got [3, 2]}}
facet.weight @weight_c1 : tensor<2x3xf32> = #facet.source<file 0 offset 0, [3, 2], f32>

// -----

// The columns of a concat's parts differ.
// expected-error @+1 {{expects a recipe whose parts agree}}
facet.weight @weight_c1 : tensor<4x8xf32> =
  #facet.concat<#facet.source<file 0 offset 0, [2, 8], f32>, #facet.source<file 0 offset 0, [2, 4], f32>>

// -----

// expected-error @+1 {{expects a recipe whose parts agree}}
facet.weight @weight_c1 : tensor<2x3xf32> = "not a recipe"

// -----

// An interleave's parts take equal turns.
// expected-error @+1 {{expects a recipe whose parts agree}}
facet.weight @weight_c1 : tensor<6x8xf32> =
  #facet.interleave<2, #facet.source<file 0 offset 0, [4, 8], f32>, #facet.source<file 0 offset 0, [2, 8], f32>>

// -----

// A turn of 16 rows does not divide 24.
// expected-error @+1 {{expects a recipe whose parts agree}}
facet.weight @weight_c1 : tensor<48x8xf32> =
  #facet.interleave<16, #facet.source<file 0 offset 0, [24, 8], f32>, #facet.source<file 0 offset 0, [24, 8], f32>>

// -----

// A slice that would overflow when added up.
// expected-error @+1 {{expects a recipe whose parts agree}}
facet.weight @weight_c1 : tensor<1x8xf32> =
  #facet.slice_rows<9223372036854775807, 1, #facet.source<file 0 offset 0, [4, 8], f32>>

// -----

// expected-error @+1 {{expects a recipe whose parts agree}}
facet.weight @weight_c1 : tensor<2x8xf32> = #facet.source<file 0 offset -4, [2, 8], f32>

// -----

// Rows that would overflow when added up.
// expected-error @+1 {{expects a recipe whose parts agree}}
facet.weight @weight_c1 : tensor<4x8xf32> =
  #facet.concat<#facet.source<file 0 offset 0, [2, 8], f32>, #facet.source<file 0 offset 0, [9223372036854775807, 8], f32>>

// -----

// More rotated pairs than the head has.
// expected-error @+1 {{expects a recipe whose parts agree}}
facet.weight @weight_c1 : tensor<32xf32> =
  #facet.inverse_frequencies<theta = 1.0e6 : f64, factor = 1.0 : f64, head_dim = 64, rotated = 33>

// -----

// expected-error @+1 {{expects f32, bf16, q8 or q4 storage, got 'f16'}}
facet.weight @weight_c2 : tensor<2x3xf16> = #facet.source<file 0 offset 0, [2, 3], f16>

// -----

// A group of 32 columns shares a scale.
// expected-error @+1 {{expects a matrix whose columns are a multiple of 32 in q4, got 'tensor<2x48x!facet.q4>'}}
facet.weight @weight_c2 : tensor<2x48x!facet.q4> = #facet.source<file 0 offset 0, [2, 48], bf16>

// -----

// expected-error @+1 {{expects a matrix whose columns are a multiple of 32 in q8, got 'tensor<64x!facet.q8>'}}
facet.weight @weight_c2 : tensor<64x!facet.q8> = #facet.source<file 0 offset 0, [64], bf16>
