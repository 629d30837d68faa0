// facet.rms_norm: whole rows or heads, with or without weight.
// RUN: facet-opt %s -split-input-file -verify-diagnostics | facet-opt | FileCheck %s

// CHECK-LABEL: func @rms_norm
func.func @rms_norm(%x: tensor<?x512xf32>, %row: tensor<512xbf16>, %head: tensor<256xf32>) {
  // CHECK: facet.rms_norm %{{.*}}, %{{.*}} eps {{.*}} : tensor<?x512xf32>, tensor<512xbf16>
  %0 = facet.rms_norm %x, %row eps 1.0e-6 : tensor<?x512xf32>, tensor<512xbf16>
  // CHECK: facet.rms_norm %{{.*}}, %{{.*}} eps {{.*}} groups 2 : tensor<?x512xf32>, tensor<256xf32>
  %1 = facet.rms_norm %x, %head eps 1.0e-6 groups 2 : tensor<?x512xf32>, tensor<256xf32>
  // CHECK: facet.rms_norm %{{.*}} eps {{.*}} groups 2 : tensor<?x512xf32>
  %2 = facet.rms_norm %x eps 1.0e-6 groups 2 : tensor<?x512xf32>
  return
}

// -----

func.func @rms_norm_c1(%x: tensor<?x64xf32>) {
  // expected-error @+1 {{expects groups whose width is a multiple of 16, got 3 of 64 columns}}
  %y = facet.rms_norm %x eps 1.0e-6 groups 3 : tensor<?x64xf32>
  return
}

// -----

func.func @rms_norm_c1(%x: tensor<?x64xf32>) {
  // expected-error @+1 {{expects groups whose width is a multiple of 16, got 0 of 64 columns}}
  %y = facet.rms_norm %x eps 1.0e-6 groups 0 : tensor<?x64xf32>
  return
}

// -----

func.func @rms_norm_c1(%x: tensor<?x64xf32>) {
  // expected-error @+1 {{expects groups whose width is a multiple of 16, got 8 of 64 columns}}
  %y = facet.rms_norm %x eps 1.0e-6 groups 8 : tensor<?x64xf32>
  return
}

// -----

facet.weight @w : tensor<32xf32> = #facet.source<file 0 offset 0, [32], f32>
func.func @rms_norm_c2(%x: tensor<?x64xf32>) {
  // expected-note @+1 {{weight is defined here}}
  %w = facet.get @w : tensor<32xf32>
  // expected-error @+1 {{expects a weight of 64 elements, got 'tensor<32xf32>'}}
  %y = facet.rms_norm %x, %w eps 1.0e-6 : tensor<?x64xf32>, tensor<32xf32>
  return
}

// -----

func.func @rms_norm_c3(%x: tensor<?x64xf32>) {
  // expected-error @+1 {{expects a positive eps}}
  %y = facet.rms_norm %x eps 0.0 : tensor<?x64xf32>
  return
}
