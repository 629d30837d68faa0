// Layout, hashing and atomic replacement of artifacts.
#include "compiler/ArtifactWriter.h"

#include "compiler/OutputFile.h"
#include "runtime/abi.h"
#include "runtime/core/Sha256.h"

#include <cstring>

using namespace mlir;
using namespace mlir::facet;

namespace {

uint64_t toPage(uint64_t size) { return llvm::alignTo(size, FACET_PAGE); }

/// Writes bytes one after another in aligned pieces of a huge page. The system caches what is written in one
/// piece in one piece, so that a runtime which maps the file soon after gets huge pages: decoding is up to a
/// fifth faster.
class HugePageStream {
public:
  HugePageStream(OutputFile &file, uint64_t offset) : file(file), offset(offset) {
    pending.reserve(kHugePage);
  }

  llvm::Error write(llvm::ArrayRef<char> bytes) {
    while (!bytes.empty()) {
      size_t part = std::min<size_t>(kHugePage - (offset + pending.size()) % kHugePage, bytes.size());
      pending.insert(pending.end(), bytes.begin(), bytes.begin() + part);
      bytes = bytes.drop_front(part);
      if ((offset + pending.size()) % kHugePage == 0)
        if (llvm::Error error = flush())
          return error;
    }
    return llvm::Error::success();
  }

  llvm::Error flush() {
    llvm::Error error = file.write(offset, pending);
    offset += pending.size();
    pending.clear();
    return error;
  }

private:
  static constexpr size_t kHugePage = 2 << 20;
  OutputFile &file;
  uint64_t offset; // of the first pending byte
  std::vector<char> pending;
};

class ArtifactBuilder {
public:
  ArtifactBuilder(ArtifactParts &parts, ModuleOp module, WeightPacker &packer)
      : parts(parts), module(module), packer(packer) {}

  llvm::Error write(llvm::StringRef path) {
    layOutCode();
    layOutSections();
    if (llvm::Error error = file.open(path))
      return error;
    if (llvm::Error error = file.reserve(end))
      return error;
    if (llvm::Error error = writeWeights())
      return error;
    for (auto &[kind, bytes] : contents)
      if (llvm::Error error = writeSection(kind, bytes))
        return error;
    if (llvm::Error error = writeHeader())
      return error;
    return file.publish();
  }

private:
  template <typename T> static std::string bytesOf(const std::vector<T> &table) {
    return std::string(reinterpret_cast<const char *>(table.data()), table.size() * sizeof(T));
  }

  /// Images one after another, each at a page; a table of entry offsets, variant by variant.
  void layOutCode() {
    std::vector<facet_variant> variants;
    std::vector<uint64_t> entries;
    for (const CompiledVariant &compiled : parts.variants) {
      facet_variant variant = {};
      variant.name = parts.tables.strings.add(compiled.target.name);
      variant.machine = compiled.target.machine;
      variant.features = compiled.target.requiredFeatures;
      variant.image_offset = code.size();
      variant.image_size = compiled.image.bytes.size();
      variant.text_size = compiled.image.textSize;
      variants.push_back(variant);
      code.append(compiled.image.bytes.begin(), compiled.image.bytes.end());
      code.resize(toPage(code.size()));
      for (const std::string &name : parts.tables.kernelNames)
        entries.push_back(compiled.image.entries.at(name));
    }
    variantBytes = bytesOf(variants);
    entryBytes = bytesOf(entries);
  }

  void layOutSections() {
    const ProgramTables &tables = parts.tables;
    auto add = [&](unsigned kind, std::string bytes) { contents.emplace_back(kind, std::move(bytes)); };
    add(FACET_SECTION_MODEL, std::string(reinterpret_cast<const char *>(&parts.model), sizeof parts.model));
    add(FACET_SECTION_STRINGS, tables.strings.data());
    add(FACET_SECTION_VARIANTS, variantBytes);
    add(FACET_SECTION_KERNELS, bytesOf(tables.kernels));
    add(FACET_SECTION_KERNEL_ENTRIES, entryBytes);
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
    add(FACET_SECTION_CODE, code);
    uint64_t blocks = (tables.weightBytes + FACET_HASH_BLOCK - 1) / FACET_HASH_BLOCK;
    add(FACET_SECTION_WEIGHT_HASHES, std::string(32 * blocks, '\0'));
    end = FACET_PAGE;
    for (auto &[kind, bytes] : contents)
      place(kind, bytes.size());
    place(FACET_SECTION_WEIGHTS, tables.weightBytes);
  }

  void place(unsigned kind, uint64_t size) {
    facet_section &section = header.sections[header.section_count++];
    section.kind = kind;
    section.offset = end;
    section.size = size;
    end += toPage(size);
  }

  facet_section &sectionOf(unsigned kind) {
    return *std::find_if(header.sections, header.sections + header.section_count,
                         [&](const facet_section &s) { return s.kind == kind; });
  }

  /// Streams every weight to its place and hashes the section in blocks as it goes by.
  llvm::Error writeWeights() {
    uint64_t base = sectionOf(FACET_SECTION_WEIGHTS).offset, at = 0;
    ::facet::Sha256 hash;
    std::string &hashes = contents.back().second;
    size_t blockIndex = 0;
    auto finish = [&] {
      hash.finish(reinterpret_cast<unsigned char *>(&hashes[32 * blockIndex++]));
      hash = ::facet::Sha256();
    };
    auto feed = [&](llvm::ArrayRef<char> bytes) {
      while (!bytes.empty()) {
        size_t room = FACET_HASH_BLOCK - at % FACET_HASH_BLOCK, part = std::min(room, bytes.size());
        hash.update(bytes.data(), part);
        bytes = bytes.drop_front(part);
        at += part;
        if (at % FACET_HASH_BLOCK == 0)
          finish();
      }
    };
    HugePageStream stream(file, base);
    auto sink = [&](llvm::ArrayRef<char> bytes) -> llvm::Error {
      if (llvm::Error error = stream.write(bytes))
        return error;
      feed(bytes);
      return llvm::Error::success();
    };
    for (auto weight : module.getOps<WeightOp>()) {
      if (llvm::Error error = packer.pack(weight, sink))
        return error;
      if (llvm::Error error = sink(std::vector<char>(llvm::alignTo(at, 64) - at)))
        return error;
    }
    if (at % FACET_HASH_BLOCK)
      finish();
    return stream.flush();
  }

  llvm::Error writeSection(unsigned kind, llvm::StringRef bytes) {
    facet_section &section = sectionOf(kind);
    ::facet::sha256(bytes.data(), bytes.size(), section.sha256);
    if (kind == FACET_SECTION_WEIGHT_HASHES) // the weights' digest is that of their blocks' digests
      std::memcpy(sectionOf(FACET_SECTION_WEIGHTS).sha256, section.sha256, 32);
    return file.write(section.offset, llvm::ArrayRef<char>(bytes.data(), bytes.size()));
  }

  llvm::Error writeHeader() {
    std::memcpy(header.magic, FACET_MAGIC, 8);
    header.abi = FACET_ABI_VERSION;
    header.file_size = end;
    ::facet::sha256(&header, sizeof header, header.root);
    return file.write(0, llvm::ArrayRef<char>(reinterpret_cast<const char *>(&header), sizeof header));
  }

  ArtifactParts &parts;
  ModuleOp module;
  WeightPacker &packer;
  OutputFile file;
  facet_header header = {};
  std::vector<std::pair<unsigned, std::string>> contents;
  std::string code, variantBytes, entryBytes;
  uint64_t end = 0;
};

static_assert(sizeof(facet_header) <= FACET_PAGE);

} // namespace

llvm::Error mlir::facet::writeArtifact(llvm::StringRef path, ArtifactParts &parts, ModuleOp module,
                                       WeightPacker &packer) {
  return ArtifactBuilder(parts, module, packer).write(path);
}
