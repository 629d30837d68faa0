// facet-lower-kernels: kernels of facet ops become functions of the kernel ABI.
// RUN: facet-opt %s -split-input-file -facet-lower-kernels -canonicalize -cse -verify-diagnostics | FileCheck %s

// A kernel of rows: addresses of the operands in order, results last; this piece's share of the rows. The schedule is gone.
// CHECK-NOT: @step
module attributes {facet.target = #facet.target<"x86-64-v4", vector_bits = 512, registers = 32, row_tile = 12, quant_row_tile = 6, dot = "maddubs">} {
  func.func @step() {
    return
  }
  // CHECK-LABEL: func @rows
  // CHECK-SAME: (%[[OPERANDS:.*]]: !llvm.ptr, %[[PIECE:.*]]: i64, %[[PIECES:.*]]: i64, %{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr)
  // CHECK-SAME: facet.kernel = "rows", facet.operands = 3 : i64, facet.scratch_bytes = 0 : i64
  // CHECK: %[[ROWS:.*]] = llvm.load %[[OPERANDS]]
  // CHECK: %[[X:.*]] = llvm.load
  // CHECK: %[[Y:.*]] = llvm.load
  // CHECK: %[[COUNT:.*]] = llvm.load %[[ROWS]] {{.*}} -> i32
  // CHECK: %[[ROWCOUNT:.*]] = arith.extsi %[[COUNT]]
  // CHECK: %[[TIMES:.*]] = arith.muli %[[ROWCOUNT]], %[[PIECE]]
  // CHECK: %[[FIRST:.*]] = arith.divui %[[TIMES]], %[[PIECES]]
  // CHECK: %[[LAST:.*]] = arith.divui %{{.*}}, %[[PIECES]]
  // CHECK: scf.for %{{.*}} = %[[FIRST]] to %[[LAST]]
  // CHECK: scf.for
  // CHECK: %[[V:.*]] = llvm.load {{.*}} -> vector<16xf32>
  // CHECK: %[[HALF:.*]] = arith.mulf %[[V]]
  // CHECK: llvm.store %[[HALF]]
  // CHECK: return
  func.func @rows(%rows: !facet.rows, %x: tensor<?x64xf32>) -> tensor<?x64xf32> attributes {facet.kernel = "rows"} {
    %y = facet.scale %x by 0.5 : tensor<?x64xf32>
    return %y : tensor<?x64xf32>
  }
}

// -----

// A linear: its prologue goes to scratch, 64 rows of 64 f32 and one scale of the norm; the row tiles are the target's,
// then 4, 2 and 1.
module attributes {facet.target = #facet.target<"x86-64-v4", vector_bits = 512, registers = 32, row_tile = 12, quant_row_tile = 6, dot = "maddubs">} {
  // CHECK-LABEL: func @linear
  // CHECK-SAME: !llvm.ptr, %[[PREPARED:[^:]*]]: !llvm.ptr)
  // CHECK-SAME: facet.operands = 4 : i64, facet.scratch_bytes = 16448 : i64
  // CHECK: scf.for %[[GROUP:[^ ]*]] = %{{.*}} to
  // The prologue of a row group that an earlier piece left is there.
  // CHECK: %[[THERE:.*]] = llvm.load %[[PREPARED]] {{.*}} -> i64
  // CHECK: %[[ABSENT:.*]] = arith.cmpi ne, %[[THERE]], %[[GROUP]]
  // CHECK: scf.if %[[ABSENT]]
  // CHECK: llvm.intr.sqrt
  // CHECK: llvm.store %[[GROUP]], %[[PREPARED]]
  // CHECK: facet.tile_linear %{{[^(]*}}(%{{[^,]*}}, %{{[^,]*}}, %{{[^,]*}}, %{{[^,]*}}, %{{[^,]*}}, %{{[^,]*}}, %{{[^,]*}}, %{{[^,]*}}, %{{[^,]*}}, %{{[^,]*}}, %{{[^,]*}}, %{{[^,)]*}}) depth 64 of bf16
  // CHECK: facet.tile_linear %{{[^(]*}}(%{{[^,]*}}, %{{[^,]*}}, %{{[^,]*}}, %{{[^,)]*}}) depth 64
  // CHECK: facet.tile_linear %{{[^(]*}}(%{{[^,]*}}, %{{[^,)]*}}) depth 64
  // CHECK: facet.tile_linear %{{[^(]*}}(%{{[^,)]*}}) depth 64
  // CHECK-NOT: facet.tile_linear
  // CHECK: return
  func.func @linear(%rows: !facet.rows, %x: tensor<?x64xf32>, %w: tensor<96x64xbf16, #facet.panel<32>>) -> tensor<?x96xf32> attributes {facet.kernel = "linear"} {
    %n = facet.rms_norm %x eps 1.0e-6 : tensor<?x64xf32>
    %y = facet.linear %n, %w : tensor<?x64xf32>, tensor<96x64xbf16, #facet.panel<32>> -> tensor<?x96xf32>
    return %y : tensor<?x96xf32>
  }
}

// -----

// AVX2 has registers for 3 rows: 4 at once would spill.
module attributes {facet.target = #facet.target<"x86-64-v3", vector_bits = 256, registers = 16, row_tile = 3, quant_row_tile = 3, dot = "maddubs">} {
  // CHECK-LABEL: func @linear
  // CHECK: facet.tile_linear %{{[^(]*}}(%{{[^,]*}}, %{{[^,]*}}, %{{[^,)]*}}) depth 64
  // CHECK: facet.tile_linear %{{[^(]*}}(%{{[^,]*}}, %{{[^,)]*}}) depth 64
  // CHECK: facet.tile_linear %{{[^(]*}}(%{{[^,)]*}}) depth 64
  // CHECK-NOT: facet.tile_linear
  // CHECK: return
  func.func @linear(%rows: !facet.rows, %x: tensor<?x64xf32>, %w: tensor<96x64xbf16, #facet.panel<32>>) -> tensor<?x96xf32> attributes {facet.kernel = "linear"} {
    %y = facet.linear %x, %w : tensor<?x64xf32>, tensor<96x64xbf16, #facet.panel<32>> -> tensor<?x96xf32>
    return %y : tensor<?x96xf32>
  }
}

// -----

// Without a target nobody knows how many rows fit its registers.
// expected-error @+1 {{expects a facet.target attribute}}
module {
}

// -----

// No kind of kernel that is known.
module attributes {facet.target = #facet.target<"x86-64-v4", vector_bits = 512, registers = 32, row_tile = 12, quant_row_tile = 6, dot = "maddubs">} {
  // expected-error @+1 {{has an unknown kernel kind}}
  func.func @kernel(%rows: !facet.rows, %x: tensor<?x64xf32>) -> tensor<?x64xf32> attributes {facet.kernel = "columns"} {
    %y = facet.scale %x by 0.5 : tensor<?x64xf32>
    return %y : tensor<?x64xf32>
  }
}

// -----

// An attention is no row-wise op.
module attributes {facet.target = #facet.target<"x86-64-v4", vector_bits = 512, registers = 32, row_tile = 12, quant_row_tile = 6, dot = "maddubs">} {
  func.func @kernel(%q: tensor<?x64xf32>, %rows: !facet.rows, %kv: !facet.kv<window = 0, heads = 1, head_dim = 32, bf16>) -> tensor<?x64xf32> attributes {facet.kernel = "rows"} {
    // expected-error @+1 {{is not a row-wise op that a kernel can hold}}
    %y = facet.attention %q, %rows, %kv : tensor<?x64xf32>, <window = 0, heads = 1, head_dim = 32, bf16>
    return %y : tensor<?x64xf32>
  }
}

// -----

// A weight in rows: the micro-kernel reads panels.
module attributes {facet.target = #facet.target<"x86-64-v4", vector_bits = 512, registers = 32, row_tile = 12, quant_row_tile = 6, dot = "maddubs">} {
  func.func @kernel(%rows: !facet.rows, %x: tensor<?x64xf32>, %w: tensor<96x64xbf16>) -> tensor<?x96xf32> attributes {facet.kernel = "linear"} {
    // expected-error @+1 {{expects a weight in panels of 32 rows}}
    %y = facet.linear %x, %w : tensor<?x64xf32>, tensor<96x64xbf16> -> tensor<?x96xf32>
    return %y : tensor<?x96xf32>
  }
}

// -----

// Results leave in vectors of 16 columns.
module attributes {facet.target = #facet.target<"x86-64-v4", vector_bits = 512, registers = 32, row_tile = 12, quant_row_tile = 6, dot = "maddubs">} {
  func.func @kernel(%rows: !facet.rows, %x: tensor<?x64xf32>, %w: tensor<24x64xbf16, #facet.panel<32>>) -> tensor<?x24xf32> attributes {facet.kernel = "linear"} {
    // expected-error @+1 {{expects a weight whose sides are multiples of 16}}
    %y = facet.linear %x, %w : tensor<?x64xf32>, tensor<24x64xbf16, #facet.panel<32>> -> tensor<?x24xf32>
    return %y : tensor<?x24xf32>
  }
}

// -----

// Experts' panels follow one another without padding.
module attributes {facet.target = #facet.target<"x86-64-v4", vector_bits = 512, registers = 32, row_tile = 12, quant_row_tile = 6, dot = "maddubs">} {
  func.func @kernel(%rows: !facet.rows, %x: tensor<?x64xf32>, %p: !facet.expert_plan<experts = 4, choices = 2>, %w: tensor<4x48x64xbf16, #facet.panel<32>>) -> tensor<?x96xf32> attributes {facet.kernel = "moe_linear"} {
    // expected-error @+1 {{expects expert matrices in whole panels}}
    %y = facet.moe_linear %x, %p, %w shared : tensor<?x64xf32>, !facet.expert_plan<experts = 4, choices = 2>, tensor<4x48x64xbf16, #facet.panel<32>> -> tensor<?x96xf32>
    return %y : tensor<?x96xf32>
  }
}

// -----

// Kernels that lack the op they are named after.
module attributes {facet.target = #facet.target<"x86-64-v4", vector_bits = 512, registers = 32, row_tile = 12, quant_row_tile = 6, dot = "maddubs">} {
  // expected-error @+1 {{expects one facet.linear in a linear kernel}}
  func.func @kernel(%rows: !facet.rows, %x: tensor<?x64xf32>) -> tensor<?x64xf32> attributes {facet.kernel = "linear"} {
    %y = facet.scale %x by 0.5 : tensor<?x64xf32>
    return %y : tensor<?x64xf32>
  }
}

// -----

module attributes {facet.target = #facet.target<"x86-64-v4", vector_bits = 512, registers = 32, row_tile = 12, quant_row_tile = 6, dot = "maddubs">} {
  // expected-error @+1 {{expects one facet.attention_parts in an attention kernel}}
  func.func @kernel(%rows: !facet.rows, %x: tensor<?x64xf32>) -> tensor<?x64xf32> attributes {facet.kernel = "attention"} {
    %y = facet.scale %x by 0.5 : tensor<?x64xf32>
    return %y : tensor<?x64xf32>
  }
}

// -----

module attributes {facet.target = #facet.target<"x86-64-v4", vector_bits = 512, registers = 32, row_tile = 12, quant_row_tile = 6, dot = "maddubs">} {
  // expected-error @+1 {{expects one facet.moe_plan in a moe_plan kernel}}
  func.func @kernel(%rows: !facet.rows, %x: tensor<?x64xf32>) -> tensor<?x64xf32> attributes {facet.kernel = "moe_plan"} {
    %y = facet.scale %x by 0.5 : tensor<?x64xf32>
    return %y : tensor<?x64xf32>
  }
}

// -----

module attributes {facet.target = #facet.target<"x86-64-v4", vector_bits = 512, registers = 32, row_tile = 12, quant_row_tile = 6, dot = "maddubs">} {
  // expected-error @+1 {{expects one facet.moe_linear in a moe_linear kernel}}
  func.func @kernel(%rows: !facet.rows, %x: tensor<?x64xf32>) -> tensor<?x64xf32> attributes {facet.kernel = "moe_linear"} {
    %y = facet.scale %x by 0.5 : tensor<?x64xf32>
    return %y : tensor<?x64xf32>
  }
}

// -----

module attributes {facet.target = #facet.target<"x86-64-v4", vector_bits = 512, registers = 32, row_tile = 12, quant_row_tile = 6, dot = "maddubs">} {
  // expected-error @+1 {{expects one facet.attention_merge in an attention_merge kernel}}
  func.func @kernel(%rows: !facet.rows, %x: tensor<?x64xf32>) -> tensor<?x64xf32> attributes {facet.kernel = "attention_merge"} {
    %y = facet.scale %x by 0.5 : tensor<?x64xf32>
    return %y : tensor<?x64xf32>
  }
}
