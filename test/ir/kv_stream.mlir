// facet.kv_stream and the type of a stream.
// RUN: facet-opt %s -split-input-file -verify-diagnostics | facet-opt | FileCheck %s

// CHECK: facet.kv_stream @kv.0 : !facet.kv<window = 512, heads = 1, head_dim = 256, bf16>
facet.kv_stream @kv.0 : !facet.kv<window = 512, heads = 1, head_dim = 256, bf16>
// CHECK: facet.kv_stream @kv.4 : !facet.kv<window = 0, heads = 4, head_dim = 512, f32>
facet.kv_stream @kv.4 : !facet.kv<window = 0, heads = 4, head_dim = 512, f32>
// CHECK: facet.kv_stream @kv.5 : !facet.kv<window = 0, heads = 1, head_dim = 32, !facet.q8>
facet.kv_stream @kv.5 : !facet.kv<window = 0, heads = 1, head_dim = 32, !facet.q8>

// -----

// expected-error @+1 {{expects a window of 0 (none) or more, got -1}}
func.func private @window(!facet.kv<window = -1, heads = 1, head_dim = 64, f32>)

// -----

// expected-error @+1 {{expects 1 to 65536 heads and a head_dim that is a multiple of 32, got 1 and 72}}
func.func private @head_dim(!facet.kv<window = 0, heads = 1, head_dim = 72, f32>)

// -----

// expected-error @+1 {{expects 1 to 65536 heads and a head_dim that is a multiple of 32, got 0 and 64}}
func.func private @heads(!facet.kv<window = 0, heads = 0, head_dim = 64, f32>)

// -----

// Times 64 it would be 0 in 64 bits.
// expected-error @+1 {{expects 1 to 65536 heads and a head_dim that is a multiple of 32, got 288230376151711744 and 64}}
func.func private @heads(!facet.kv<window = 0, heads = 288230376151711744, head_dim = 64, f32>)

// -----

// expected-error @+1 {{expects f32, bf16 or !facet.q8 elements, got 'f16'}}
func.func private @element(!facet.kv<window = 0, heads = 1, head_dim = 64, f16>)
