// Damage to a good artifact, cut and with its digests made right where the input's first byte says so. A
// record of eight bytes changes a word of a section's table or of the header. Whatever opens must describe
// itself, plan and create a session without harm. Kernels do not run: an artifact is trusted as a program is.
#include "test/fuzz/ToyModel.h"

using namespace facet::test;

namespace {
struct Record {
  uint8_t section; // of the header's list; one past its end and more: the header
  uint8_t what;    // 0 set the word, 1 add to it, 2 set two words, 3 set the section's size
  uint16_t word;   // its number, modulo how many there are
  uint32_t value;
};
} // namespace

static void change(const Record &record, std::string &artifact) {
  const facet_header &header = headerOf(artifact);
  size_t first = 0, size = sizeof(facet_header);
  if (record.section < header.section_count && header.section_count <= FACET_MAX_SECTIONS) {
    facet_section &section = headerOf(artifact).sections[record.section];
    if (record.what % 4 == 3) {
      section.size = record.value;
      return;
    }
    first = section.offset, size = section.size;
  }
  if (size < 8 || first > artifact.size() || size > artifact.size() - first)
    return;
  char *at = &artifact[first + record.word % (size / 4 - 1) * 4];
  uint32_t word;
  std::memcpy(&word, at, 4);
  word = record.what % 4 == 1 ? word + record.value : record.value;
  std::memcpy(at, &word, 4);
  if (record.what % 4 == 2)
    std::memset(at + 4, record.value >> 31 ? 0xff : 0, 4);
}

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

static void openAndCreate(const std::string &artifact) {
  AlignedBytes bytes(artifact);
  facet_model *model = nullptr;
  if (bytes.open(&model, &bounded) != FACET_OK)
    return;
  describeAll(model);
  facet_session_options sizes = {};
  sizes.context = 64, sizes.sequences = 2, sizes.executor = oneThread(), sizes.allocator = &bounded;
  facet_memory_plan plan;
  facet_plan(model, nullptr, &plan, nullptr);
  facet_session *session = nullptr;
  if (facet_session_create(model, &sizes, &session, nullptr) == FACET_OK)
    facet_session_destroy(session);
  facet_model_close(model);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const std::string good = toyArtifact().build();
  if (size < 2)
    return 0;
  std::string artifact = good;
  for (size_t at = 2; at + sizeof(Record) <= size; at += sizeof(Record)) {
    Record record;
    std::memcpy(&record, data + at, sizeof record);
    change(record, artifact);
  }
  if (data[0] & 2)
    artifact.resize(artifact.size() * data[1] / 256);
  if (data[0] & 1 && artifact.size() >= FACET_PAGE) {
    if (data[0] & 2)
      headerOf(artifact).file_size = artifact.size();
    seal(artifact);
  }
  openAndCreate(artifact);
  return 0;
}
