// Reads second moments from a file that may hold anything.
#include "compiler/Importance.h"
#include "runtime/CheckedSize.h"
#include "runtime/limits.h"

#include <cmath>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace mlir;
using namespace mlir::facet;

namespace {
constexpr unsigned kGroup = 32; // columns that share a scale
} // namespace

llvm::Error Importance::bad(const llvm::Twine &problem) const {
  return llvm::createStringError(path + ": " + problem +
                                 "; collect it again with facet run --collect-importance");
}

llvm::Expected<std::unique_ptr<Importance>> Importance::open(llvm::StringRef path) {
  std::unique_ptr<Importance> file(new Importance());
  file->path = path.str();
  file->descriptor = ::open(file->path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file->descriptor < 0)
    return llvm::createStringError(std::error_code(errno, std::generic_category()),
                                   "--importance: expected what facet run --collect-importance writes: " +
                                       path + ": " + std::strerror(errno));
  if (llvm::Error error = file->readIndex())
    return error;
  return file;
}

Importance::~Importance() {
  if (descriptor >= 0)
    ::close(descriptor);
}

llvm::Error Importance::readAt(uint64_t offset, void *to, uint64_t size) const {
  for (uint64_t done = 0; done < size;) {
    ssize_t got = ::pread(descriptor, static_cast<char *>(to) + done, size - done, off_t(offset + done));
    if (got < 0)
      return llvm::createStringError(std::error_code(errno, std::generic_category()),
                                     path + ": " + std::strerror(errno));
    if (got == 0)
      return bad("expected " + llvm::Twine(size) + " bytes at " + llvm::Twine(offset) +
                 ", found the end of the file");
    done += got;
  }
  return llvm::Error::success();
}

/// Products of the columns of each block.
uint64_t Importance::sumsOf(uint64_t columns) const {
  uint64_t side = block, rest = columns % side;
  return columns / side * side * side + rest * rest;
}

llvm::Error Importance::readIndex() {
  struct stat status;
  if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode))
    return bad("expected a file");
  facet_importance_header header;
  if (llvm::Error error = readAt(0, &header, sizeof header))
    return error;
  if (std::memcmp(header.magic, FACET_IMPORTANCE_MAGIC, sizeof header.magic) != 0)
    return bad("expected a file of second moments, found something else");
  if (header.version != FACET_IMPORTANCE_VERSION)
    return bad("expected version " + llvm::Twine(FACET_IMPORTANCE_VERSION) + ", found " +
               llvm::Twine(header.version));
  if (header.block == 0 || header.block % kGroup || header.block > FACET_MAX_IMPORTANCE_BLOCK ||
      header.entry_count > FACET_MAX_IMPORTANCE_ENTRIES || header.reserved != 0)
    return bad("expected blocks of a multiple of 32 up to 4096 columns and at most 2^20 entries, found " +
               llvm::Twine(header.block) + " and " + llvm::Twine(header.entry_count));
  if (header.file_size != uint64_t(status.st_size))
    return bad("expected " + llvm::Twine(header.file_size) + " bytes, found " + llvm::Twine(status.st_size));
  block = header.block;
  uint64_t at = sizeof header, end = at + uint64_t(header.entry_count) * sizeof(facet_importance_entry);
  for (unsigned i = 0; i < header.entry_count; ++i, at += sizeof(facet_importance_entry)) {
    facet_importance_entry entry;
    if (llvm::Error error = readAt(at, &entry, sizeof entry))
      return error;
    llvm::StringRef name(entry.name, strnlen(entry.name, sizeof entry.name));
    if (name.empty() || name.size() == sizeof entry.name)
      return bad("entry " + llvm::Twine(i) + ": expected a name");
    if (entry.columns == 0 || entry.columns > FACET_MAX_IMPORTANCE_COLUMNS || entry.matrices == 0 ||
        entry.matrices > FACET_MAX_IMPORTANCE_MATRICES || entry.offset != end)
      return bad("entry '" + name + "': " + llvm::Twine(entry.matrices) + " matrices of " +
                 llvm::Twine(entry.columns) + " columns at " + llvm::Twine(entry.offset) + ", expected at " +
                 llvm::Twine(end));
    const ::facet::CheckedSize data =
        ::facet::CheckedSize(sizeof(float)) * sumsOf(entry.columns) + sizeof(uint64_t);
    const ::facet::CheckedSize next = data * entry.matrices + end;
    if (!next.fits(header.file_size))
      return bad("entry '" + name + "' reaches beyond the end of the file");
    end = next.value();
    if (!entries.try_emplace(name, entry).second)
      return bad("entry '" + name + "' occurs twice");
  }
  return end == header.file_size ? llvm::Error::success()
                                 : bad("expected data up to " + llvm::Twine(end) + ", found " +
                                       llvm::Twine(header.file_size) + " bytes");
}

llvm::Expected<SecondMoments> Importance::read(llvm::StringRef weight, RankedTensorType type,
                                               int64_t matrix) const {
  int64_t columns = type.getShape().back(), matrices = type.getRank() > 2 ? type.getDimSize(0) : 1;
  auto found = entries.find(weight);
  if (found == entries.end())
    return bad("weight '" + weight + "' is missing");
  const facet_importance_entry &entry = found->second;
  if (entry.columns != columns || entry.matrices != matrices)
    return bad("weight '" + weight + "': expected " + llvm::Twine(matrices) + " x " + llvm::Twine(columns) +
               " columns, found " + llvm::Twine(entry.matrices) + " x " + llvm::Twine(entry.columns));
  SecondMoments moments;
  moments.columns = columns;
  moments.block = block;
  uint64_t count = sumsOf(columns);
  if (llvm::Error error =
          readAt(entry.offset + sizeof(uint64_t) * matrix, &moments.rows, sizeof moments.rows))
    return error;
  moments.sums.resize(count);
  uint64_t first = entry.offset + sizeof(uint64_t) * matrices + sizeof(float) * count * matrix;
  if (llvm::Error error = readAt(first, moments.sums.data(), sizeof(float) * count))
    return error;
  for (float sum : moments.sums)
    if (!std::isfinite(sum))
      return bad("weight '" + weight + "': a sum is not a number");
  return moments;
}
