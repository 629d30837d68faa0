// Hostile files of weights beside a model in a program. The input's first byte says whether the rest is the
// file, or changes to the good one: two bytes of its new length, or zeros, then records of offset and
// value. Only the good file may open.
#include "test/fuzz/ScratchFiles.h"
#include "test/runtime/core/ArtifactBuilder.h"
#include "test/runtime/core/EmbeddedToy.h"

using namespace facet::test;

static std::string changed(std::string file, const uint8_t *data, size_t size) {
  for (size_t at = 2; at + 4 <= size; at += 4) {
    const size_t place = data[at] | data[at + 1] << 8, range = data[at + 2] & 1 ? 64 : file.size();
    file[place % range] = static_cast<char>(data[at + 3]);
  }
  if (const size_t length = data[0] | data[1] << 8)
    file.resize(length % (2 * file.size()));
  return file;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const EmbeddedToy toy;
  static const MemoryFile memory;
  const std::string &good = toy.weightsFile();
  if (size < 4)
    return 0;
  std::string file(reinterpret_cast<const char *>(data) + 1, size - 1);
  if (data[0] & 1)
    file = changed(good, data + 1, size - 1);
  memory.write(file, file.size());
  facet_open_options options = {};
  options.verify = FACET_VERIFY_ALWAYS;
  options.copy = data[0] >> 1 & 1;
  facet_model *model = nullptr;
  facet_error error = {};
  const facet_code code =
      facet_model_open_embedded(&toy.model(), memory.path().c_str(), &options, &model, &error);
  require((code == FACET_OK) == (file == good));
  require(code == FACET_OK || error.message[0]);
  facet_model_close(model);
  return 0;
}
