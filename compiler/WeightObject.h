// An ELF object file around weights that are streamed into it.
#pragma once

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <string>

namespace mlir::facet {

/// Everything of the file but the weights: `head` goes before them, `tail` after them.
struct WeightObject {
  std::string head, tail;
};

/// An object file for `machine` (ELF e_machine) whose one symbol, hidden, is at the first of `bytes` bytes of
/// weights. They lie in `.lrodata`, which linkers place out of the way of code and its data: code reaches
/// those within 2 GiB, and the weights by a 64-bit pointer.
WeightObject makeWeightObject(llvm::StringRef symbol, uint64_t bytes, unsigned machine);

} // namespace mlir::facet
