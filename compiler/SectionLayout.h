// The sections of an artifact and the header that lists them; also for a model without code and weights.
#pragma once

#include "compiler/ArtifactWriter.h"

namespace mlir::facet {

/// Sections one after another, each at a page.
class SectionLayout {
public:
  void add(unsigned kind, std::string bytes);
  /// A section whose bytes are written elsewhere.
  void place(unsigned kind, uint64_t size);
  /// All that describe a program, but its code and its weights' bytes and hashes.
  void addProgram(const ArtifactParts &parts, const std::vector<facet_variant> &variants);

  /// Digests of all sections and the root; call when all bytes are known.
  void finish(llvm::StringRef weightHashes);
  const facet_section &section(unsigned kind) const;

  const facet_header &header() const { return head; }
  /// Kinds and bytes of what was added.
  const std::vector<std::pair<unsigned, std::string>> &contents() const { return added; }
  uint64_t end() const { return size; }

private:
  facet_section &sectionOf(unsigned kind);
  facet_header head = {};
  std::vector<std::pair<unsigned, std::string>> added;
  uint64_t size = FACET_PAGE;
};

/// What the table of variants says of any; names go to `strings`.
facet_variant describeVariant(const TargetVariant &target, StringTable &strings);

inline uint64_t toPage(uint64_t size) { return llvm::alignTo(size, FACET_PAGE); }
/// Of the section WEIGHT_HASHES.
inline uint64_t hashBytes(uint64_t weightBytes) {
  return llvm::divideCeil(weightBytes, FACET_HASH_BLOCK) * 32;
}
template <typename T> std::string bytesOf(const std::vector<T> &table) {
  return std::string(reinterpret_cast<const char *>(table.data()), table.size() * sizeof(T));
}

} // namespace mlir::facet
