// From recipes to the bytes of weights, a batch of rows at a time.
#pragma once

#include "compiler/Importance.h"
#include "compiler/WeightReader.h"

#include <functional>
#include <string>
#include <vector>

namespace mlir::facet {

class RowEncoder;

/// Hears how many bytes of all packed weights are written.
using WeightProgress = std::function<void(uint64_t done, uint64_t all)>;

/// Packs the source tensors of a checkpoint's files as recipes and types say. Holds two batches of
/// rows: one is read while the other is encoded on all cores, to the same bytes on any number of them. Not
/// thread safe.
class WeightPacker {
public:
  using Sink = std::function<llvm::Error(llvm::ArrayRef<char>)>;

  /// `files`: what the module's sources index. `importance`: a file of second moments, which rounding of
  /// every quantised matrix then goes by (docs/importance.md), or empty.
  static llvm::Expected<std::unique_ptr<WeightPacker>> open(llvm::ArrayRef<std::string> files,
                                                            llvm::StringRef importance = {});

  /// Calls `sink` with the packed bytes in order, at most 64 MB at a time.
  llvm::Error pack(WeightOp weight, const Sink &sink);

private:
  struct RowSource {
    SourceAttr source;
    int64_t row; // of the source's rows, stacks folded
  };
  RowSource locate(Attribute recipe, int64_t matrix, int64_t row) const;
  llvm::Error readRow(Attribute recipe, int64_t matrix, int64_t row, llvm::MutableArrayRef<float> out);
  llvm::Error readRows(Attribute recipe, int64_t matrix, int64_t first, llvm::MutableArrayRef<float> out,
                       int64_t columns);
  llvm::Error packMatrix(WeightOp weight, int64_t matrix, const RowEncoder &encoder, const Sink &sink);

  explicit WeightPacker(std::unique_ptr<WeightReader> reader) : reader(std::move(reader)) {}

  std::unique_ptr<WeightReader> reader;
  std::unique_ptr<Importance> importance;
};

} // namespace mlir::facet
