// The files of a checkpoint directory, found and read without trust.
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>

namespace mlir::facet {

/// An open regular file. Reads by position; any thread may read.
class InputFile {
public:
  /// `name` is what errors call the file.
  static llvm::Expected<InputFile> open(const std::string &path, llvm::StringRef name);
  InputFile(InputFile &&other) noexcept;
  InputFile &operator=(InputFile &&) = delete;
  ~InputFile();

  uint64_t size() const { return bytes; }
  /// Fills `out`; an error if the file ends before.
  llvm::Error read(uint64_t offset, llvm::MutableArrayRef<char> out) const;

private:
  InputFile(int descriptor, uint64_t bytes, std::string name);
  int descriptor;
  uint64_t bytes;
  std::string name;
};

class CheckpointDirectory {
public:
  /// An error if `path` is no directory.
  static llvm::Expected<CheckpointDirectory> open(llvm::StringRef path);

  /// Whether there is an entry of this name, of whatever kind.
  bool contains(llvm::StringRef name) const;
  /// The absolute path of a file. `name` must be a plain file name, and lead to a regular file in this
  /// directory itself; the one exception is the snapshot of a Hugging Face cache, whose entries are links to
  /// `../../blobs`.
  llvm::Expected<std::string> resolve(llvm::StringRef name) const;
  /// The text of a file of at most `limit` bytes.
  llvm::Expected<std::string> readText(llvm::StringRef name, uint64_t limit) const;

private:
  std::string root;  // absolute, without links
  std::string blobs; // where links may lead; empty if nowhere
};

} // namespace mlir::facet
