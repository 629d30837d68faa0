// Kernels of a class that the module's facet.tuning knows get its schedule; those that have one keep it.
// RUN: facet-opt %s -facet-apply-tuning | FileCheck %s
// RUN: facet-opt %s -facet-apply-tuning -facet-lower-kernels | FileCheck %s --check-prefix=LOWER

module attributes {
  facet.target = #facet.target<"any", vector_bits = 512, registers = 32, row_tile = 12, quant_row_tile = 6, dot = "vnni">,
  facet.tuning = {"linear n64 k128 bf16" = #facet.schedule<rowTile = 8, thinUnroll = 2>}
} {
  // Sides are rounded up: 48 x 96 is of the class of 64 x 128. The tile op takes the schedule with it.
  // CHECK: func.func @of_the_class
  // CHECK-SAME: facet.schedule = #facet.schedule<rowTile = 8, thinUnroll = 2>
  // LOWER-LABEL: func.func @of_the_class
  // LOWER-COUNT-8: llvm.getelementptr
  // LOWER: facet.tile_linear {{.*}} depth 96 of bf16 schedule <rowTile = 8, thinUnroll = 2>
  func.func @of_the_class(%rows: !facet.rows, %x: tensor<?x96xf32>, %w: tensor<48x96xbf16, #facet.panel<32>>) -> tensor<?x48xf32> attributes {facet.kernel = "linear"} {
    %y = facet.linear %x, %w : tensor<?x96xf32>, tensor<48x96xbf16, #facet.panel<32>> -> tensor<?x48xf32>
    return %y : tensor<?x48xf32>
  }

  // CHECK: func.func @has_one
  // CHECK-SAME: facet.schedule = #facet.schedule<rowTile = 4>
  func.func @has_one(%rows: !facet.rows, %x: tensor<?x96xf32>, %w: tensor<48x96xbf16, #facet.panel<32>>) -> tensor<?x48xf32> attributes {facet.kernel = "linear", facet.schedule = #facet.schedule<rowTile = 4>} {
    %y = facet.linear %x, %w : tensor<?x96xf32>, tensor<48x96xbf16, #facet.panel<32>> -> tensor<?x48xf32>
    return %y : tensor<?x48xf32>
  }

  // Another format is another class, and one without an entry leaves all to the target.
  // CHECK: func.func @other_format
  // CHECK-NOT: facet.schedule
  // LOWER-LABEL: func.func @other_format
  // LOWER: facet.tile_linear {{.*}} depth 96 of f32 :
  func.func @other_format(%rows: !facet.rows, %x: tensor<?x96xf32>, %w: tensor<48x96xf32, #facet.panel<32>>) -> tensor<?x48xf32> attributes {facet.kernel = "linear"} {
    %y = facet.linear %x, %w : tensor<?x96xf32>, tensor<48x96xf32, #facet.panel<32>> -> tensor<?x48xf32>
    return %y : tensor<?x48xf32>
  }
}
