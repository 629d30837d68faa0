// From recipes to the bytes of weights, a block of rows at a time.
#pragma once

#include "compiler/WeightReader.h"

#include <functional>
#include <string>
#include <vector>

namespace mlir::facet {

/// Packs the source tensors of a checkpoint's files as recipes and types say. Holds a block of rows; not
/// thread safe.
class WeightPacker {
public:
  using Sink = std::function<llvm::Error(llvm::ArrayRef<char>)>;

  /// `files`: what the module's sources index.
  static llvm::Expected<std::unique_ptr<WeightPacker>> open(llvm::ArrayRef<std::string> files);

  /// Bytes of a weight of this type: rows padded to whole panels where its layout is panels.
  static uint64_t packedSize(RankedTensorType type);
  /// Calls `sink` with the packed bytes in order, at most 64 MB at a time.
  llvm::Error pack(WeightOp weight, const Sink &sink);

private:
  struct RowSource {
    SourceAttr source;
    int64_t row; // of the source's rows, stacks folded
  };
  RowSource locate(Attribute recipe, int64_t matrix, int64_t row) const;
  llvm::Error readRow(Attribute recipe, int64_t matrix, int64_t row, llvm::MutableArrayRef<float> out);
  llvm::Error packPanels(WeightOp weight, RankedTensorType type, const Sink &sink);
  llvm::Error packRows(WeightOp weight, RankedTensorType type, const Sink &sink);

  explicit WeightPacker(std::unique_ptr<WeightReader> reader) : reader(std::move(reader)) {}

  std::unique_ptr<WeightReader> reader;
};

} // namespace mlir::facet
