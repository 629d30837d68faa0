// Damage to a good artifact or a good saved sequence, as (offset, value) records, with or without digests
// made right again. Whatever opens must describe itself, plan and create a session without harm. Kernels do
// not run: an artifact is trusted as a program is.
#include "ArtifactBuilder.h"
#include "runtime/core/Sha256.h"

#include <cstdlib>
#include <cstring>

using namespace facet::test;

/// Fails for what is large: a hostile plan may ask for anything.
static const facet_allocator bounded = {
    [](void *, size_t size, size_t alignment) -> void * {
      return size > 8u << 20 ? nullptr
                             : std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
    },
    [](void *, void *memory, size_t) { std::free(memory); }, nullptr};

struct Good {
  std::string artifact = toyArtifact().build();
  facet_executor *executor = nullptr;
  facet_model *model = nullptr;
  facet_session *session = nullptr;
  std::string saved;

  Good() {
    facet_executor_create(1, nullptr, &executor, nullptr);
    void *memory = std::aligned_alloc(64, (artifact.size() + 63) / 64 * 64);
    std::memcpy(memory, artifact.data(), artifact.size());
    facet_open_options options = {FACET_VERIFY_NEVER, 1, nullptr, nullptr};
    if (facet_model_open_memory(memory, artifact.size(), &options, &model, nullptr) != FACET_OK)
      std::abort();
    std::free(memory);
    facet_session_options small = {};
    small.context = 256, small.sequences = 2, small.page_positions = 16, small.executor = executor;
    facet_sequence *sequence = nullptr;
    if (facet_session_create(model, &small, &session, nullptr) != FACET_OK ||
        facet_sequence_create(session, &sequence, nullptr) != FACET_OK)
      std::abort();
    std::vector<int32_t> tokens(150, 3);
    facet_session_prefill(session, sequence, tokens.data(), 150, 0, nullptr, nullptr);
    saved.resize(facet_sequence_save_bytes(sequence));
    facet_sequence_save(sequence, saved.data(), saved.size(), nullptr, nullptr);
    facet_sequence_destroy(sequence);
  }
};

static void describeAll(const facet_model *model) {
  facet_model_details d;
  facet_model_describe(model, &d);
  size_t used = std::strlen(d.architecture);
  facet_dispatch_details dispatch;
  facet_operand_details operand;
  for (int32_t i = 0; facet_model_dispatch(model, i, &dispatch); ++i) {
    used += std::strlen(dispatch.name) + std::strlen(dispatch.kernel_name);
    for (int32_t w = 0; w < dispatch.wait_count; ++w)
      used += dispatch.waits[w];
    for (int32_t k = 0; facet_model_operand(model, i, k, &operand); ++k)
      used += std::strlen(operand.name);
  }
  facet_weight_details weight;
  for (int32_t i = 0; facet_model_weight(model, i, &weight); ++i)
    used += static_cast<const unsigned char *>(weight.data)[weight.bytes - 1];
  facet_variant_details variant;
  for (int32_t i = 0; facet_model_variant(model, i, &variant); ++i)
    used += static_cast<const unsigned char *>(variant.image)[variant.image_bytes - 1];
  facet_section_details section;
  for (int32_t i = 0; facet_model_section(model, i, &section); ++i)
    used += std::strlen(section.name);
  volatile size_t sink = used;
  (void)sink;
}

static void openAndCreate(const Good &good, std::string &artifact) {
  void *memory = std::aligned_alloc(64, (artifact.size() + 63) / 64 * 64 + 64);
  std::memcpy(memory, artifact.data(), artifact.size());
  facet_open_options options = {FACET_VERIFY_NEVER, 0, nullptr, &bounded};
  facet_model *model = nullptr;
  if (facet_model_open_memory(memory, artifact.size(), &options, &model, nullptr) == FACET_OK) {
    describeAll(model);
    facet_session_options sizes = {};
    sizes.context = 64, sizes.sequences = 2, sizes.executor = good.executor, sizes.allocator = &bounded;
    facet_memory_plan plan;
    facet_plan(model, nullptr, &plan, nullptr);
    facet_session *session = nullptr;
    if (facet_session_create(model, &sizes, &session, nullptr) == FACET_OK)
      facet_session_destroy(session);
    facet_model_close(model);
  }
  std::free(memory);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static Good good;
  if (size < 1)
    return 0;
  const unsigned mode = data[0];
  std::string bytes = mode & 1 ? good.saved : good.artifact;
  for (size_t at = 1; at + 4 <= size; at += 4) {
    size_t offset = data[at] | data[at + 1] << 8 | (data[at + 2] & 3) << 16;
    bytes[offset % bytes.size()] = static_cast<char>(data[at + 3]);
  }
  if (mode & 2 && size > 2)
    bytes.resize(bytes.size() * data[1] / 256);
  if (!(mode & 1)) {
    if (mode & 4 && bytes.size() >= FACET_PAGE)
      seal(bytes);
    openAndCreate(good, bytes);
    return 0;
  }
  constexpr size_t digestAt = 64; // of SavedHeader
  if (mode & 4 && bytes.size() >= digestAt + 32) {
    std::memset(&bytes[digestAt], 0, 32);
    unsigned char digest[32];
    facet::sha256(bytes.data(), bytes.size(), digest);
    std::memcpy(&bytes[digestAt], digest, 32);
  }
  facet_sequence *restored = nullptr;
  if (facet_sequence_restore(good.session, bytes.data(), bytes.size(), &restored, nullptr) == FACET_OK)
    facet_sequence_destroy(restored);
  return 0;
}
