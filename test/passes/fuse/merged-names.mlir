// What several linears became is named after all of them: schedules and profiles show that name.
// RUN: facet-opt %s -facet-fuse-geglu -facet-fuse-qkv -mlir-print-debuginfo | FileCheck %s

facet.weight @l.gate : tensor<32x32xf32> = #facet.source<file 0 offset 0, [32, 32], bf16>
facet.weight @l.up : tensor<32x32xf32> = #facet.source<file 0 offset 2048, [32, 32], bf16>
facet.weight @l.q : tensor<32x32xf32> = #facet.source<file 0 offset 4096, [32, 32], bf16>
facet.weight @l.k : tensor<32x32xf32> = #facet.source<file 0 offset 6144, [32, 32], bf16>
// CHECK-LABEL: func.func @step
func.func @step(%x: tensor<?x32xf32>, %z: tensor<?x32xf32>) -> (tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x32xf32>) {
  %wg = facet.get @l.gate : tensor<32x32xf32>
  %wu = facet.get @l.up : tensor<32x32xf32>
  %wq = facet.get @l.q : tensor<32x32xf32>
  %wk = facet.get @l.k : tensor<32x32xf32>
  // CHECK-DAG: facet.linear {{.*}}tensor<64x32xf32> -> tensor<?x64xf32> loc(#[[GATE_UP:.*]])
  %g = facet.linear %x, %wg : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32> loc("layers.0.mlp.gate")
  %u = facet.linear %x, %wu : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32> loc("layers.0.mlp.up")
  %y = facet.geglu %g, %u : tensor<?x32xf32>
  // CHECK-DAG: facet.linear {{.*}}tensor<64x32xf32> -> tensor<?x64xf32> loc(#[[Q_K:.*]])
  %q = facet.linear %z, %wq : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32> loc("layers.0.attn.q")
  %k = facet.linear %z, %wk : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32> loc("layers.0.attn.k")
  %qn = facet.rms_norm %q eps 1.0e-6 : tensor<?x32xf32>
  %kn = facet.rms_norm %k eps 1.0e-6 : tensor<?x32xf32>
  return %y, %qn, %kn : tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x32xf32>
}
// CHECK-DAG: #[[GATE_UP]] = loc("layers.0.mlp.gate_up")
// CHECK-DAG: #[[Q_K]] = loc("layers.0.attn.q_k")
