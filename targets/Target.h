// A target: facts for the passes, lowerings of tile ops, and emission of code.
#pragma once

#include "ir/Facet.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/Support/Error.h"

#include <map>
#include <string>
#include <vector>

namespace mlir::facet {

/// One code variant of an artifact: an ISA level.
struct TargetVariant {
  std::string name; // "x86-64-v4"
  std::string triple, cpu, llvmFeatures;
  unsigned requiredFeatures; // facet_feature bits (runtime/artifact_format.h)
  unsigned machine;          // ELF e_machine
  int64_t vectorBits, registers, rowTile, quantRowTile;
  std::string dot; // as in #facet.target
  bool bf16Dot = false, int8Tiles = false;
  bool onRequest = false; // "x86-64" leaves it out: a program for all machines need not carry it

  TargetAttr facts(MLIRContext *context) const;
};

/// Every variant that Facet can emit, most portable first.
llvm::ArrayRef<TargetVariant> allVariants();
/// The variants that `--target` names: "x86-64" (all levels but those on request), "native", or a list of
/// levels.
llvm::Expected<std::vector<TargetVariant>> selectVariants(llvm::StringRef text);

/// Code of one variant: the first `textSize` bytes of `bytes` are mapped read + execute as they are.
struct CodeImage {
  std::vector<char> bytes;
  uint64_t textSize = 0;
  std::map<std::string, uint64_t> entries; // kernel -> offset
};

enum class EmitKind { LLVMIR, Assembly, Object };

/// Adds the passes that turn kernels over scf, vector and facet.tile_* into the LLVM dialect.
void buildTargetLowering(OpPassManager &pm);
/// Text or object code of a module in the LLVM dialect.
llvm::Expected<std::string> emitText(ModuleOp module, const TargetVariant &variant, EmitKind kind);
/// Object code, linked in process into one position-independent image without dynamic relocations.
llvm::Expected<CodeImage> emitImage(ModuleOp module, const TargetVariant &variant);

/// A model as a program sees it: facet_embedded_model, by symbols of other objects.
struct ModelDescription {
  std::string name;         // the symbol
  std::string tables;       // an artifact without code and weights
  std::string weightSymbol; // empty: they are in a file
  uint64_t weightBytes = 0;
  std::vector<std::string> kernels; // symbols, variant by variant
};
/// An object file that defines `model.name`.
llvm::Expected<std::string> emitDescription(const ModelDescription &model, const TargetVariant &variant);

/// x86: the micro-kernels of linears (targets/x86).
std::unique_ptr<Pass> createLowerTileLinearPass();
/// x86: the micro-kernel of attention.
std::unique_ptr<Pass> createLowerTileDotPass();

} // namespace mlir::facet
