// facet.dispatch: run a kernel.
// RUN: facet-opt %s -split-input-file -verify-diagnostics | facet-opt | FileCheck %s

// CHECK-LABEL: func private @kernel
func.func private @kernel(tensor<?x64xf32>) -> tensor<?x64xf32> attributes {facet.kernel}
// CHECK-LABEL: func @dispatch
func.func @dispatch(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  // CHECK: facet.dispatch @kernel(%{{.*}}) {layer = 3 : i64} : (tensor<?x64xf32>) -> tensor<?x64xf32>
  %y = facet.dispatch @kernel(%x) {layer = 3} : (tensor<?x64xf32>) -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// -----

func.func @dispatch_c1(%x: tensor<?x64xf32>) {
  // expected-error @+1 {{expects a kernel named @kernel}}
  %y = facet.dispatch @kernel(%x) : (tensor<?x64xf32>) -> tensor<?x64xf32>
  return
}

// -----

// A function, but not a kernel.
func.func private @kernel(tensor<?x64xf32>) -> tensor<?x64xf32>
func.func @dispatch_c1(%x: tensor<?x64xf32>) {
  // expected-error @+1 {{expects a kernel named @kernel}}
  %y = facet.dispatch @kernel(%x) : (tensor<?x64xf32>) -> tensor<?x64xf32>
  return
}

// -----

func.func private @kernel(tensor<?x32xf32>) -> tensor<?x64xf32> attributes {facet.kernel}
func.func @dispatch_c1(%x: tensor<?x64xf32>) {
  // expected-error @+1 {{expects the kernel's signature}}
  %y = facet.dispatch @kernel(%x) : (tensor<?x64xf32>) -> tensor<?x64xf32>
  return
}
