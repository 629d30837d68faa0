// Hostile model.safetensors.index.json beside two good shards. An index that is accepted names both.
#include "frontend/formats/Safetensors.h"

#include "test/fuzz/Safetensors.h"
#include "test/fuzz/ScratchFiles.h"

using namespace facet::test;
using namespace mlir::facet;

extern "C" int LLVMFuzzerTestOneInput(const char *data, size_t size) {
  static const ScratchDirectory scratch;
  static const bool written = [] {
    scratch.write("a.safetensors", tensorFile("x"));
    scratch.write("b.safetensors", tensorFile("y"));
    return true;
  }();
  require(written);
  scratch.write("model.safetensors.index.json", {data, size});
  auto directory = CheckpointDirectory::open(scratch.path());
  require(bool(directory));
  auto tensors = TensorDirectory::open(*directory);
  if (!tensors) {
    require(!llvm::toString(tensors.takeError()).empty());
    return 0;
  }
  for (const Tensor &tensor : tensors->tensors())
    require(tensor.bytes == 8 && tensors->find(tensor.name) == &tensor);
  return 0;
}
