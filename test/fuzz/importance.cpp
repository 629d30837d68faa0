// Hostile files of second moments. The input's first byte says whether the size and the first entry's offset
// are made right; moments of a weight "w" are read where the file opens.
#include "compiler/Importance.h"

#include "test/fuzz/ScratchFiles.h"

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/MLIRContext.h"

#include <cstring>

using namespace facet::test;
using namespace mlir;
using namespace mlir::facet;

static void repair(std::string &bytes) {
  facet_importance_header header;
  facet_importance_entry first;
  if (bytes.size() < sizeof header + sizeof first)
    return;
  std::memcpy(&header, bytes.data(), sizeof header);
  std::memcpy(&first, bytes.data() + sizeof header, sizeof first);
  header.file_size = bytes.size();
  first.offset = sizeof header + sizeof first * static_cast<unsigned long long>(header.entry_count);
  std::memcpy(bytes.data(), &header, sizeof header);
  std::memcpy(bytes.data() + sizeof header, &first, sizeof first);
}

extern "C" int LLVMFuzzerTestOneInput(const char *data, size_t size) {
  static const MemoryFile file;
  static MLIRContext context(MLIRContext::Threading::DISABLED);
  if (size < 1)
    return 0;
  std::string bytes(data + 1, size - 1);
  if (data[0] & 1)
    repair(bytes);
  file.write(bytes, bytes.size());
  auto opened = Importance::open(file.path());
  if (!opened) {
    require(!llvm::toString(opened.takeError()).empty());
    return 0;
  }
  for (int64_t columns : {32, 40}) {
    auto type = RankedTensorType::get({2, columns}, Float32Type::get(&context));
    auto moments = (*opened)->read("w", type, 0);
    if (moments)
      require(moments->columns == columns && !moments->sums.empty());
    else
      require(!llvm::toString(moments.takeError()).empty());
  }
  return 0;
}
