// The writing and atomic replacement of artifacts.
#include "compiler/ArtifactWriter.h"

#include "compiler/SectionLayout.h"
#include "compiler/WeightStream.h"

using namespace mlir;
using namespace mlir::facet;

namespace {

class ArtifactBuilder {
public:
  ArtifactBuilder(ArtifactParts &parts, ModuleOp module, WeightPacker &packer)
      : parts(parts), module(module), packer(packer) {}

  llvm::Error write(llvm::StringRef path) {
    layOut();
    if (llvm::Error error = file.open(path))
      return error;
    if (llvm::Error error = file.reserve(layout.end()))
      return error;
    auto hashes = writeWeights(file, layout.section(FACET_SECTION_WEIGHTS).offset, parts.tables.weightBytes,
                               module, packer, parts.progress);
    if (!hashes)
      return hashes.takeError();
    layout.finish(*hashes);
    for (const auto &[kind, bytes] : layout.contents())
      if (llvm::Error error = writeAt(layout.section(kind).offset, bytes))
        return error;
    const facet_header &header = layout.header();
    if (llvm::Error error =
            writeAt(0, llvm::StringRef(reinterpret_cast<const char *>(&header), sizeof header)))
      return error;
    return file.publish();
  }

private:
  /// Images one after another, each at a page; a table of entry offsets, variant by variant.
  void layOut() {
    std::vector<facet_variant> variants;
    std::vector<uint64_t> entries;
    std::string code;
    for (const CompiledVariant &compiled : parts.variants) {
      facet_variant variant = describeVariant(compiled.target, parts.tables.strings);
      variant.image_offset = code.size();
      variant.image_size = compiled.image.bytes.size();
      variant.text_size = compiled.image.textSize;
      variants.push_back(variant);
      code.append(compiled.image.bytes.begin(), compiled.image.bytes.end());
      code.resize(toPage(code.size()));
      for (const std::string &name : parts.tables.kernelNames)
        entries.push_back(compiled.image.entries.at(name));
    }
    layout.addProgram(parts, variants);
    layout.add(FACET_SECTION_KERNEL_ENTRIES, bytesOf(entries));
    layout.add(FACET_SECTION_CODE, std::move(code));
    layout.add(FACET_SECTION_WEIGHT_HASHES, std::string(hashBytes(parts.tables.weightBytes), '\0'));
    layout.place(FACET_SECTION_WEIGHTS, parts.tables.weightBytes);
  }

  llvm::Error writeAt(uint64_t offset, llvm::StringRef bytes) {
    return file.write(offset, llvm::ArrayRef<char>(bytes.data(), bytes.size()));
  }

  ArtifactParts &parts;
  ModuleOp module;
  WeightPacker &packer;
  OutputFile file;
  SectionLayout layout;
};

} // namespace

llvm::Error mlir::facet::writeArtifact(llvm::StringRef path, ArtifactParts &parts, ModuleOp module,
                                       WeightPacker &packer) {
  return ArtifactBuilder(parts, module, packer).write(path);
}
