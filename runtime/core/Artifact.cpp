// The header, the section table and the digests of sections.
#include "runtime/core/Artifact.h"
#include "runtime/abi.h"
#include "runtime/core/Sha256.h"

#include <algorithm>
#include <cstdarg>
#include <cstddef>
#include <cstdio>
#include <cstring>

using namespace facet;

/// A model that is part of a program has its code and weights outside the tables.
enum class Presence { Always, InFiles, Optional };

static const struct {
  unsigned kind;
  const char *name;
  Presence presence;
} sectionKinds[] = {{FACET_SECTION_MODEL, "model", Presence::Always},
                    {FACET_SECTION_STRINGS, "strings", Presence::Always},
                    {FACET_SECTION_VARIANTS, "variants", Presence::Always},
                    {FACET_SECTION_CODE, "code", Presence::InFiles},
                    {FACET_SECTION_KERNELS, "kernels", Presence::Always},
                    {FACET_SECTION_ENTRIES, "entries", Presence::Always},
                    {FACET_SECTION_DISPATCHES, "dispatches", Presence::Always},
                    {FACET_SECTION_OPERANDS, "operands", Presence::Always},
                    {FACET_SECTION_WAITS, "waits", Presence::Always},
                    {FACET_SECTION_KV, "kv", Presence::Always},
                    {FACET_SECTION_STREAMS, "streams", Presence::Always},
                    {FACET_SECTION_WEIGHTS, "weights", Presence::InFiles},
                    {FACET_SECTION_WEIGHT_HASHES, "weight hashes", Presence::Always},
                    {FACET_SECTION_WEIGHT_TABLE, "weight table", Presence::Always},
                    {FACET_SECTION_TOKENIZER, "tokenizer", Presence::Optional},
                    {FACET_SECTION_TEMPLATE, "template", Presence::Optional},
                    {FACET_SECTION_METADATA, "metadata", Presence::Optional},
                    {FACET_SECTION_KERNEL_ENTRIES, "kernel entries", Presence::InFiles}};

const char *facet::sectionName(unsigned kind) {
  for (const auto &row : sectionKinds)
    if (row.kind == kind)
      return row.name;
  return nullptr;
}

Failure Complaint::operator()(const char *format, ...) const {
  char text[FACET_ERROR_MESSAGE];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  return failure(FACET_BAD_ARTIFACT, "%s: %s", path, text);
}

const facet_operand *Artifact::matrixOf(const facet_dispatch &dispatch) const {
  for (unsigned i = 0; i < dispatch.operand_count; ++i) {
    const facet_operand &o = operands[dispatch.first_operand + i];
    if (o.kind == FACET_OPERAND_WEIGHT && o.reads != 1 && weightTable[o.index].layout == 1)
      return &o;
  }
  return nullptr;
}

const facet_section *Artifact::section(unsigned kind) const {
  for (unsigned i = 0; i < header->section_count; ++i)
    if (header->sections[i].kind == kind)
      return &header->sections[i];
  return nullptr;
}

bool facet::allZero(const unsigned char *bytes, size_t size) {
  return size == 0 || (bytes[0] == 0 && std::memcmp(bytes, bytes + 1, size - 1) == 0);
}

static void hex(const unsigned char *digest, char out[65]) {
  for (size_t i = 0; i < 32; ++i)
    std::snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

/// Magic, ABI, sizes and the root digest.
static Status checkHeader(const FileBytes &file, const Complaint &bad, const unsigned char *root) {
  if (file.size() < 8 || std::memcmp(file.data(), FACET_MAGIC, 8) != 0)
    return bad("not a Facet artifact: expected it to begin with " FACET_MAGIC);
  if (file.size() < FACET_PAGE)
    return bad(
        "truncated artifact: expected a header of %u bytes, the file has %zu; copy or compile it again",
        FACET_PAGE, file.size());
  auto *header = reinterpret_cast<const facet_header *>(file.data());
  if (header->abi != FACET_ABI_VERSION)
    return failure(FACET_WRONG_ABI,
                   "%s: artifact of ABI %u, this runtime reads ABI %d: compile the checkpoint again with the "
                   "facet of this runtime",
                   bad.path, header->abi, FACET_ABI_VERSION);
  facet_header blank = *header;
  std::memset(blank.root, 0, sizeof blank.root);
  unsigned char digest[32];
  sha256(&blank, sizeof blank, digest);
  if (std::memcmp(digest, header->root, 32) != 0 ||
      !allZero(file.data() + sizeof(facet_header), FACET_PAGE - sizeof(facet_header)))
    return bad(
        "damaged artifact: the header at offset 0 does not match its root digest; copy or compile it again");
  if (header->file_size != file.size())
    return bad("truncated artifact: expected %llu bytes, the file has %zu; copy or compile it again",
               header->file_size, file.size());
  if (header->section_count > FACET_MAX_SECTIONS)
    return bad("malformed artifact: %u sections, expected at most %d", header->section_count,
               FACET_MAX_SECTIONS);
  if (root && std::memcmp(root, header->root, 32) != 0) {
    char expected[65], found[65];
    hex(root, expected);
    hex(header->root, found);
    return failure(FACET_WRONG_DIGEST, "%s: expected root digest %s, found %s", bad.path, expected, found);
  }
  return success();
}

/// Known kinds, once each, all that are required, aligned and in bounds.
static Status checkSections(const Artifact &artifact, const Complaint &bad) {
  const facet_header &header = *artifact.header;
  for (unsigned i = 0; i < header.section_count; ++i) {
    const facet_section &section = header.sections[i];
    const char *name = sectionName(section.kind);
    if (!name || section.flags != 0)
      return bad("malformed artifact: section %u is of unknown kind %u (flags %u)", i, section.kind,
                 section.flags);
    if (artifact.section(section.kind) != &section)
      return bad("malformed artifact: two sections '%s'", name);
    if (section.offset % FACET_PAGE != 0 || !within(section.offset, section.size, header.file_size))
      return bad(
          "malformed artifact: section '%s' has offset %llu and size %llu: expected a multiple of %u within "
          "%llu bytes",
          name, section.offset, section.size, FACET_PAGE, header.file_size);
  }
  for (const auto &row : sectionKinds) {
    const bool found = artifact.section(row.kind),
               wanted = row.presence != Presence::InFiles || !artifact.linked;
    if (!found && wanted && row.presence != Presence::Optional)
      return bad("malformed artifact: section '%s' is missing", row.name);
    if (found && !wanted)
      return bad("malformed artifact: section '%s' in a model that is part of a program", row.name);
  }
  return success();
}

/// No section overlaps another, and nothing but zeros lies between them: every byte is covered by a check.
static Status checkGaps(const Artifact &artifact, const Complaint &bad) {
  const facet_header &header = *artifact.header;
  unsigned order[FACET_MAX_SECTIONS];
  for (unsigned i = 0; i < header.section_count; ++i)
    order[i] = i;
  const facet_section *sections = header.sections;
  std::sort(order, order + header.section_count, [sections](unsigned a, unsigned b) {
    return sections[a].offset != sections[b].offset ? sections[a].offset < sections[b].offset
                                                    : sections[a].size < sections[b].size;
  });
  unsigned long long end = FACET_PAGE;
  for (unsigned i = 0; i < header.section_count; ++i) {
    const facet_section &section = sections[order[i]];
    const char *name = sectionName(section.kind);
    if (section.offset < end)
      return bad(
          "malformed artifact: section '%s' at offset %llu begins before %llu, the end of the one before it",
          name, section.offset, end);
    if (section.offset - end >= FACET_PAGE || !allZero(artifact.bytes + end, section.offset - end))
      return bad("damaged artifact: expected zeros up to section '%s', from offset %llu to %llu; copy or "
                 "compile it again",
                 name, end, section.offset);
    end = section.offset + section.size;
  }
  if (header.file_size - end >= FACET_PAGE || !allZero(artifact.bytes + end, header.file_size - end))
    return bad("damaged artifact: expected zeros after the last section, from offset %llu to %llu; copy or "
               "compile it again",
               end, header.file_size);
  return success();
}

static Status checkDigests(const Artifact &artifact, const Complaint &bad) {
  for (unsigned i = 0; i < artifact.header->section_count; ++i) {
    const facet_section &section = artifact.header->sections[i];
    // The weights' own digest is that of the table of their blocks' hashes.
    const facet_section &hashed =
        section.kind == FACET_SECTION_WEIGHTS ? *artifact.section(FACET_SECTION_WEIGHT_HASHES) : section;
    unsigned char digest[32];
    sha256(artifact.bytes + hashed.offset, hashed.size, digest);
    if (std::memcmp(digest, section.sha256, 32) == 0)
      continue;
    char expected[65], found[65];
    hex(section.sha256, expected);
    hex(digest, found);
    return bad(
        "damaged artifact: section '%s' at offset %llu, %llu bytes: expected SHA-256 %s, found %s; copy or "
        "compile it again",
        sectionName(section.kind), section.offset, section.size, expected, found);
  }
  return success();
}

template <typename T>
static Status viewAs(const Artifact &artifact, const Complaint &bad, unsigned kind, Table<T> &table) {
  const facet_section &section = *artifact.section(kind);
  if (section.size % sizeof(T) != 0)
    return bad("malformed artifact: section '%s' has %llu bytes, expected a multiple of %zu",
               sectionName(kind), section.size, sizeof(T));
  table.data = reinterpret_cast<const T *>(artifact.bytes + section.offset);
  table.size = section.size / sizeof(T);
  return success();
}

static Status viewSections(Artifact &artifact, const Complaint &bad) {
  Table<facet_model_info> model;
  FACET_TRY(viewAs(artifact, bad, FACET_SECTION_MODEL, model));
  if (model.size != 1)
    return bad("malformed artifact: section 'model' has %zu entries, expected 1", model.size);
  artifact.model = model.data;
  FACET_TRY(viewAs(artifact, bad, FACET_SECTION_STRINGS, artifact.strings));
  FACET_TRY(viewAs(artifact, bad, FACET_SECTION_VARIANTS, artifact.variants));
  FACET_TRY(viewAs(artifact, bad, FACET_SECTION_KERNELS, artifact.kernels));
  FACET_TRY(viewAs(artifact, bad, FACET_SECTION_ENTRIES, artifact.entries));
  FACET_TRY(viewAs(artifact, bad, FACET_SECTION_DISPATCHES, artifact.dispatches));
  FACET_TRY(viewAs(artifact, bad, FACET_SECTION_OPERANDS, artifact.operands));
  FACET_TRY(viewAs(artifact, bad, FACET_SECTION_WAITS, artifact.waits));
  FACET_TRY(viewAs(artifact, bad, FACET_SECTION_KV, artifact.kvKinds));
  FACET_TRY(viewAs(artifact, bad, FACET_SECTION_STREAMS, artifact.streams));
  FACET_TRY(viewAs(artifact, bad, FACET_SECTION_WEIGHT_HASHES, artifact.weightHashes));
  FACET_TRY(viewAs(artifact, bad, FACET_SECTION_WEIGHT_TABLE, artifact.weightTable));
  if (artifact.linked)
    return success();
  FACET_TRY(viewAs(artifact, bad, FACET_SECTION_CODE, artifact.code));
  FACET_TRY(viewAs(artifact, bad, FACET_SECTION_WEIGHTS, artifact.weights));
  return viewAs(artifact, bad, FACET_SECTION_KERNEL_ENTRIES, artifact.kernelEntries);
}

/// `artifact` says what lies outside `file`.
static Result<Artifact> readInto(Artifact artifact, const FileBytes &file, const char *path,
                                 const unsigned char *root) {
  Complaint bad(path);
  FACET_TRY(checkHeader(file, bad, root));
  artifact.bytes = file.data();
  artifact.header = reinterpret_cast<const facet_header *>(file.data());
  FACET_TRY(checkSections(artifact, bad));
  FACET_TRY(checkGaps(artifact, bad));
  FACET_TRY(checkDigests(artifact, bad));
  FACET_TRY(viewSections(artifact, bad));
  FACET_TRY(checkTables(artifact, bad));
  FACET_TRY(checkSchedule(artifact, bad));
  return artifact;
}

Result<Artifact> facet::readArtifact(const FileBytes &file, const char *path, const unsigned char *root) {
  return readInto(Artifact(), file, path, root);
}

Result<Artifact> facet::readEmbeddedTables(const FileBytes &tables, Table<unsigned char> weights,
                                           const char *name, const unsigned char *root) {
  Artifact artifact;
  artifact.linked = true;
  artifact.weights = weights;
  return readInto(artifact, tables, name, root);
}
