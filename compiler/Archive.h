// Static libraries in the GNU format, of members that may be larger than memory.
#pragma once

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <string>
#include <vector>

namespace mlir::facet {

/// A member that is to come: its place depends on the sizes of those before it.
struct ArchiveMember {
  std::string name; // at most 15 characters
  uint64_t size;
  std::vector<std::string> symbols; // that it defines
};

/// The bytes before the first member, and where each member's header goes. Members are deterministic: no
/// owner, no time.
struct ArchiveLayout {
  std::string head;
  std::vector<uint64_t> headerOffsets;
};

constexpr uint64_t kArchiveHeader = 60; // bytes of a member's header

/// The last member's size may be unknown: nothing lies behind it.
ArchiveLayout layOutArchive(llvm::ArrayRef<ArchiveMember> members);
/// An error for a member that the format cannot hold.
llvm::Expected<std::string> archiveHeader(llvm::StringRef name, uint64_t size);

} // namespace mlir::facet
