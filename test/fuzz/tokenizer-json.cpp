// Hostile tokenizer.json. What is built must open, and encode its own source.
#include "frontend/tokenizer/TokenizerBuilder.h"
#include "test/fuzz/TokenizerUse.h"

using namespace facet;

extern "C" int LLVMFuzzerTestOneInput(const char *Data, size_t Size) {
  std::string_view Json(Data, Size);
  auto Built = buildTokenizerTables(Json, "fuzz");
  if (!Built)
    return 0;
  if (!Tokenizer::open(Built->data(), Built->size()))
    std::abort();
  test::useTokenizer(Built->data(), Built->size(), Json);
  return 0;
}
