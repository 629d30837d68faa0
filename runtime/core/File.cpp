// Mapping and reading of artifacts.
#include "runtime/core/File.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <unistd.h>

using namespace facet;

FileBytes::FileBytes(FileBytes &&other) { *this = static_cast<FileBytes &&>(other); }

FileBytes &FileBytes::operator=(FileBytes &&other) {
  std::swap(file, other.file);
  std::swap(mapped, other.mapped);
  std::swap(bytes, other.bytes);
  std::swap(length, other.length);
  owned = std::move(other.owned);
  stats = other.stats;
  return *this;
}

FileBytes::~FileBytes() {
  if (mapped)
    munmap(const_cast<unsigned char *>(bytes), length);
  if (file >= 0)
    close(file);
}

static Status readAt(int file, const char *path, size_t offset, unsigned char *into, size_t size) {
  for (size_t done = 0; done < size;) {
    ssize_t got = pread(file, into + done, size - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return failure(FACET_IO, "%s: cannot read %zu bytes at %zu: %s", path, size, offset,
                     std::strerror(errno));
    if (got == 0)
      return failure(FACET_IO, "%s: shrank to %zu bytes while it was read", path, offset + done);
    done += static_cast<size_t>(got);
  }
  return success();
}

Result<FileBytes> FileBytes::open(const char *path, bool copy, const Allocator &allocator) {
  FileBytes result;
  // Not to hang on a pipe without a writer; no effect on regular files.
  result.file = ::open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (result.file < 0)
    return failure(FACET_IO, "%s: cannot open: %s", path, std::strerror(errno));
  if (fstat(result.file, &result.stats) != 0)
    return failure(FACET_IO, "%s: cannot stat: %s", path, std::strerror(errno));
  if (!S_ISREG(result.stats.st_mode))
    return failure(FACET_IO, "%s: expected a regular file, found a %s", path,
                   S_ISDIR(result.stats.st_mode) ? "directory" : "device or pipe");
  result.length = static_cast<size_t>(result.stats.st_size);
  if (result.length == 0)
    return failure(FACET_BAD_ARTIFACT, "%s: not a Facet artifact: the file is empty", path);
  if (copy) {
    FACET_TRY(allocateInto(result.owned, allocator, result.length, "a copy of the artifact", false, 4096));
    FACET_TRY(readAt(result.file, path, 0, result.owned.data(), result.length));
    result.bytes = result.owned.data();
    return result;
  }
  void *mapping = mmap(nullptr, result.length, PROT_READ, MAP_PRIVATE, result.file, 0);
  if (mapping == MAP_FAILED)
    return failure(FACET_IO, "%s: cannot map %zu bytes: %s", path, result.length, std::strerror(errno));
  // A page table entry for 2 MiB of weights where the system caches them in such pieces: decoding is up to a
  // fifth faster. Advice only.
  madvise(mapping, result.length, MADV_HUGEPAGE);
  result.mapped = true;
  result.bytes = static_cast<const unsigned char *>(mapping);
  return result;
}

Result<FileBytes> FileBytes::borrow(const void *data, size_t size, bool copy, const Allocator &allocator) {
  FileBytes result;
  result.length = size;
  result.bytes = static_cast<const unsigned char *>(data);
  if (copy) {
    FACET_TRY(allocateInto(result.owned, allocator, size, "a copy of the artifact", false, 4096));
    std::memcpy(result.owned.data(), data, size);
    result.bytes = result.owned.data();
  }
  return result;
}

Status FileBytes::read(size_t offset, void *into, size_t size, const char *path) const {
  if (mapped)
    return readAt(file, path, offset, static_cast<unsigned char *>(into), size);
  std::memcpy(into, bytes + offset, size);
  return success();
}

void FileBytes::announce(size_t offset, size_t size) const {
  if (mapped)
    posix_fadvise(file, static_cast<off_t>(offset), static_cast<off_t>(size), POSIX_FADV_WILLNEED);
}

bool FileBytes::statusNow(struct stat &out) const { return file >= 0 && fstat(file, &out) == 0; }

Result<const void *> FileBytes::mapCode(size_t offset, size_t size) const {
  void *code;
  if (mapped) {
    code = mmap(nullptr, size, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, static_cast<off_t>(offset));
  } else {
    code = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (code != MAP_FAILED) {
      std::memcpy(code, bytes + offset, size);
      __builtin___clear_cache(static_cast<char *>(code), static_cast<char *>(code) + size);
      if (mprotect(code, size, PROT_READ | PROT_EXEC) != 0) {
        munmap(code, size);
        code = MAP_FAILED;
      }
    }
  }
  if (code == MAP_FAILED) {
    const int reason = errno;
    struct statvfs mount;
    if (mapped && fstatvfs(file, &mount) == 0 && mount.f_flag & ST_NOEXEC)
      return failure(FACET_IO,
                     "the file lies on a file system mounted noexec, which forbids running its code: "
                     "move it to another; a program that embeds it can open it with facet_open_options.copy");
    return failure(FACET_IO, "cannot map %zu bytes of code as executable: %s", size, std::strerror(reason));
  }
  return static_cast<const void *>(code);
}

void FileBytes::unmapCode(const void *code, size_t size) {
  if (code)
    munmap(const_cast<void *>(code), size);
}
