// The one place of the frontend that reads weights: a head that is not tied would be dropped unnoticed
// otherwise.
#include "frontend/models/TiedHead.h"
#include "frontend/Json.h"

#include <cstring>

using namespace mlir::facet;
using llvm::Twine;

static constexpr uint64_t blockBytes = 1 << 20;

llvm::Error mlir::facet::checkTiedHead(const TensorDirectory &tensors, const Tensor &head,
                                       const Tensor &embedding) {
  std::string what = (Twine(tensors.fileNames()[head.file]) + ": tensor '" + head.name + "'").str();
  std::string remedy = " '" + embedding.name + "'; a head of its own is not supported, as Gemma 4 has none";
  if (head.dtype != embedding.dtype)
    return refuse(what + ": expected the dtype " + embedding.dtype + " of" + remedy);
  auto open = [&](const Tensor &tensor) {
    return InputFile::open(tensors.filePaths()[tensor.file], tensors.fileNames()[tensor.file]);
  };
  llvm::Expected<InputFile> headFile = open(head), embeddingFile = open(embedding);
  if (!headFile || !embeddingFile)
    return llvm::joinErrors(headFile.takeError(), embeddingFile.takeError());
  std::vector<char> a(blockBytes), b(blockBytes);
  uint64_t rowBytes = head.bytes / uint64_t(head.shape[0]);
  for (uint64_t at = 0; at < head.bytes; at += blockBytes) {
    size_t count = size_t(std::min(blockBytes, head.bytes - at));
    if (llvm::Error error = headFile->read(head.offset + at, llvm::MutableArrayRef(a.data(), count)))
      return error;
    if (llvm::Error error =
            embeddingFile->read(embedding.offset + at, llvm::MutableArrayRef(b.data(), count)))
      return error;
    if (std::memcmp(a.data(), b.data(), count) == 0)
      continue;
    uint64_t differs =
        at + uint64_t(std::mismatch(a.begin(), a.begin() + count, b.begin()).first - a.begin());
    return refuse(what + ": row " + Twine(differs / rowBytes) + " differs from that of" + remedy);
  }
  return llvm::Error::success();
}
