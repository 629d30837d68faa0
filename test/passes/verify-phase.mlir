// facet-verify-phase: only the named dialects, or single ops, remain after a phase.
// RUN: facet-opt %s -split-input-file -facet-verify-phase="phase=tile allowed=facet.scale,func,builtin" -verify-diagnostics | FileCheck %s
// RUN: facet-opt %s -split-input-file -facet-verify-phase="phase=tile allowed=facet,func,builtin" -o /dev/null

// An op that is allowed by name, in functions of an allowed dialect.
// CHECK-LABEL: func @named
func.func @named(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  // CHECK-NEXT: facet.scale
  %y = facet.scale %x by 0.5 : tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// -----

// Another op of its dialect is not.
func.func @other(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  // expected-error @+1 {{'facet.add' op may not remain after phase 'tile'}}
  %y = facet.add %x, %x : tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// -----

// Ops inside a region are seen as well.
func.func @nested(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %y = facet.group "rows"(%x) : (tensor<?x64xf32>) -> tensor<?x64xf32> {
  ^bb0(%a: tensor<?x64xf32>):
    // expected-error @+1 {{'facet.softcap' op may not remain after phase 'tile'}}
    %z = facet.softcap %a cap 30.0 : tensor<?x64xf32>
    facet.yield %z : tensor<?x64xf32>
  }
  return %y : tensor<?x64xf32>
}
