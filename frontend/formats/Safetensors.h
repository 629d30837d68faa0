// The safetensors format: which tensors a checkpoint's files hold, and where. Tensor bytes are never read
// here.
#pragma once

#include "frontend/CheckpointDirectory.h"

#include "llvm/ADT/SmallVector.h"

#include <vector>

namespace mlir::facet {

/// One tensor. Its bytes lie within its file, and are as many as shape and dtype say.
struct Tensor {
  std::string name;
  std::string dtype; // as the format spells it: "BF16", "F32", ...
  llvm::SmallVector<int64_t, 4> shape;
  unsigned file = 0;   // index into TensorDirectory::fileNames
  uint64_t offset = 0; // from the start of the file
  uint64_t bytes = 0;

  /// For messages: "BF16 [256, 192]".
  std::string describe() const;
};

/// "[256, 192]"
std::string describeShape(llvm::ArrayRef<int64_t> shape);

/// All tensors of `model.safetensors`, or of the shards that `model.safetensors.index.json` lists.
class TensorDirectory {
public:
  /// Reads and checks headers and index. In each file the tensors must cover the data exactly: no gap, no
  /// overlap.
  static llvm::Expected<TensorDirectory> open(const CheckpointDirectory &directory);

  /// Sorted by name.
  llvm::ArrayRef<Tensor> tensors() const { return all; }
  /// Null if there is none.
  const Tensor *find(llvm::StringRef name) const;
  /// Sorted; relative to the directory.
  llvm::ArrayRef<std::string> fileNames() const { return names; }
  /// Absolute paths of the same files.
  llvm::ArrayRef<std::string> filePaths() const { return paths; }
  /// The file that says which tensors there are: the index, or the only file.
  llvm::StringRef listing() const { return list; }

private:
  llvm::Error openShards(const CheckpointDirectory &directory);
  std::vector<Tensor> all;
  std::vector<std::string> names, paths;
  std::string list;
};

/// Appends the tensors of one file to `tensors`, in the order of their bytes.
llvm::Error readSafetensorsHeader(const std::string &path, llvm::StringRef name, unsigned file,
                                  std::vector<Tensor> &tensors);

} // namespace mlir::facet
