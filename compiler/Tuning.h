// The tuning database: how kernels of a class go about their work on a CPU, as text that people read, merge
// and commit (docs/tuning.md).
#pragma once

#include "ir/Facet.h"

#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace mlir::facet {

/// What was found best for one class of kernels, and under what conditions.
struct TuningRecord {
  std::string machine, compiler, target; // a CPU with its caches, hostCompiler(), an ISA level
  std::string kernel;                    // tuningClass(): "linear n4096 k2048 q8"
  int64_t rowTile = 0, unroll = 0, thinUnroll = 0, prefetch = 0; // as in #facet.schedule
  /// Microseconds of one call as tuned and untuned, of 1 row ("few") and of 64; for people alone.
  double few[2] = {0, 0}, many[2] = {0, 0};

  bool sameKey(const TuningRecord &other) const;
};

class TuningDatabase {
public:
  /// `name` is what errors call the text.
  static llvm::Expected<TuningDatabase> parse(llvm::StringRef text, llvm::StringRef name);
  static llvm::Expected<TuningDatabase> read(llvm::StringRef path);
  /// The one that ships with the compiler.
  static const TuningDatabase &builtIn();

  /// Replaces the record of the same key, or appends.
  void put(const TuningRecord &record);
  const TuningRecord *find(const TuningRecord &key) const;
  /// The text that `parse` reads.
  std::string print() const;
  /// The module's `facet.tuning` for one ISA level: records of this compiler, of `machine` where there are
  /// such, and else the first in the file. Null if there are none.
  DictionaryAttr select(MLIRContext *context, llvm::StringRef target, llvm::StringRef machine) const;
  /// SHA-256 of `print()`, in hexadecimal.
  std::string digest() const;

  bool empty() const { return records.empty(); }

private:
  std::vector<TuningRecord> records;
};

/// This machine's CPU and caches: "AMD EPYC, family 25 model 17, L1d 32K L2 1024K L3 32768K".
std::string hostMachine();
/// This compiler, as far as its version changes code: "facet 0.1.0 llvm 22".
std::string hostCompiler();

} // namespace mlir::facet
