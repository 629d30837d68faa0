// Any element-wise op may follow a linear: its lowering works on the sums of the micro-kernel, whatever the target.
// A new one needs its case in passes/lower/RowEmitter.cpp and nothing in targets/.
// RUN: facet-opt %s -facet-lower-kernels -canonicalize -cse | FileCheck %s

module attributes {facet.target = #facet.target<"any", vector_bits = 512, registers = 32, row_tile = 1, quant_row_tile = 1, dot = "maddubs">} {
  // CHECK-LABEL: func @linear
  // CHECK-DAG: %[[HALF:.*]] = arith.constant dense<5.000000e-01> : vector<16xf32>
  // CHECK-DAG: %[[CAP:.*]] = arith.constant dense<3.000000e+01> : vector<16xf32>
  // Of each row and panel, the first 16 columns:
  // CHECK: %[[SUMS:.*]]:2 = facet.tile_linear
  // CHECK: %[[SCALED:.*]] = arith.mulf %[[SUMS]]#0, %[[HALF]]
  // CHECK: arith.divf %[[SCALED]], %[[CAP]]
  // CHECK: %[[CAPPED:.*]] = arith.mulf %{{.*}}, %[[CAP]]
  // CHECK: %[[R:.*]] = llvm.load {{.*}} -> vector<16xf32>
  // CHECK: %[[Y:.*]] = arith.addf %[[CAPPED]], %[[R]]
  // CHECK: llvm.store %[[Y]]
  // and the others:
  // CHECK: %[[SCALED1:.*]] = arith.mulf %[[SUMS]]#1, %[[HALF]]
  // CHECK: arith.divf %[[SCALED1]], %[[CAP]]
  // CHECK: arith.mulf %{{.*}}, %[[CAP]]
  // CHECK: arith.addf
  // CHECK: llvm.store
  // CHECK-NOT: facet.{{(scale|softcap|add)}}
  func.func @linear(%rows: !facet.rows, %x: tensor<?x64xf32>, %w: tensor<64x64xbf16, #facet.panel<32>>, %r: tensor<?x64xf32>) -> tensor<?x64xf32> attributes {facet.kernel = "linear"} {
    %y = facet.linear %x, %w : tensor<?x64xf32>, tensor<64x64xbf16, #facet.panel<32>> -> tensor<?x64xf32>
    %s = facet.scale %y by 0.5 : tensor<?x64xf32>
    %c = facet.softcap %s cap 30.0 : tensor<?x64xf32>
    %z = facet.add %c, %r : tensor<?x64xf32>
    return %z : tensor<?x64xf32>
  }
}
