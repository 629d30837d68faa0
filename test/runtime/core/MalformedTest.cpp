// Artifacts whose digests are right and whose tables are not: every index, offset and size that the runtime
// would follow.
#include "Opened.h"

#include <functional>

using namespace facet::test;

struct Malformed {
  const char *says;
  std::function<void(std::string &)> spoil;
};

static void expectRefused(const std::string &good, const Malformed &test) {
  std::string bytes = good;
  test.spoil(bytes);
  seal(bytes);
  facet_error error{};
  EXPECT_FALSE(openBytes(bytes, &error, verifying(FACET_VERIFY_NEVER))) << test.says;
  EXPECT_EQ(error.code, FACET_BAD_ARTIFACT) << error.message;
  EXPECT_NE(std::string(error.message).find(test.says), std::string::npos)
      << "expected: " << test.says << "\nfound: " << error.message;
}

#define MODEL(field) tableOf<facet_model_info>(a, FACET_SECTION_MODEL)->field
#define ENTRY(n, field) tableOf<facet_ladder_entry>(a, FACET_SECTION_ENTRIES)[n].field
#define DISPATCH(n, field) tableOf<facet_dispatch>(a, FACET_SECTION_DISPATCHES)[n].field
#define OPERAND(n, field) tableOf<facet_operand>(a, FACET_SECTION_OPERANDS)[n].field
#define VARIANT(n, field) tableOf<facet_variant>(a, FACET_SECTION_VARIANTS)[n].field
#define WEIGHT(n, field) tableOf<facet_weight_info>(a, FACET_SECTION_WEIGHT_TABLE)[n].field
#define SPOIL(statement) [](std::string &a) { statement; }

/// Cuts a section; its old tail becomes part of the gap, which must be zeros.
static void shrink(std::string &a, unsigned kind, size_t size) {
  facet_section &section = sectionOf(a, kind);
  std::fill(a.begin() + static_cast<long>(section.offset + size),
            a.begin() + static_cast<long>(section.offset + section.size), '\0');
  section.size = size;
}

TEST(Malformed, Sections) {
  const std::string good = toyArtifact().build();
  const Malformed tests[] = {
      {"40 sections, expected at most 32", SPOIL(headerOf(a).section_count = 40)},
      {"of unknown kind 99", SPOIL(sectionOf(a, FACET_SECTION_KV).kind = 99)},
      {"two sections 'strings'", SPOIL(sectionOf(a, FACET_SECTION_KV).kind = FACET_SECTION_STRINGS)},
      {"section 'kernels' has offset 8193", SPOIL(sectionOf(a, FACET_SECTION_KERNELS).offset = 8193)},
      {"section 'kernels' has offset 18446744073709547520",
       SPOIL(sectionOf(a, FACET_SECTION_KERNELS).offset = ~0ull - 4095)},
      {"and size 18446744073709551615", SPOIL(sectionOf(a, FACET_SECTION_KERNELS).size = ~0ull)},
      {"section 'strings' at offset 4096 begins before 4232",
       SPOIL(sectionOf(a, FACET_SECTION_STRINGS).offset = sectionOf(a, FACET_SECTION_MODEL).offset)},
      {"section 'entries' has 7 bytes, expected a multiple of 24",
       SPOIL(shrink(a, FACET_SECTION_ENTRIES, 7))},
      {"expected zeros up to section 'strings', from offset 4096 to 8192",
       SPOIL(shrink(a, FACET_SECTION_MODEL, 0))},
      {"section 'strings' must begin and end with a zero byte",
       SPOIL(a[sectionOf(a, FACET_SECTION_STRINGS).offset] = 'x')},
      {"section 'strings' has byte 27 at 1, expected printable ASCII",
       SPOIL(a[sectionOf(a, FACET_SECTION_STRINGS).offset + 1] = '\x1b')},
      {"section 'strings' has byte 155 at 1",
       SPOIL(a[sectionOf(a, FACET_SECTION_STRINGS).offset + 1] = '\x9b')},
      {"bytes of weight hashes, expected 32", SPOIL(shrink(a, FACET_SECTION_WEIGHT_HASHES, 31))}};
  for (const Malformed &test : tests)
    expectRefused(good, test);
}

// A section that is not there is named.
TEST(Malformed, MissingSection) {
  expectRefused(toyArtifact().build(), {"section 'kernel entries' is missing", [](std::string &a) {
                                          facet_section &gone = sectionOf(a, FACET_SECTION_KERNEL_ENTRIES);
                                          std::fill_n(a.begin() + static_cast<long>(gone.offset), gone.size,
                                                      '\0');
                                          facet_header &header = headerOf(a);
                                          gone = header.sections[--header.section_count];
                                          header.sections[header.section_count] = {};
                                        }});
}

TEST(Malformed, ModelAndCode) {
  const std::string good = toyArtifact().build();
  const Malformed tests[] = {
      {"model.vocab_size is 0", SPOIL(MODEL(vocab_size) = 0)},
      {"model.max_positions is 4294967295", SPOIL(MODEL(max_positions) = ~0u)},
      {"model.stop_count is 14", SPOIL(MODEL(stop_count) = 14)},
      {"model.stop_ids[0] is 48, expected below 48", SPOIL(MODEL(stop_ids)[0] = toyVocab)},
      {"a sampling default is nan", SPOIL(MODEL(top_p) = __builtin_nanf(""))},
      {"and model.name 99999", SPOIL(MODEL(name) = 99999)},
      {"variant 0: name 99999", SPOIL(VARIANT(0, name) = 99999)},
      {"variant 1: image at 1 of", SPOIL(VARIANT(1, image_offset) = 1)},
      {"variant 0: image at 0 of 18446744073709551615 bytes", SPOIL(VARIANT(0, image_size) = ~0ull)},
      {"with 0 of text", SPOIL(VARIANT(0, text_size) = 0)},
      {"kernel 0: name 4294967295", SPOIL(tableOf<facet_kernel_info>(a, FACET_SECTION_KERNELS)->name = ~0u)},
      {"scratch 18446744073709551615",
       SPOIL(tableOf<facet_kernel_info>(a, FACET_SECTION_KERNELS)->scratch_bytes = ~0ull)},
      {"kernel 3 ('toy_attend_full'): entry 18446744073709551615 is beyond",
       SPOIL(tableOf<unsigned long long>(a, FACET_SECTION_KERNEL_ENTRIES)[3] = ~0ull)},
      {"weight 'embed' at offset 32", SPOIL(WEIGHT(0, offset) = 32)},
      {"weight 'embed' at offset 18446744073709551552", SPOIL(WEIGHT(0, offset) = ~0ull - 63)},
      {"weight 'head' of 4611686018427387904 x 16 elements does not fit",
       SPOIL(WEIGHT(1, rows) = 1ull << 62)},
      {"weight 'head' of 48 x 0 elements does not fit", SPOIL(WEIGHT(1, columns) = 0)},
      {"KV stream 1: name", SPOIL(tableOf<facet_kv_stream>(a, FACET_SECTION_STREAMS)[1].kind = 7)},
      {"KV stream 'layers.1' at 64 bytes of a position, expected 0",
       SPOIL(tableOf<facet_kv_stream>(a, FACET_SECTION_STREAMS)[1].position_offset = 64)},
      {"KV kind 'full': 1 streams and 8 bytes per position, its streams have 1 and 128",
       SPOIL(tableOf<facet_kv_kind>(a, FACET_SECTION_KV)[1].bytes_per_position = 8)},
      {"KV kind 0: name", SPOIL(tableOf<facet_kv_kind>(a, FACET_SECTION_KV)[0].format = 3)}};
  for (const Malformed &test : tests)
    expectRefused(good, test);
}

TEST(Malformed, Schedule) {
  const std::string good = toyArtifact().build();
  const Malformed tests[] = {
      {"ladder entry of 4 rows and 1024 bytes of arena after one of 5 rows", SPOIL(ENTRY(0, rows) = 5)},
      {"has dispatches 3 + 11, expected to begin at 0", SPOIL(ENTRY(0, first_dispatch) = 3)},
      {"has dispatches 11 + 4294967295", SPOIL(ENTRY(1, dispatch_count) = ~0u)},
      {"kernel 15 of 15", SPOIL(DISPATCH(0, kernel) = 15)},
      {"dispatch 0: name 4294967295", SPOIL(DISPATCH(0, name) = ~0u)},
      {"operands 4294967295 + 3", SPOIL(DISPATCH(1, first_operand) = ~0u)},
      {"its kernel takes 4", SPOIL(DISPATCH(0, kernel) = 3)},
      {"unit 4 x 1", SPOIL(DISPATCH(0, unit) = 4)},
      {"unit 1 x 0", SPOIL(DISPATCH(0, units) = 0)},
      {"row set 2", SPOIL(DISPATCH(0, row_set) = 2)},
      {"layer 2 of 2", SPOIL(DISPATCH(1, layer) = 2)},
      {"device 1", SPOIL(DISPATCH(0, device) = 1)},
      {"dispatch 1 ('toy_kv_write.of.1') waits for 1, expected an earlier one",
       SPOIL(tableOf<unsigned>(a, FACET_SECTION_WAITS)[0] = 1)},
      {"waits 4294967295 + 1 of", SPOIL(DISPATCH(1, first_wait) = ~0u)},
      {"operand 0: kind 5", SPOIL(OPERAND(0, kind) = 5)},
      {"operand 0: kind 2, index 2", SPOIL(OPERAND(0, index) = 2)},
      {"operand 1: kind 0, index 9", SPOIL(OPERAND(1, index) = 9)},
      {"operand 1: kind 0, index 0, access 2", SPOIL(OPERAND(1, access) = FACET_WRITE)},
      {"offset 18446744073709551615", SPOIL(OPERAND(1, offset) = ~0ull)},
      {"operand 2: kind 1, index 0, access 2, reads 0, offset 1024", SPOIL(OPERAND(2, offset) = 1024)},
      {"size 18446744073709551615 is out of range", SPOIL(OPERAND(2, size) = ~0ull)},
      {"operand 2: kind 3, index 2", SPOIL(OPERAND(5, index) = 2)},
      {"operand 2: kind 4, index 1", SPOIL(DISPATCH(8, row_set) = 0)},
      {"trace 9 of operand 2", SPOIL(DISPATCH(0, trace) = 9)},
      {"trace 1 of operand 7", SPOIL(DISPATCH(0, trace_operand) = 7)},
      {"trace 1 of operand 1", SPOIL(DISPATCH(0, trace_operand) = 1)},
      {"('toy_embed.of.1'): input 3: expected rows as wide as its matrix", SPOIL(DISPATCH(0, input) = 3)},
      {"input 5: expected rows", SPOIL(WEIGHT(1, layout) = 1; DISPATCH(9, input) = 5)},
      {"input 2: expected rows",
       SPOIL(WEIGHT(1, layout) = 1; DISPATCH(9, input) = 2; WEIGHT(1, rows) = 40; WEIGHT(1, columns) = 17)},
      {"input 4294967295: expected rows",
       SPOIL(WEIGHT(1, layout) = 1; DISPATCH(9, input) = FACET_INPUT_SCRATCH; WEIGHT(1, rows) = 40;
             WEIGHT(1, columns) = 18)}};
  for (const Malformed &test : tests)
    expectRefused(good, test);
}
