// Blocks of source tensors, and their rows as f32.
#include "compiler/WeightReader.h"

#include "llvm/Support/MathExtras.h"

#include <bit>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

using namespace mlir;
using namespace mlir::facet;

namespace {
constexpr uint64_t kBlockBytes = 4 << 20;
constexpr uint64_t kPage = 4096; // of the system's cache

void widen(const char *from, bool bf16, llvm::MutableArrayRef<float> out) {
  if (!bf16) {
    std::memcpy(out.data(), from, out.size() * sizeof(float));
    return;
  }
  for (size_t i = 0; i < out.size(); ++i) {
    uint16_t half;
    std::memcpy(&half, from + 2 * i, 2);
    out[i] = std::bit_cast<float>(uint32_t(half) << 16);
  }
}
} // namespace

llvm::Expected<std::unique_ptr<WeightReader>> WeightReader::open(llvm::ArrayRef<std::string> files) {
  auto reader = std::unique_ptr<WeightReader>(new WeightReader());
  for (const std::string &name : files) {
    int descriptor = ::open(name.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
      return llvm::createStringError(std::error_code(errno, std::generic_category()),
                                     "cannot open '" + name + "': " + std::strerror(errno));
    reader->files.push_back({name, descriptor});
  }
  return reader;
}

WeightReader::~WeightReader() {
  for (const File &file : files)
    ::close(file.descriptor);
}

llvm::Error WeightReader::readRow(SourceAttr source, int64_t row, llvm::MutableArrayRef<float> out) {
  bool bf16 = source.getElement().isBF16();
  llvm::Expected<const char *> bytes = find(source, row, out.size() * (bf16 ? 2 : 4));
  if (!bytes)
    return bytes.takeError();
  widen(*bytes, bf16, out);
  return llvm::Error::success();
}

/// Where the bytes of a row lie in memory, until the next call.
llvm::Expected<const char *> WeightReader::find(SourceAttr source, int64_t row, uint64_t rowBytes) {
  int64_t file = source.getFile();
  uint64_t at = source.getOffset() + row * rowBytes;
  auto block = llvm::find_if(blocks, [&](const Block &b) { return b.holds(file, at, rowBytes); });
  if (block == blocks.end()) {
    block = std::min_element(blocks.begin(), blocks.end(),
                             [](const Block &a, const Block &b) { return a.lastUse < b.lastUse; });
    uint64_t elements = 1;
    for (int64_t side : source.getShape())
      elements *= side;
    uint64_t tensorEnd = source.getOffset() + elements * source.getElement().getIntOrFloatBitWidth() / 8;
    uint64_t blockEnd = at + std::max<uint64_t>(kBlockBytes / rowBytes, 1) * rowBytes;
    if (llvm::Error error = fill(*block, file, at, std::min(blockEnd, tensorEnd)))
      return error;
    if (!block->holds(file, at, rowBytes))
      return llvm::createStringError("cannot read " + llvm::Twine(rowBytes) + " bytes at " + llvm::Twine(at) +
                                     " of '" + files[file].name + "': the file is shorter");
  }
  block->lastUse = ++uses;
  return block->bytes.data() + (at - block->begin);
}

/// Whole pages, so that all of them are dropped; fewer bytes where the file ends.
llvm::Error WeightReader::fill(Block &block, int64_t file, uint64_t begin, uint64_t end) {
  block.file = -1; // until it is read
  block.begin = llvm::alignDown(begin, kPage);
  block.bytes.resize(llvm::alignTo(end, kPage) - block.begin);
  size_t done = 0;
  while (done < block.bytes.size()) {
    ssize_t got = ::pread(files[file].descriptor, block.bytes.data() + done, block.bytes.size() - done,
                          block.begin + done);
    if (got < 0)
      return llvm::createStringError(std::error_code(errno, std::generic_category()),
                                     "cannot read " + llvm::Twine(block.bytes.size()) + " bytes at " +
                                         llvm::Twine(block.begin) + " of '" + files[file].name +
                                         "': " + std::strerror(errno));
    if (got == 0)
      break;
    done += got;
  }
  block.bytes.resize(done);
  block.file = file;
  ::posix_fadvise(files[file].descriptor, off_t(block.begin), off_t(llvm::alignTo(done, kPage)),
                  POSIX_FADV_DONTNEED);
  return llvm::Error::success();
}
