// Places and digests of sections.
#include "compiler/SectionLayout.h"

#include "runtime/abi.h"
#include "runtime/core/Sha256.h"

#include <cstring>

using namespace mlir;
using namespace mlir::facet;

static_assert(sizeof(facet_header) <= FACET_PAGE);

void SectionLayout::add(unsigned kind, std::string bytes) {
  place(kind, bytes.size());
  added.emplace_back(kind, std::move(bytes));
}

void SectionLayout::place(unsigned kind, uint64_t bytes) {
  facet_section &section = head.sections[head.section_count++];
  section.kind = kind;
  section.offset = size;
  section.size = bytes;
  size += toPage(bytes);
}

void SectionLayout::addProgram(const ArtifactParts &parts, const std::vector<facet_variant> &variants) {
  const ProgramTables &tables = parts.tables;
  add(FACET_SECTION_MODEL, std::string(reinterpret_cast<const char *>(&parts.model), sizeof parts.model));
  add(FACET_SECTION_STRINGS, tables.strings.data());
  add(FACET_SECTION_VARIANTS, bytesOf(variants));
  add(FACET_SECTION_KERNELS, bytesOf(tables.kernels));
  add(FACET_SECTION_ENTRIES, bytesOf(tables.entries));
  add(FACET_SECTION_DISPATCHES, bytesOf(tables.dispatches));
  add(FACET_SECTION_OPERANDS, bytesOf(tables.operands));
  add(FACET_SECTION_WAITS, bytesOf(tables.waits));
  add(FACET_SECTION_KV, bytesOf(tables.kinds));
  add(FACET_SECTION_STREAMS, bytesOf(tables.streams));
  add(FACET_SECTION_WEIGHT_TABLE, bytesOf(tables.weights));
  add(FACET_SECTION_TOKENIZER, std::string(parts.tokenizer.begin(), parts.tokenizer.end()));
  add(FACET_SECTION_TEMPLATE, parts.chatTemplate);
  add(FACET_SECTION_METADATA, parts.metadata);
}

facet_variant mlir::facet::describeVariant(const TargetVariant &target, StringTable &strings) {
  facet_variant variant = {};
  variant.name = strings.add(target.name);
  variant.machine = target.machine;
  variant.features = target.requiredFeatures;
  return variant;
}

facet_section &SectionLayout::sectionOf(unsigned kind) {
  return *std::find_if(head.sections, head.sections + head.section_count,
                       [&](const facet_section &s) { return s.kind == kind; });
}

const facet_section &SectionLayout::section(unsigned kind) const {
  return const_cast<SectionLayout *>(this)->sectionOf(kind);
}

void SectionLayout::finish(llvm::StringRef weightHashes) {
  for (auto &[kind, bytes] : added) {
    if (kind == FACET_SECTION_WEIGHT_HASHES)
      bytes = weightHashes.str();
    ::facet::sha256(bytes.data(), bytes.size(), sectionOf(kind).sha256);
  }
  for (unsigned i = 0; i < head.section_count; ++i)
    if (head.sections[i].kind == FACET_SECTION_WEIGHTS) // its digest is that of its blocks' digests
      ::facet::sha256(weightHashes.data(), weightHashes.size(), head.sections[i].sha256);
  std::memcpy(head.magic, FACET_MAGIC, 8);
  head.abi = FACET_ABI_VERSION;
  head.file_size = size;
  ::facet::sha256(&head, sizeof head, head.root);
}
