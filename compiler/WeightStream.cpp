// Packing, hashing and writing in one pass: memory does not grow with the weights.
#include "compiler/WeightStream.h"

#include "runtime/artifact_format.h"
#include "runtime/core/Sha256.h"

using namespace mlir;
using namespace mlir::facet;

namespace {

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

/// Digests of blocks of what goes by.
class BlockHashes {
public:
  void add(llvm::ArrayRef<char> bytes) {
    while (!bytes.empty()) {
      size_t part = std::min<size_t>(FACET_HASH_BLOCK - total % FACET_HASH_BLOCK, bytes.size());
      hash.update(bytes.data(), part);
      bytes = bytes.drop_front(part);
      total += part;
      if (total % FACET_HASH_BLOCK == 0)
        finishBlock();
    }
  }

  std::string finish() {
    if (total % FACET_HASH_BLOCK)
      finishBlock();
    return std::move(digests);
  }

  uint64_t size() const { return total; }

private:
  void finishBlock() {
    unsigned char digest[32];
    hash.finish(digest);
    digests.append(reinterpret_cast<const char *>(digest), sizeof digest);
    hash = ::facet::Sha256();
  }

  ::facet::Sha256 hash;
  std::string digests;
  uint64_t total = 0;
};

} // namespace

llvm::Expected<std::string> mlir::facet::writeWeights(OutputFile &file, uint64_t offset, uint64_t size,
                                                      ModuleOp module, WeightPacker &packer,
                                                      const WeightProgress &progress) {
  HugePageStream stream(file, offset);
  BlockHashes hashes;
  if (progress)
    progress(0, size);
  auto sink = [&](llvm::ArrayRef<char> bytes) -> llvm::Error {
    hashes.add(bytes);
    if (progress)
      progress(hashes.size(), size);
    return stream.write(bytes);
  };
  for (auto weight : module.getOps<WeightOp>()) {
    if (llvm::Error error = packer.pack(weight, sink))
      return error;
    if (llvm::Error error = sink(std::vector<char>(llvm::alignTo(hashes.size(), 64) - hashes.size())))
      return error;
  }
  if (llvm::Error error = stream.flush())
    return error;
  return hashes.finish();
}
