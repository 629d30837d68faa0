// facet-fuse-norm-linear: every linear becomes a group with the norm before it and the element-wise ops after it.
// RUN: facet-opt %s -split-input-file -facet-fuse-norm-linear --remarks-filter=fuse --remark-format=emitRemark --remark-policy=all -verify-diagnostics | FileCheck %s

// The norm is the prologue, what reads the result alone the epilogue.
// CHECK-LABEL: func @step
// CHECK-SAME: (%[[X:.*]]: tensor<?x32xf32>, %[[N:.*]]: tensor<32xf32>, %[[W:.*]]: tensor<64x32xf32>, %[[R:.*]]: tensor<?x64xf32>)
func.func @step(%x: tensor<?x32xf32>, %n: tensor<32xf32>, %w: tensor<64x32xf32>, %r: tensor<?x64xf32>) -> tensor<?x64xf32> {
  // CHECK-NEXT: %[[Y:.*]] = facet.group "linear"(%[[X]], %[[N]], %[[W]], %[[R]])
  // CHECK-NEXT: ^bb0
  // CHECK-NEXT: facet.rms_norm
  // CHECK-NEXT: facet.linear
  // CHECK-NEXT: facet.softcap
  // CHECK-NEXT: facet.add
  // CHECK-NEXT: facet.yield
  // CHECK-NEXT: } {facet.layer = 3 : i64}
  // CHECK-NEXT: return %[[Y]]
  %h = facet.rms_norm %x, %n eps 1.0e-6 : tensor<?x32xf32>, tensor<32xf32>
  // expected-remark @+1 {{the norm moved into the linear}}
  %y = facet.linear %h, %w : tensor<?x32xf32>, tensor<64x32xf32> -> tensor<?x64xf32>
  %c = facet.softcap %y cap 30.0 : tensor<?x64xf32>
  %z = facet.add %r, %c {facet.layer = 3} : tensor<?x64xf32>
  return %z : tensor<?x64xf32>
}

// -----

// A norm with two readers is computed in both kernels: it costs less than a kernel of its own.
// CHECK-LABEL: func @step
func.func @step(%x: tensor<?x32xf32>, %w: tensor<32x32xf32>) -> (tensor<?x32xf32>, tensor<?x32xf32>) {
  // CHECK-NOT: facet.rms_norm
  // CHECK: facet.group "linear"
  // CHECK: facet.rms_norm
  // CHECK: facet.group "linear"
  // CHECK: facet.rms_norm
  // CHECK-NOT: facet.rms_norm
  %h = facet.rms_norm %x eps 1.0e-6 : tensor<?x32xf32>
  // expected-remark @+1 {{the norm moved into the linear}}
  %y = facet.linear %h, %w : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32>
  // expected-remark @+1 {{the norm moved into the linear}}
  %z = facet.linear %h, %w : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32>
  return %y, %z : tensor<?x32xf32>, tensor<?x32xf32>
}

// -----

// geglu_pairs ends the epilogue: behind it, columns are no longer those of the panel.
// CHECK-LABEL: func @step
func.func @step(%x: tensor<?x32xf32>, %w: tensor<64x32xf32>) -> tensor<?x32xf32> {
  // CHECK: %[[P:.*]] = facet.group "linear"
  // CHECK: facet.geglu_pairs
  // CHECK-NEXT: facet.yield
  // CHECK: facet.scale %[[P]]
  // expected-remark @+1 {{the linear reads no norm}}
  %y = facet.linear %x, %w : tensor<?x32xf32>, tensor<64x32xf32> -> tensor<?x64xf32>
  %p = facet.geglu_pairs %y : tensor<?x64xf32> -> tensor<?x32xf32>
  %s = facet.scale %p by 0.5 : tensor<?x32xf32>
  return %s : tensor<?x32xf32>
}

// -----

// The residual stream of a layer must be in memory for whoever asks for it: it stays out of the prologue.
// CHECK-LABEL: func @step
func.func @step(%x: tensor<?x32xf32>, %w: tensor<32x32xf32>) -> tensor<?x32xf32> {
  // CHECK-NEXT: %[[H:.*]] = facet.rms_norm
  // CHECK-NEXT: facet.group "linear"(%[[H]],
  %h = facet.rms_norm %x eps 1.0e-6 {facet.trace = 1} : tensor<?x32xf32>
  // expected-remark @+1 {{the linear reads no norm}}
  %y = facet.linear %h, %w : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32>
  return %y : tensor<?x32xf32>
}

// -----

// An epilogue reads finished values: one that is made after the linear stays outside with its reader.
// CHECK-LABEL: func @step
func.func @step(%x: tensor<?x32xf32>, %w: tensor<32x32xf32>) -> tensor<?x32xf32> {
  // CHECK: facet.linear
  // CHECK-NEXT: facet.yield
  // CHECK: facet.scale
  // CHECK-NEXT: facet.add
  // expected-remark @+1 {{the linear reads no norm}}
  %y = facet.linear %x, %w : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32>
  %s = facet.scale %x by 0.5 : tensor<?x32xf32>
  %z = facet.add %y, %s : tensor<?x32xf32>
  return %z : tensor<?x32xf32>
}

// -----

// A result with two readers leaves the kernel as it is.
// CHECK-LABEL: func @step
func.func @step(%x: tensor<?x32xf32>, %w: tensor<32x32xf32>) -> (tensor<?x32xf32>, tensor<?x32xf32>) {
  // CHECK: facet.linear
  // CHECK-NEXT: facet.yield
  // CHECK: facet.scale
  // expected-remark @+1 {{the linear reads no norm}}
  %y = facet.linear %x, %w : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32>
  %s = facet.scale %y by 0.5 : tensor<?x32xf32>
  return %y, %s : tensor<?x32xf32>, tensor<?x32xf32>
}

// -----

// A norm needs the whole row; a panel has 32 columns of it.
// CHECK-LABEL: func @step
func.func @step(%x: tensor<?x32xf32>, %w: tensor<32x32xf32>) -> tensor<?x32xf32> {
  // CHECK: facet.linear
  // CHECK-NEXT: facet.yield
  // CHECK: facet.rms_norm
  // expected-remark @+1 {{the linear reads no norm}}
  %y = facet.linear %x, %w : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32>
  %h = facet.rms_norm %y eps 1.0e-6 : tensor<?x32xf32>
  return %h : tensor<?x32xf32>
}

// -----

// Epilogues work on vectors of 16 columns: 24 are not whole ones.
// CHECK-LABEL: func @step
func.func @step(%x: tensor<?x32xf32>, %w: tensor<24x32xf32>) -> tensor<?x24xf32> {
  // CHECK: facet.linear
  // CHECK-NEXT: facet.yield
  // CHECK: facet.scale
  // expected-remark @+1 {{the linear reads no norm}}
  %y = facet.linear %x, %w : tensor<?x32xf32>, tensor<24x32xf32> -> tensor<?x24xf32>
  %s = facet.scale %y by 0.5 : tensor<?x24xf32>
  return %s : tensor<?x24xf32>
}

// -----

// Only the step is made of kernels.
// CHECK-LABEL: func @other
func.func @other(%x: tensor<?x32xf32>, %w: tensor<32x32xf32>) -> tensor<?x32xf32> {
  // CHECK-NEXT: facet.linear
  %y = facet.linear %x, %w : tensor<?x32xf32>, tensor<32x32xf32> -> tensor<?x32xf32>
  return %y : tensor<?x32xf32>
}
