// facet-assign-storage: element types of matrices and K/V, and the layout of every weight.
// RUN: facet-opt %s -facet-assign-storage | FileCheck %s '-D$T=bf16' '-D$K=bf16'
// RUN: facet-opt %s -facet-assign-storage="weights=f32 kv=f32" | FileCheck %s '-D$T=f32' '-D$K=f32'
// RUN: facet-opt %s -facet-assign-storage="weights=bf16 kv=f32" | FileCheck %s '-D$T=bf16' '-D$K=f32'
// RUN: facet-opt %s -facet-assign-storage="weights=stack=q4,t*d=q8,*=stored kv=f32" | FileCheck %s --check-prefix=RULES
// RUN: facet-opt %s -facet-assign-storage="weights=f32 kv=q8" | FileCheck %s '-D$T=f32' '-D$K=!facet.q8'
// RUN: not facet-opt %s -facet-assign-storage=weights=int4 2>&1 | FileCheck %s --check-prefix=WEIGHTS
// RUN: not facet-opt %s -facet-assign-storage=kv=q4 2>&1 | FileCheck %s --check-prefix=KV
// WEIGHTS: error: weights: expects storage f32, bf16, q8, q4 or rules PATTERN=FORMAT, where a format is one of these or 'stored', got 'int4'
// RULES: @matrix : tensor<64x32xbf16,
// RULES: @stack : tensor<4x64x32x!facet.q4, #facet.panel<32>>
// RULES: @table : tensor<16x32xbf16>
// RULES: @tied : tensor<64x32x!facet.q8, #facet.panel<32>>
// RULES: @norm : tensor<32xf32>
// KV: error: kv: expects storage f32, bf16 or q8, got 'q4'

// A matrix that a linear reads, also inside a group, lies in panels; so does a stack of experts.
// CHECK: facet.weight @matrix : tensor<64x32x[[$T]], #facet.panel<32>> = #facet.source<file 0 offset 0, [64, 32], bf16>
facet.weight @matrix : tensor<64x32xf32> = #facet.source<file 0 offset 0, [64, 32], bf16>
// CHECK: facet.weight @grouped : tensor<32x64x[[$T]], #facet.panel<32>>
facet.weight @grouped : tensor<32x64xf32> = #facet.source<file 0 offset 4096, [32, 64], bf16>
// CHECK: facet.weight @stack : tensor<4x64x32x[[$T]], #facet.panel<32>>
facet.weight @stack : tensor<4x64x32xf32> = #facet.source<file 0 offset 0, [4, 64, 32], bf16>
// A table that is only looked up keeps its rows.
// CHECK: facet.weight @table : tensor<16x32x[[$T]]> =
facet.weight @table : tensor<16x32xf32> = #facet.source<file 0 offset 8192, [16, 32], bf16>
// A table that is the head as well is read in panels by both.
// CHECK: facet.weight @tied : tensor<64x32x[[$T]], #facet.panel<32>>
facet.weight @tied : tensor<64x32xf32> = #facet.source<file 0 offset 16384, [64, 32], bf16>
// Vectors are f32 whatever the option says: they are small, and norms are computed in f32.
// CHECK: facet.weight @norm : tensor<32xf32> =
facet.weight @norm : tensor<32xbf16> = #facet.source<file 0 offset 12288, [32], bf16>
// Weights that nobody reads any more, because a fusion merged them into another, are gone, and so is what reads them for nobody.
// CHECK-NOT: @unread
// CHECK-NOT: @unused
facet.weight @unread : tensor<64x32xf32> = #facet.source<file 0 offset 0, [64, 32], bf16>
facet.weight @unused : tensor<64x32xf32> = #facet.source<file 0 offset 0, [64, 32], bf16>
// CHECK: facet.kv_stream @kv : !facet.kv<window = 64, heads = 1, head_dim = 32, [[$K]]>
facet.kv_stream @kv : !facet.kv<window = 64, heads = 1, head_dim = 32, f32>

// CHECK-LABEL: func @step
func.func @step(%rows: !facet.rows, %p: tensor<?x2xf32>, %e: tensor<?x2xi32>) -> (tensor<?x64xf32>, tensor<?x32xf32>) {
  %nobody = facet.get @unused : tensor<64x32xf32>
  // CHECK: facet.get @table : tensor<16x32x[[$T]]>
  %table = facet.get @table : tensor<16x32xf32>
  %tied = facet.get @tied : tensor<64x32xf32>
  %matrix = facet.get @matrix : tensor<64x32xf32>
  %grouped = facet.get @grouped : tensor<32x64xf32>
  %stack = facet.get @stack : tensor<4x64x32xf32>
  %norm = facet.get @norm : tensor<32xbf16>
  // CHECK: facet.get @kv : !facet.kv<window = 64, heads = 1, head_dim = 32, [[$K]]>
  %kv = facet.get @kv : !facet.kv<window = 64, heads = 1, head_dim = 32, f32>
  %x = facet.embed %rows, %table scale 1.0 : tensor<16x32xf32> -> tensor<?x32xf32>
  %x1 = facet.embed %rows, %tied scale 1.0 : tensor<64x32xf32> -> tensor<?x32xf32>
  %n = facet.rms_norm %x, %norm eps 1.0e-6 : tensor<?x32xf32>, tensor<32xbf16>
  facet.kv_write %n, %x1, %rows, %kv : tensor<?x32xf32>, <window = 64, heads = 1, head_dim = 32, f32>
  %y = facet.linear %n, %matrix : tensor<?x32xf32>, tensor<64x32xf32> -> tensor<?x64xf32>
  // CHECK: facet.group "linear"
  // CHECK-NEXT: ^bb0(%{{.*}}: tensor<?x64xf32>, %{{.*}}: tensor<32x64x[[$T]], #facet.panel<32>>)
  %z = facet.group "linear"(%y, %grouped) : (tensor<?x64xf32>, tensor<32x64xf32>) -> tensor<?x32xf32> {
  ^bb0(%a: tensor<?x64xf32>, %w: tensor<32x64xf32>):
    %r = facet.linear %a, %w : tensor<?x64xf32>, tensor<32x64xf32> -> tensor<?x32xf32>
    facet.yield %r : tensor<?x32xf32>
  }
  %plan = facet.moe_plan %rows, %e : tensor<?x2xi32> -> !facet.expert_plan<experts = 4, choices = 2>
  %m = facet.moe_linear %z, %plan, %stack shared geglu : tensor<?x32xf32>, !facet.expert_plan<experts = 4, choices = 2>, tensor<4x64x32xf32> -> tensor<?x64xf32>
  %o = facet.moe_combine %m, %p : tensor<?x64xf32>, tensor<?x2xf32> -> tensor<?x32xf32>
  %logits = facet.linear %o, %tied : tensor<?x32xf32>, tensor<64x32xf32> -> tensor<?x64xf32>
  return %logits, %o : tensor<?x64xf32>, tensor<?x32xf32>
}
