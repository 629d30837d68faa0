// A file that appears whole, or not at all.
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

#include <string>

namespace mlir::facet {

/// The output of a command, nameless until it is published. Whatever happens before (an error, a full disk,
/// SIGKILL), an older file of that name stays as it was. Where the file system knows no nameless files, it
/// has a locked temporary name beside the target, `TARGET.tmpPID-N`; those that killed processes left behind
/// are removed by the next to write the same target.
class OutputFile {
public:
  OutputFile() = default;
  OutputFile(const OutputFile &) = delete;
  OutputFile &operator=(const OutputFile &) = delete;
  ~OutputFile();

  /// `path`: a new file, or a regular file to replace; through a symbolic link, the file that it points to.
  llvm::Error open(llvm::StringRef path);
  /// Takes the room for `bytes` bytes, so that no write can find the disk full.
  llvm::Error reserve(uint64_t bytes);
  llvm::Error write(uint64_t offset, llvm::ArrayRef<char> bytes);
  /// Syncs the file and gives it its name in one step. Call last.
  llvm::Error publish();

private:
  llvm::Error resolve(llvm::StringRef path);
  void removeLeftovers() const;
  llvm::Error createNamed();
  llvm::Error nameNameless();
  std::string candidate(int attempt) const;

  int fd = -1;
  std::string target, directory;
  std::string temporary; // the name, while it has one
};

/// Writes `bytes` to `path`, whole or not at all.
llvm::Error writeWhole(llvm::StringRef path, llvm::StringRef bytes);

} // namespace mlir::facet
