// What matters to a weight: second moments of what its columns are multiplied with (docs/importance.md).
#pragma once

#include "ir/Facet.h"
#include "runtime/importance_format.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <vector>

namespace mlir::facet {

/// Of one matrix: for each block of consecutive columns the sums of x[i] * x[j] over `rows` inputs x.
struct SecondMoments {
  uint64_t rows = 0;
  int64_t columns = 0, block = 0;
  std::vector<float> sums; // [blocks][n][n]; n is `block`, less in the last one

  int64_t sizeOf(int64_t first) const { return std::min(block, columns - first); }
};

/// A file of `facet run --collect-importance`. Its contents are checked, whoever wrote them; sums are read
/// matrix by matrix.
class Importance {
public:
  static llvm::Expected<std::unique_ptr<Importance>> open(llvm::StringRef path);
  ~Importance();

  /// Those of one matrix of a weight of this type. An error if the file has none of that shape.
  llvm::Expected<SecondMoments> read(llvm::StringRef weight, RankedTensorType type, int64_t matrix) const;

private:
  Importance() = default;
  llvm::Error readIndex();
  llvm::Error readAt(uint64_t offset, void *to, uint64_t size) const;
  llvm::Error bad(const llvm::Twine &problem) const;
  uint64_t sumsOf(uint64_t columns) const;

  std::string path;
  int descriptor = -1;
  int64_t block = 0;
  llvm::StringMap<facet_importance_entry> entries;
};

} // namespace mlir::facet
