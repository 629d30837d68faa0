// Opening and reading: pread only, so that a file that shrinks is an error and not a signal.
#include "frontend/CheckpointDirectory.h"
#include "frontend/Json.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace mlir::facet;
using llvm::StringRef;
using llvm::Twine;

InputFile::InputFile(int descriptor, uint64_t bytes, std::string name)
    : descriptor(descriptor), bytes(bytes), name(std::move(name)) {}

InputFile::InputFile(InputFile &&other) noexcept
    : descriptor(std::exchange(other.descriptor, -1)), bytes(other.bytes), name(std::move(other.name)) {}

InputFile::~InputFile() {
  if (descriptor >= 0)
    ::close(descriptor);
}

llvm::Expected<InputFile> InputFile::open(const std::string &path, StringRef name) {
  // Without O_NONBLOCK, opening a named pipe would wait for its writer.
  int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0)
    return refuse(name + ": cannot be opened: " + std::strerror(errno));
  InputFile file(descriptor, 0, name.str());
  struct stat status;
  if (::fstat(descriptor, &status) != 0)
    return refuse(name + ": cannot be opened: " + std::strerror(errno));
  if (!S_ISREG(status.st_mode))
    return refuse(name + ": expected a regular file");
  file.bytes = uint64_t(status.st_size);
  return file;
}

llvm::Error InputFile::read(uint64_t offset, llvm::MutableArrayRef<char> out) const {
  if (offset > bytes || out.size() > bytes - offset)
    return refuse(name + ": expected " + Twine(out.size()) + " bytes at " + Twine(offset) +
                  ", but the file has " + Twine(bytes));
  while (!out.empty()) {
    ssize_t got = ::pread(descriptor, out.data(), out.size(), off_t(offset));
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return refuse(name + ": cannot be read: " + std::strerror(errno));
    if (got == 0)
      return refuse(name + ": became shorter while it was read");
    out = out.drop_front(size_t(got));
    offset += uint64_t(got);
  }
  return llvm::Error::success();
}

/// `path` without links; empty with errno set if it does not exist.
static std::string realPath(const std::string &path) {
  char *resolved = ::realpath(path.c_str(), nullptr);
  llvm::scope_exit release([&] { ::free(resolved); });
  return resolved ? resolved : "";
}

llvm::Expected<CheckpointDirectory> CheckpointDirectory::open(StringRef path) {
  CheckpointDirectory directory;
  directory.root = realPath(path.str());
  if (directory.root.empty())
    return refuse(path + ": " + std::strerror(errno) + "; expected the directory of a checkpoint");
  if (!llvm::sys::fs::is_directory(directory.root))
    return refuse(path + ": expected the directory of a checkpoint, got a file");
  StringRef parent = llvm::sys::path::parent_path(directory.root);
  if (llvm::sys::path::filename(parent) == "snapshots")
    directory.blobs = realPath((llvm::sys::path::parent_path(parent) + "/blobs").str());
  return directory;
}

static bool isPlainName(StringRef name) {
  return !name.empty() && name != "." && name != ".." && !name.contains('/') && !name.contains('\0');
}

bool CheckpointDirectory::contains(StringRef name) const {
  struct stat status;
  return isPlainName(name) && ::lstat((root + "/" + name).str().c_str(), &status) == 0;
}

llvm::Expected<std::string> CheckpointDirectory::resolve(StringRef name) const {
  if (!isPlainName(name))
    return refuse("'" + name + "': expected the name of a file in the checkpoint's directory");
  std::string path = realPath((root + "/" + name).str());
  if (path.empty())
    return refuse(name + ": " + std::strerror(errno) + " in " + root);
  StringRef parent = llvm::sys::path::parent_path(path);
  if (parent != root && (blobs.empty() || parent != blobs))
    return refuse(name + ": is a link to " + path +
                  ", outside the checkpoint's directory; copy the file there");
  if (!llvm::sys::fs::is_regular_file(path))
    return refuse(name + ": expected a regular file");
  return path;
}

llvm::Expected<std::string> CheckpointDirectory::readText(StringRef name, uint64_t limit) const {
  llvm::Expected<std::string> path = resolve(name);
  if (!path)
    return path.takeError();
  llvm::Expected<InputFile> file = InputFile::open(*path, name);
  if (!file)
    return file.takeError();
  if (file->size() > limit)
    return refuse(name + ": expected at most " + Twine(limit) + " bytes, got " + Twine(file->size()));
  std::string text(file->size(), '\0');
  if (llvm::Error error = file->read(0, llvm::MutableArrayRef<char>(text.data(), text.size())))
    return error;
  return text;
}
