// facet.softcap: cap * tanh(x / cap).
// RUN: facet-opt %s -split-input-file -verify-diagnostics | facet-opt | FileCheck %s

// CHECK-LABEL: func @softcap
func.func @softcap(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  // CHECK: facet.softcap %{{.*}} cap 3.000000e+01 : tensor<?x64xf32>
  %y = facet.softcap %x cap 30.0 : tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// -----

func.func @softcap_c1(%x: tensor<?x64xf32>) {
  // expected-error @+1 {{expects a positive cap}}
  %y = facet.softcap %x cap 0.0 : tensor<?x64xf32>
  return
}

// -----

func.func @softcap_c1(%x: tensor<?x64xf32>) {
  // expected-error @+1 {{expects a positive cap}}
  %y = facet.softcap %x cap 0x7FC00000 : tensor<?x64xf32>
  return
}
