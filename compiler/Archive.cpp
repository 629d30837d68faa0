// The format: "!<arch>\n", a table of symbols, then members, each a header of text and its bytes, at even
// offsets.
#include "compiler/Archive.h"

#include "llvm/Support/Endian.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir::facet;

constexpr uint64_t kMostBytes = 9'999'999'999; // ten digits
constexpr llvm::StringRef kMagic = "!<arch>\n";

llvm::Expected<std::string> mlir::facet::archiveHeader(llvm::StringRef name, uint64_t size) {
  if (size > kMostBytes)
    return llvm::createStringError(
        "'%s' has %llu bytes: expected at most %llu in a library; leave out --embed-weights",
        name.str().c_str(), static_cast<unsigned long long>(size),
        static_cast<unsigned long long>(kMostBytes));
  return llvm::formatv("{0,-16}{1,-12}{2,-6}{3,-6}{4,-8}{5,-10}`\n", (name + "/").str(), 0, 0, 0, "100644",
                       size)
      .str();
}

/// Big-endian numbers of 4 bytes, or of 8 where a member begins beyond those.
static void appendNumber(std::string &out, uint64_t value, bool wide) {
  char bytes[8];
  llvm::support::endian::write64be(bytes, value);
  out.append(wide ? bytes : bytes + 4, wide ? 8 : 4);
}

ArchiveLayout mlir::facet::layOutArchive(llvm::ArrayRef<ArchiveMember> members) {
  size_t count = 0, names = 0;
  uint64_t total = 0;
  for (const ArchiveMember &member : members) {
    count += member.symbols.size();
    for (const std::string &symbol : member.symbols)
      names += symbol.size() + 1;
    total += member.size + kArchiveHeader + 1;
  }
  bool wide = total + 16 * (count + names) > UINT32_MAX;
  uint64_t tableSize = (wide ? 8 : 4) * (1 + count) + names;
  ArchiveLayout layout;
  uint64_t at = llvm::alignTo(kMagic.size() + kArchiveHeader + tableSize, 2);
  std::string table, strings;
  appendNumber(table, count, wide);
  for (const ArchiveMember &member : members) {
    layout.headerOffsets.push_back(at);
    for (const std::string &symbol : member.symbols) {
      appendNumber(table, at, wide);
      strings += symbol + '\0';
    }
    at = llvm::alignTo(at + kArchiveHeader + member.size, 2);
  }
  layout.head =
      kMagic.str() + llvm::cantFail(archiveHeader(wide ? "/SYM64" : "", tableSize)) + table + strings;
  layout.head.resize(layout.headerOffsets.front(), '\n');
  return layout;
}
