// Damage to a good saved sequence, as records of offset and value. The input's first byte says whether it is
// cut and whether size and digest are made right again. What is restored must be stepped, forked and saved.
#include "test/fuzz/ToyModel.h"

#include "runtime/core/Sha256.h"

#include <vector>

using namespace facet::test;

namespace {
constexpr size_t sizeAt = 16, digestAt = 64, headerBytes = 160; // of SavedHeader in SavedSequence.cpp

struct Toy {
  AlignedBytes artifact{toyArtifact().build()};
  facet_model *model = nullptr;
  facet_session *session = nullptr;
  std::string saved;

  Toy() {
    require(artifact.open(&model, nullptr) == FACET_OK);
    facet_session_options small = {};
    small.context = 256, small.sequences = 3, small.page_positions = 16, small.executor = oneThread();
    facet_sequence *sequence = nullptr;
    require(facet_session_create(model, &small, &session, nullptr) == FACET_OK);
    require(facet_sequence_create(session, &sequence, nullptr) == FACET_OK);
    std::vector<int32_t> tokens(150, 3);
    require(facet_session_prefill(session, sequence, tokens.data(), 150, 0, nullptr, nullptr) == FACET_OK);
    saved = save(sequence);
    facet_sequence_destroy(sequence);
  }
  static std::string save(facet_sequence *sequence) {
    std::string bytes(facet_sequence_save_bytes(sequence), '\0');
    require(facet_sequence_save(sequence, bytes.data(), bytes.size(), nullptr, nullptr) == FACET_OK);
    return bytes;
  }
};
} // namespace

static void repair(std::string &bytes) {
  if (bytes.size() < headerBytes)
    return;
  const uint64_t size = bytes.size();
  std::memcpy(&bytes[sizeAt], &size, 8);
  std::memset(&bytes[digestAt], 0, 32);
  unsigned char digest[32];
  facet::sha256(bytes.data(), bytes.size(), digest);
  std::memcpy(&bytes[digestAt], digest, 32);
}

static void use(facet_session *session, facet_sequence *sequence) {
  const int32_t length = facet_sequence_length(sequence);
  require(length >= 0 && length <= 256);
  facet_sequence *fork = nullptr;
  require(facet_sequence_fork(sequence, &fork, nullptr) == FACET_OK);
  facet_row row = {fork, length, 1, FACET_CAUSAL, FACET_WANTS_LOGITS};
  facet_code code = facet_session_step(session, &row, 1, nullptr, nullptr);
  require(code == (length < 256 ? FACET_OK : FACET_OUT_OF_CONTEXT));
  Toy::save(fork);
  facet_sequence_destroy(fork);
  facet_sequence_destroy(sequence);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static Toy toy;
  if (size < 3)
    return 0;
  std::string bytes = toy.saved;
  for (size_t at = 3; at + 4 <= size; at += 4) {
    size_t offset = data[at] | data[at + 1] << 8 | (data[at + 2] & 1) << 16;
    bytes[offset % (data[at + 2] & 2 ? headerBytes : bytes.size())] = static_cast<char>(data[at + 3]);
  }
  if (data[0] & 1)
    bytes.resize(bytes.size() * (data[1] | data[2] << 8) / 65536);
  if (data[0] & 2)
    repair(bytes);
  facet_sequence *restored = nullptr;
  if (facet_sequence_restore(toy.session, bytes.data(), bytes.size(), &restored, nullptr) == FACET_OK)
    use(toy.session, restored);
  return 0;
}
