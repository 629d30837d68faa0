// The registry of code variants.
#include "targets/Target.h"

#include "runtime/artifact_format.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/TargetParser/Host.h"

using namespace mlir;
using namespace mlir::facet;

TargetAttr TargetVariant::facts(MLIRContext *context) const {
  return TargetAttr::get(context, StringAttr::get(context, name), vectorBits, registers, rowTile,
                         quantRowTile, StringAttr::get(context, dot), bf16Dot, int8Tiles);
}

llvm::ArrayRef<TargetVariant> facet::allVariants() {
  constexpr unsigned avx2 = FACET_FEATURE_AVX2, avxVnni = avx2 | FACET_FEATURE_AVX_VNNI,
                     avx512 = avx2 | FACET_FEATURE_AVX512,
                     avx512Bf16 = avx512 | FACET_FEATURE_VNNI | FACET_FEATURE_BF16;
  static const TargetVariant variants[] = {
      {"x86-64-v3", "x86_64-unknown-linux-gnu", "x86-64-v3", "", avx2, 62, 256, 16, 3, 3, "maddubs"},
      {"x86-64-v3+vnni", "x86_64-unknown-linux-gnu", "x86-64-v3", "+avxvnni,+fast-dpwssd", avxVnni, 62, 256,
       16, 3, 3, "vnni"},
      {"x86-64-v4", "x86_64-unknown-linux-gnu", "x86-64-v4", "", avx512, 62, 512, 32, 12, 6, "maddubs"},
      {"x86-64-v4+vnni+bf16", "x86_64-unknown-linux-gnu", "x86-64-v4", "+avx512vnni,+avx512bf16,+fast-dpwssd",
       avx512Bf16, 62, 512, 32, 12, 5, "vnni", true},
      {"x86-64-v4+vnni+bf16+amx", "x86_64-unknown-linux-gnu", "x86-64-v4",
       "+avx512vnni,+avx512bf16,+fast-dpwssd,+amx-tile,+amx-int8", avx512Bf16 | FACET_FEATURE_AMX, 62, 512,
       32, 12, 16, "vnni", true, true, true},
  };
  return variants;
}

/// The highest level that this machine runs.
static llvm::Expected<TargetVariant> nativeVariant() {
  llvm::StringMap<bool> has = llvm::sys::getHostCPUFeatures();
  unsigned features = 0;
  if (has.lookup("avx2") && has.lookup("fma") && has.lookup("bmi2") && has.lookup("f16c"))
    features |= FACET_FEATURE_AVX2;
  if (has.lookup("avxvnni"))
    features |= FACET_FEATURE_AVX_VNNI;
  if (has.lookup("avx512f") && has.lookup("avx512cd") && has.lookup("avx512bw") && has.lookup("avx512dq") &&
      has.lookup("avx512vl"))
    features |= FACET_FEATURE_AVX512;
  if (has.lookup("avx512vnni"))
    features |= FACET_FEATURE_VNNI;
  if (has.lookup("avx512bf16"))
    features |= FACET_FEATURE_BF16;
  if (has.lookup("amx-tile") && has.lookup("amx-int8"))
    features |= FACET_FEATURE_AMX;
  for (const TargetVariant &variant : llvm::reverse(allVariants()))
    if ((variant.requiredFeatures & ~features) == 0)
      return variant;
  return llvm::createStringError(
      "target 'native': this CPU has no AVX2 and FMA, the least that Facet emits for x86-64");
}

llvm::Expected<std::vector<TargetVariant>> facet::selectVariants(llvm::StringRef text) {
  std::vector<TargetVariant> selected;
  if (text == "x86-64") {
    llvm::copy_if(allVariants(), std::back_inserter(selected),
                  [](const TargetVariant &v) { return !v.onRequest; });
    return selected;
  }
  if (text == "native") {
    llvm::Expected<TargetVariant> native = nativeVariant();
    if (!native)
      return native.takeError();
    return std::vector<TargetVariant>{*native};
  }
  llvm::SmallVector<llvm::StringRef> names;
  text.split(names, ',');
  for (llvm::StringRef name : names) {
    const TargetVariant *found =
        llvm::find_if(allVariants(), [&](const TargetVariant &v) { return v.name == name; });
    if (found == allVariants().end()) {
      std::string known;
      for (const TargetVariant &variant : allVariants())
        known += ", " + variant.name;
      return llvm::createStringError("target '" + name.str() + "' is unknown; expected x86-64, native" +
                                     known + ", or a comma-separated list of levels");
    }
    selected.push_back(*found);
  }
  return selected;
}
