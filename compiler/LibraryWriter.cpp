// The three files of a library. Weights are streamed first, because the tables hold their digests.
#include "compiler/LibraryWriter.h"

#include "compiler/Archive.h"
#include "compiler/SectionLayout.h"
#include "compiler/WeightObject.h"
#include "compiler/WeightStream.h"
#include "runtime/abi.h"
#include "runtime/embedded_format.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <cstring>

using namespace mlir;
using namespace mlir::facet;

std::string mlir::facet::libraryKernel(llvm::StringRef library, const TargetVariant &target,
                                       llvm::StringRef kernel) {
  return (library + "." + target.name + "." + kernel).str();
}

namespace {

llvm::Error writeAt(OutputFile &file, uint64_t offset, llvm::StringRef bytes) {
  return file.write(offset, llvm::ArrayRef<char>(bytes.data(), bytes.size()));
}

class LibraryBuilder {
public:
  LibraryBuilder(llvm::StringRef directory, const LibraryOptions &options, ArtifactParts &parts,
                 ModuleOp module, WeightPacker &packer)
      : directory(directory), options(options), parts(parts), module(module), packer(packer) {}

  llvm::Error write() {
    layOut();
    if (std::error_code ec = llvm::sys::fs::create_directories(directory))
      return llvm::createStringError(ec, "cannot create '" + directory + "': " + ec.message());
    for (auto [file, name] :
         {std::pair(&archive, "lib" + options.name + ".a"), {&header, options.name + ".h"}})
      if (llvm::Error error = file->open(pathOf(name)))
        return error;
    if (llvm::Error error = options.embedWeights ? streamIntoArchive() : streamIntoFile())
      return error;
    if (llvm::Error error = writeArchive())
      return error;
    if (llvm::Error error = writeAt(header, 0, headerText()))
      return error;
    if (!options.embedWeights)
      if (llvm::Error error = weightFile.publish())
        return error;
    if (llvm::Error error = archive.publish())
      return error;
    return header.publish();
  }

private:
  std::string pathOf(const llvm::Twine &name) const {
    llvm::SmallString<256> path(directory);
    llvm::sys::path::append(path, name);
    return path.str().str();
  }

  std::string weightSymbol() const { return options.embedWeights ? options.name + ".weights" : ""; }

  /// The tables' sections and the archive's members; of the last one, the description, only the place.
  void layOut() {
    std::vector<facet_variant> variants;
    variants.reserve(parts.variants.size());
    for (const CompiledVariant &compiled : parts.variants)
      variants.push_back(describeVariant(compiled.target, parts.tables.strings));
    tables.addProgram(parts, variants);
    tables.add(FACET_SECTION_WEIGHT_HASHES, std::string(hashBytes(parts.tables.weightBytes), '\0'));

    if (options.embedWeights) {
      weightObject = makeWeightObject(weightSymbol(), parts.tables.weightBytes, variants.front().machine);
      uint64_t size = weightObject.head.size() + parts.tables.weightBytes + weightObject.tail.size();
      members.push_back({"weights.o", size, {weightSymbol()}});
    }
    for (auto [i, compiled] : llvm::enumerate(parts.variants)) {
      ArchiveMember member = {"kernels" + std::to_string(i) + ".o", compiled.object.size(), {}};
      for (const std::string &kernel : parts.tables.kernelNames)
        member.symbols.push_back(libraryKernel(options.name, compiled.target, kernel));
      members.push_back(std::move(member));
    }
    members.push_back({"model.o", 0, {options.name}});
    layout = layOutArchive(members);
  }

  llvm::Error streamIntoFile() {
    uint64_t bytes = parts.tables.weightBytes;
    if (llvm::Error error = weightFile.open(pathOf(options.name + ".weights")))
      return error;
    if (llvm::Error error = weightFile.reserve(FACET_PAGE + bytes))
      return error;
    if (llvm::Error error = streamWeights(weightFile, FACET_PAGE))
      return error;
    facet_weights_header head = {};
    std::memcpy(head.magic, FACET_WEIGHTS_MAGIC, 8);
    head.abi = FACET_ABI_VERSION;
    head.weight_bytes = bytes;
    std::memcpy(head.digest, tables.section(FACET_SECTION_WEIGHT_HASHES).sha256, 32);
    return writeAt(weightFile, 0, llvm::StringRef(reinterpret_cast<const char *>(&head), sizeof head));
  }

  llvm::Error streamIntoArchive() {
    uint64_t object = layout.headerOffsets.front() + kArchiveHeader,
             start = object + weightObject.head.size();
    uint64_t end = start + parts.tables.weightBytes;
    if (llvm::Error error = archive.reserve(layout.headerOffsets.back()))
      return error;
    if (llvm::Error error = writeHeader(0, members.front().size))
      return error;
    if (llvm::Error error = writeAt(archive, object, weightObject.head))
      return error;
    if (llvm::Error error = writeAt(archive, end, weightObject.tail))
      return error;
    return streamWeights(archive, start);
  }

  /// Completes the tables.
  llvm::Error streamWeights(OutputFile &file, uint64_t offset) {
    auto hashes = writeWeights(file, offset, parts.tables.weightBytes, module, packer, parts.progress);
    if (!hashes)
      return hashes.takeError();
    tables.finish(*hashes);
    return llvm::Error::success();
  }

  /// All of the archive but embedded weights.
  llvm::Error writeArchive() {
    if (llvm::Error error = writeAt(archive, 0, layout.head))
      return error;
    size_t first = options.embedWeights;
    for (auto [i, compiled] : llvm::enumerate(parts.variants))
      if (llvm::Error error = writeMember(first + i, compiled.object))
        return error;
    llvm::Expected<std::string> description = emitDescription(describe(), parts.variants.front().target);
    if (!description)
      return description.takeError();
    return writeMember(members.size() - 1, *description);
  }

  llvm::Error writeHeader(size_t index, uint64_t size) {
    llvm::Expected<std::string> text = archiveHeader(members[index].name, size);
    return text ? writeAt(archive, layout.headerOffsets[index], *text) : text.takeError();
  }

  llvm::Error writeMember(size_t index, llvm::StringRef bytes) {
    if (llvm::Error error = writeHeader(index, bytes.size()))
      return error;
    std::string padded = bytes.str();
    if (padded.size() % 2) // members begin at even offsets
      padded += '\n';
    return writeAt(archive, layout.headerOffsets[index] + kArchiveHeader, padded);
  }

  ModelDescription describe() const {
    ModelDescription model = {
        options.name, std::string(tables.end(), '\0'), weightSymbol(), parts.tables.weightBytes, {}};
    auto put = [&](uint64_t offset, const void *bytes, size_t size) {
      std::memcpy(model.tables.data() + offset, bytes, size);
    };
    put(0, &tables.header(), sizeof(facet_header));
    for (const auto &[kind, bytes] : tables.contents())
      put(tables.section(kind).offset, bytes.data(), bytes.size());
    for (const CompiledVariant &compiled : parts.variants)
      for (const std::string &kernel : parts.tables.kernelNames)
        model.kernels.push_back(libraryKernel(options.name, compiled.target, kernel));
    return model;
  }

  std::string headerText() const {
    std::string upper = llvm::StringRef(options.name).upper(), digest;
    for (unsigned char byte : tables.header().root)
      digest += (llvm::Twine(digest.empty() ? "" : ", ") + llvm::Twine(unsigned(byte))).str();
    std::string text = "/* The model " + options.name + ", compiled by facet. Link lib" + options.name +
                       ".a and the Facet runtime. */\n#ifndef " + upper + "_H\n#define " + upper +
                       "_H\n\n#include <facet/facet.h>\n\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n";
    text += "/* For facet_model_open_embedded, with " +
            (options.embedWeights ? std::string("NULL for weights, which are in the library")
                                  : "the path of " + options.name + ".weights") +
            ". */\nextern const facet_embedded_model " + options.name + ";\n\n";
    text += "/* Its root digest, for facet_open_options.root_digest: { " + upper + "_DIGEST }. */\n#define " +
            upper + "_DIGEST \\\n  " + digest + "\n";
    return text + "\n#ifdef __cplusplus\n}\n#endif\n#endif\n";
  }

  std::string directory;
  const LibraryOptions &options;
  ArtifactParts &parts;
  ModuleOp module;
  WeightPacker &packer;
  OutputFile archive, header, weightFile;
  SectionLayout tables;
  WeightObject weightObject;
  std::vector<ArchiveMember> members;
  ArchiveLayout layout;
};

} // namespace

llvm::Error mlir::facet::writeLibrary(llvm::StringRef directory, const LibraryOptions &options,
                                      ArtifactParts &parts, ModuleOp module, WeightPacker &packer) {
  return LibraryBuilder(directory, options, parts, module, packer).write();
}
