// Hostile safetensors headers. The input's first byte says whether the rest is a whole file, or two bytes
// that give the size of the data and a header whose length is made right. What is accepted must lie in the
// file.
#include "frontend/formats/Safetensors.h"

#include "test/fuzz/Safetensors.h"
#include "test/fuzz/ScratchFiles.h"

using namespace facet::test;
using namespace mlir::facet;

extern "C" int LLVMFuzzerTestOneInput(const char *data, size_t size) {
  static const MemoryFile file;
  if (size < 3)
    return 0;
  std::string bytes(data + 1, size - 1);
  size_t whole = bytes.size();
  if (!(data[0] & 1)) {
    size_t tensors = static_cast<unsigned char>(bytes[0]) | static_cast<unsigned char>(bytes[1]) << 8;
    bytes = withLength(std::string_view(bytes).substr(2));
    whole = bytes.size() + tensors;
  }
  file.write(bytes, whole);
  std::vector<Tensor> tensors;
  if (llvm::Error error = readSafetensorsHeader(file.path(), "fuzz", 0, tensors)) {
    require(!llvm::toString(std::move(error)).empty());
    return 0;
  }
  for (const Tensor &tensor : tensors)
    require(tensor.offset <= whole && tensor.bytes <= whole - tensor.offset);
  return 0;
}
