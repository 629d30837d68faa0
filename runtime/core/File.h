// Bytes of an artifact: a file mapped read-only, a file read into memory, or the embedder's memory; and code
// mapped for execution from any of them.
#ifndef FACET_RUNTIME_CORE_FILE_H
#define FACET_RUNTIME_CORE_FILE_H

#include "runtime/core/Memory.h"

#include <sys/stat.h>

namespace facet {

/// Bytes that stay where they are while this lives. Move-only.
class FileBytes {
public:
  FileBytes() = default;
  FileBytes(FileBytes &&other);
  FileBytes &operator=(FileBytes &&other);
  ~FileBytes();

  /// Maps `path` (a regular file), or with `copy` reads it into memory. The file stays open for mapCode().
  static Result<FileBytes> open(const char *path, bool copy, const Allocator &allocator);
  /// Borrows `data`, or with `copy` copies it.
  static Result<FileBytes> borrow(const void *data, size_t size, bool copy, const Allocator &allocator);

  const unsigned char *data() const { return bytes; }
  size_t size() const { return length; }
  bool isFile() const { return file >= 0; }
  /// Of the file when it was opened; only if isFile().
  const struct stat &status() const { return stats; }
  /// The file's state now.
  bool statusNow(struct stat &out) const;

  /// Copies bytes of a file from the file, not from its mapping: no page of it becomes resident, and what
  /// cannot be read is an error. `path` names it there. [offset, offset + size) must lie within size().
  Status read(size_t offset, void *into, size_t size, const char *path) const;
  /// Advice that these bytes are about to be read.
  void announce(size_t offset, size_t size) const;

  /// Maps `size` bytes at `offset` (a multiple of 4096) as executable: straight from the file, or as a copy
  /// if the bytes are in memory. unmapCode() ends it.
  Result<const void *> mapCode(size_t offset, size_t size) const;
  static void unmapCode(const void *code, size_t size);

private:
  int file = -1;
  bool mapped = false;
  const unsigned char *bytes = nullptr;
  size_t length = 0;
  Buffer<unsigned char> owned;
  struct stat stats{};
};

} // namespace facet
#endif
