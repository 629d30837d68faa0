// #facet.target and #facet.schedule: what a target says of itself, and what a tuner may ask of its kernels.
// RUN: facet-opt %s -split-input-file -verify-diagnostics | facet-opt | FileCheck %s

// CHECK: #facet.target<"any", vector_bits = 512, registers = 32, row_tile = 12, quant_row_tile = 6, dot = "vnni", bf16_dot = true>
// CHECK-SAME: #facet.schedule<rowTile = 64, prefetch = 65536>
module attributes {
  facet.target = #facet.target<"any", vector_bits = 512, registers = 32, row_tile = 12, quant_row_tile = 6, dot = "vnni", bf16_dot = true>,
  facet.tuning = {"linear n64 k128 bf16" = #facet.schedule<rowTile = 64, prefetch = 65536>}
} {
}

// -----

// expected-error @+1 {{expects 8 to 1024 registers of 128, 256 or 512 bits, got 32 of 1}}
module attributes {facet.target = #facet.target<"any", vector_bits = 1, registers = 32, row_tile = 12, quant_row_tile = 6, dot = "vnni">} {
}

// -----

// expected-error @+1 {{expects 8 to 1024 registers of 128, 256 or 512 bits, got 7 of 512}}
module attributes {facet.target = #facet.target<"any", vector_bits = 512, registers = 7, row_tile = 12, quant_row_tile = 6, dot = "vnni">} {
}

// -----

// expected-error @+1 {{expects micro-kernels of 1 to 64 rows, got 0 and 6}}
module attributes {facet.target = #facet.target<"any", vector_bits = 512, registers = 32, row_tile = 0, quant_row_tile = 6, dot = "vnni">} {
}

// -----

// expected-error @+1 {{expects micro-kernels of 1 to 64 rows, got 12 and 65}}
module attributes {facet.target = #facet.target<"any", vector_bits = 512, registers = 32, row_tile = 12, quant_row_tile = 65, dot = "vnni">} {
}

// -----

// expected-error @+1 {{expects dot products by "maddubs" or "vnni", got "sdot"}}
module attributes {facet.target = #facet.target<"any", vector_bits = 512, registers = 32, row_tile = 12, quant_row_tile = 6, dot = "sdot">} {
}

// -----

// expected-error @+1 {{expects tiles and unrolls of 0 to 64, got 0, 65 and 0}}
module attributes {facet.schedule = #facet.schedule<unroll = 65>} {
}

// -----

// expected-error @+1 {{expects a prefetch of 0 to 65536 bytes ahead, got -1}}
module attributes {facet.schedule = #facet.schedule<prefetch = -1>} {
}
