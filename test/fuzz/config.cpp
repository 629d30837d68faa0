// Hostile JSON of a checkpoint: the input's first byte chooses between config.json, generation_config.json
// and tokenizer_config.json.
#include "frontend/Checkpoint.h"

#include "frontend/tokenizer/TokenizerBuilder.h"
#include "test/fuzz/ScratchFiles.h"

#include "llvm/Support/MemoryBuffer.h"

using namespace facet::test;
using namespace mlir::facet;

static void discard(llvm::Error error) { require(!llvm::toString(std::move(error)).empty()); }

static std::string goodConfig() {
  auto file = llvm::MemoryBuffer::getFile(FACET_GOOD_CONFIG);
  require(bool(file));
  return (*file)->getBuffer().str();
}

static void readTokenizerConfig(std::string_view text) {
  auto parsed = parseTokenizerConfig(text, true);
  if (!parsed)
    discard(parsed.takeError());
  auto extra = facet::readExtraSpecialTokens(text, "tokenizer_config.json");
  require(extra || !extra.error().describe().empty());
}

extern "C" int LLVMFuzzerTestOneInput(const char *data, size_t size) {
  static const TextConfig config = cantFail(parseTextConfig(goodConfig(), {}));
  if (size < 1)
    return 0;
  std::string_view text(data + 1, size - 1);
  if (data[0] % 3 == 0) {
    auto parsed = parseTextConfig(text, {});
    if (!parsed)
      return discard(parsed.takeError()), 0;
    require(!parsed->layers.empty() && parsed->vocab > 0 && parsed->hidden > 0 && parsed->heads > 0);
    for (const TextLayer &layer : parsed->layers)
      require(layer.source >= 0 && layer.source < int64_t(parsed->layers.size()) && layer.headDim > 0);
  } else if (data[0] % 3 == 1) {
    auto parsed = parseGenerationConfig(text, config, {});
    if (!parsed)
      return discard(parsed.takeError()), 0;
    for (int64_t id : parsed->stop)
      require(id >= 0 && id < config.vocab);
  } else {
    readTokenizerConfig(text);
  }
  return 0;
}
