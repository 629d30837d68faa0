// Rows of a checkpoint's tensors.
#pragma once

#include "ir/Facet.h"

#include "llvm/Support/Error.h"

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace mlir::facet {

/// Reads rows of source tensors in blocks, ahead of who asks for one row after another, and drops the
/// system's copy of what it read: a checkpoint that is compiled pushes nothing else out of memory. Holds a
/// file descriptor a file and a few blocks, whatever the size of a tensor. Not thread safe.
class WeightReader {
public:
  /// `files`: what the module's sources index.
  static llvm::Expected<std::unique_ptr<WeightReader>> open(llvm::ArrayRef<std::string> files);
  ~WeightReader();

  /// Row `row` of `source`, stacks folded, as f32: exact, sources are f32 or bf16. `out` has a value a
  /// column.
  llvm::Error readRow(SourceAttr source, int64_t row, llvm::MutableArrayRef<float> out);

private:
  struct File {
    std::string name;
    int descriptor;
  };
  struct Block {
    int64_t file = -1;
    uint64_t begin = 0; // in the file, a multiple of a page
    std::vector<char> bytes;
    uint64_t lastUse = 0;

    bool holds(int64_t file, uint64_t at, uint64_t size) const {
      return this->file == file && begin <= at && at + size <= begin + bytes.size();
    }
  };
  llvm::Error fill(Block &block, int64_t file, uint64_t begin, uint64_t end);
  llvm::Expected<const char *> find(SourceAttr source, int64_t row, uint64_t rowBytes);

  std::vector<File> files;
  /// Recipes interleave a few tensors, or parts of one; each of them is read in order.
  std::array<Block, 4> blocks;
  uint64_t uses = 0;
};

} // namespace mlir::facet
