// Nameless files, their locks and their names.
#include "compiler/OutputFile.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace mlir::facet;

namespace {
constexpr int kAttempts = 100;

llvm::Error failure(const llvm::Twine &what, int code) {
  return llvm::createStringError(std::error_code(code, std::generic_category()),
                                 what + ": " + std::strerror(code) + "; nothing was written");
}

/// Does `name` still mean the open file?
bool isNameOf(const std::string &name, int fd) {
  struct stat named, opened;
  return ::lstat(name.c_str(), &named) == 0 && ::fstat(fd, &opened) == 0 && named.st_dev == opened.st_dev &&
         named.st_ino == opened.st_ino;
}

/// `PID-N`
bool isSuffix(llvm::StringRef text) {
  auto [pid, attempt] = text.split('-');
  unsigned number;
  return !pid.getAsInteger(10, number) && !attempt.getAsInteger(10, number);
}
} // namespace

OutputFile::~OutputFile() {
  if (!temporary.empty())
    ::unlink(temporary.c_str());
  if (fd >= 0)
    ::close(fd);
}

llvm::Error OutputFile::open(llvm::StringRef path) {
  if (llvm::Error error = resolve(path))
    return error;
  removeLeftovers();
  fd = ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
  if (fd < 0) {
    if (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL) // the file system or the kernel lacks it
      return createNamed();
    if (errno == ENOENT)
      return llvm::createStringError("cannot create a file in '" + directory +
                                     "': no such directory; make it first: mkdir -p " + directory +
                                     "; nothing was written");
    return failure("cannot create a file in '" + directory + "'", errno);
  }
  ::flock(fd, LOCK_EX | LOCK_NB); // before it has a name; nobody else can hold it
  return llvm::Error::success();
}

llvm::Error OutputFile::resolve(llvm::StringRef path) {
  llvm::sys::fs::file_status status;
  llvm::SmallString<256> real(path);
  if (!llvm::sys::fs::status(path, status)) {
    if (status.type() != llvm::sys::fs::file_type::regular_file)
      return llvm::createStringError("cannot replace '" + path + "': expected " +
                                     (status.type() == llvm::sys::fs::file_type::directory_file
                                          ? "the name of a file, such as '" + path + "/model.facet'"
                                          : "a regular file"));
    if (llvm::sys::fs::is_symlink_file(path))
      if (std::error_code error = llvm::sys::fs::real_path(path, real))
        return failure("cannot replace '" + path + "'", error.value());
  }
  target = real.str().str();
  llvm::StringRef parent = llvm::sys::path::parent_path(target);
  directory = parent.empty() ? "." : parent.str();
  return llvm::Error::success();
}

std::string OutputFile::candidate(int attempt) const {
  return target + ".tmp" + std::to_string(::getpid()) + "-" + std::to_string(attempt);
}

/// A lock that can be had belongs to nobody who lives.
void OutputFile::removeLeftovers() const {
  std::string prefix = llvm::sys::path::filename(target).str() + ".tmp";
  std::error_code ec;
  for (llvm::sys::fs::directory_iterator it(directory, ec), end; !ec && it != end; it.increment(ec)) {
    llvm::StringRef name = llvm::sys::path::filename(it->path());
    if (!name.consume_front(prefix) || !isSuffix(name))
      continue;
    int left = ::open(it->path().c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (left < 0)
      continue;
    if (::flock(left, LOCK_EX | LOCK_NB) == 0 && isNameOf(it->path(), left))
      ::unlink(it->path().c_str());
    ::close(left);
  }
}

llvm::Error OutputFile::createNamed() {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    std::string name = candidate(attempt);
    fd = ::open(name.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0666);
    if (fd < 0 && errno != EEXIST)
      return failure("cannot create '" + name + "'", errno);
    if (fd < 0)
      continue;
    ::flock(fd, LOCK_EX);
    if (isNameOf(name, fd)) { // nobody took it for a leftover before it was locked
      temporary = name;
      return llvm::Error::success();
    }
    ::close(fd);
    fd = -1;
  }
  return failure("cannot create '" + candidate(0) + "'", EEXIST);
}

llvm::Error OutputFile::reserve(uint64_t bytes) {
  if (int code = ::posix_fallocate(fd, 0, off_t(bytes)))
    return failure("cannot write '" + target + "', which needs " + llvm::Twine(bytes) + " bytes in '" +
                       directory + "'",
                   code);
  return llvm::Error::success();
}

llvm::Error OutputFile::write(uint64_t offset, llvm::ArrayRef<char> bytes) {
  for (size_t done = 0; done < bytes.size();) {
    ssize_t written = ::pwrite(fd, bytes.data() + done, bytes.size() - done, off_t(offset + done));
    if (written < 0)
      return failure("cannot write '" + target + "'", errno);
    done += written;
  }
  return llvm::Error::success();
}

llvm::Error OutputFile::publish() {
  if (::fsync(fd))
    return failure("cannot sync '" + target + "'", errno);
  if (temporary.empty())
    if (llvm::Error error = nameNameless())
      return error;
  if (::rename(temporary.c_str(), target.c_str()))
    return failure("cannot rename to '" + target + "'", errno);
  temporary.clear();
  int parent = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (parent >= 0) {
    ::fsync(parent); // the name too survives a loss of power
    ::close(parent);
  }
  return llvm::Error::success();
}

/// A nameless file can only be linked to a name that is free: first to a temporary one.
llvm::Error OutputFile::nameNameless() {
  std::string self = "/proc/self/fd/" + std::to_string(fd);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    std::string name = candidate(attempt);
    if (::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0) {
      temporary = name;
      return llvm::Error::success();
    }
    if (errno != EEXIST)
      break;
  }
  return failure("cannot name '" + target + "'", errno);
}

llvm::Error mlir::facet::writeWhole(llvm::StringRef path, llvm::StringRef bytes) {
  OutputFile file;
  if (llvm::Error error = file.open(path))
    return error;
  if (llvm::Error error = file.write(0, llvm::ArrayRef<char>(bytes.data(), bytes.size())))
    return error;
  return file.publish();
}
