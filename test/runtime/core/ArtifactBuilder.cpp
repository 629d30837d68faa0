// Layout and hashing of test artifacts, and the toy model's schedule.
#include "ArtifactBuilder.h"
#include "runtime/abi.h"
#include "runtime/core/Sha256.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <elf.h>
#include <fstream>
#include <sstream>
#include <unistd.h>

using namespace facet::test;

CodeImage CodeImage::load(const std::string &path) {
  CodeImage image;
  std::stringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  image.bytes = text.str();
  image.bytes.resize((image.bytes.size() + FACET_PAGE - 1) / FACET_PAGE * FACET_PAGE);
  const char *base = image.bytes.data();
  auto *elf = reinterpret_cast<const Elf64_Ehdr *>(base);
  auto *segments = reinterpret_cast<const Elf64_Phdr *>(base + elf->e_phoff);
  for (int i = 0; i < elf->e_phnum; ++i)
    if (segments[i].p_type == PT_LOAD && segments[i].p_offset == 0)
      image.textSize = segments[i].p_filesz;
  auto *sections = reinterpret_cast<const Elf64_Shdr *>(base + elf->e_shoff);
  for (int i = 0; i < elf->e_shnum; ++i) {
    if (sections[i].sh_type != SHT_DYNSYM)
      continue;
    auto *symbols = reinterpret_cast<const Elf64_Sym *>(base + sections[i].sh_offset);
    const char *names = base + sections[sections[i].sh_link].sh_offset;
    for (size_t s = 0; s < sections[i].sh_size / sizeof(Elf64_Sym); ++s)
      image.symbols[names + symbols[s].st_name] = symbols[s].st_value;
  }
  return image;
}

unsigned ArtifactBuilder::string(const std::string &text) {
  size_t at = strings.find('\0' + text + '\0');
  if (text.empty())
    return 0;
  if (at == std::string::npos) {
    at = strings.size() - 1;
    strings += text + '\0';
  }
  return static_cast<unsigned>(at + 1);
}

template <typename T> static std::string bytesOf(const std::vector<T> &table) {
  return {reinterpret_cast<const char *>(table.data()), table.size() * sizeof(T)};
}

static bool outsideTables(unsigned kind) {
  return kind == FACET_SECTION_CODE || kind == FACET_SECTION_KERNEL_ENTRIES || kind == FACET_SECTION_WEIGHTS;
}

std::string ArtifactBuilder::assemble(bool linked) const {
  std::string hashes;
  for (size_t at = 0; at < weights.size(); at += FACET_HASH_BLOCK) {
    unsigned char digest[32];
    facet::sha256(weights.data() + at, std::min<size_t>(FACET_HASH_BLOCK, weights.size() - at), digest);
    hashes.append(reinterpret_cast<char *>(digest), 32);
  }
  const std::pair<unsigned, std::string> sections[] = {
      {FACET_SECTION_MODEL, {reinterpret_cast<const char *>(&model), sizeof model}},
      {FACET_SECTION_STRINGS, strings},
      {FACET_SECTION_VARIANTS, bytesOf(variants)},
      {FACET_SECTION_CODE, code},
      {FACET_SECTION_KERNELS, bytesOf(kernels)},
      {FACET_SECTION_ENTRIES, bytesOf(entries)},
      {FACET_SECTION_DISPATCHES, bytesOf(dispatches)},
      {FACET_SECTION_OPERANDS, bytesOf(operands)},
      {FACET_SECTION_WAITS, bytesOf(waits)},
      {FACET_SECTION_KV, bytesOf(kvKinds)},
      {FACET_SECTION_STREAMS, bytesOf(streams)},
      {FACET_SECTION_WEIGHT_HASHES, hashes},
      {FACET_SECTION_WEIGHT_TABLE, bytesOf(weightTable)},
      {FACET_SECTION_TOKENIZER, tokenizer},
      {FACET_SECTION_TEMPLATE, chatTemplate},
      {FACET_SECTION_METADATA, metadata},
      {FACET_SECTION_KERNEL_ENTRIES, bytesOf(kernelEntries)},
      {FACET_SECTION_WEIGHTS, weights}};
  std::string file(FACET_PAGE, '\0');
  facet_header header{};
  for (const auto &[kind, bytes] : sections) {
    if (linked && outsideTables(kind))
      continue;
    file.resize((file.size() + FACET_PAGE - 1) / FACET_PAGE * FACET_PAGE);
    header.sections[header.section_count++] = {kind, 0, file.size(), bytes.size(), {}};
    file += bytes;
  }
  std::memcpy(header.magic, FACET_MAGIC, 8);
  header.abi = FACET_ABI_VERSION;
  header.file_size = file.size();
  std::memcpy(file.data(), &header, sizeof header);
  seal(file);
  return file;
}

facet_header &facet::test::headerOf(std::string &artifact) {
  return *reinterpret_cast<facet_header *>(artifact.data());
}

static facet_section *findSection(std::string &artifact, unsigned kind) {
  facet_header &header = headerOf(artifact);
  for (unsigned i = 0; i < header.section_count && i < FACET_MAX_SECTIONS; ++i)
    if (header.sections[i].kind == kind)
      return &header.sections[i];
  return nullptr;
}

facet_section &facet::test::sectionOf(std::string &artifact, unsigned kind) {
  facet_section *section = findSection(artifact, kind);
  return section ? *section : (std::abort(), *section);
}

void facet::test::seal(std::string &artifact) {
  facet_header &header = headerOf(artifact);
  for (unsigned i = 0; i < header.section_count && i < FACET_MAX_SECTIONS; ++i) {
    facet_section &section = header.sections[i];
    facet_section *hashes = findSection(artifact, FACET_SECTION_WEIGHT_HASHES);
    facet_section &hashed = section.kind == FACET_SECTION_WEIGHTS && hashes ? *hashes : section;
    if (hashed.offset <= artifact.size() && hashed.size <= artifact.size() - hashed.offset)
      sha256(artifact.data() + hashed.offset, hashed.size, section.sha256);
  }
  std::memset(header.root, 0, 32);
  unsigned char root[32];
  sha256(&header, sizeof header, root);
  std::memcpy(header.root, root, 32);
}

facet_operand facet::test::weight(const ArtifactBuilder &b, unsigned index, unsigned reads) {
  return {FACET_OPERAND_WEIGHT,     index, FACET_READ, reads, b.weightTable[index].offset,
          b.weightTable[index].size};
}
facet_operand facet::test::arena(unsigned buffer, unsigned rows, unsigned access) {
  unsigned long long bytes = rows * toyHidden * 4ull;
  return {FACET_OPERAND_ARENA, 0, access, 0, buffer * bytes, bytes};
}
facet_operand facet::test::rowSet(unsigned set) { return {FACET_OPERAND_ROWS, set, FACET_READ, 0, 0, 0}; }
static facet_operand kv(unsigned stream, unsigned access) {
  return {FACET_OPERAND_KV, stream, access, 0, 0, 0};
}
static facet_operand output(unsigned which, unsigned access) {
  return {FACET_OPERAND_OUTPUT, which, access, 0, 0, 0};
}

static constexpr unsigned readWrite = FACET_READ | FACET_WRITE, noLayer = 0xffffffff;

static ToyDispatch embedding(const ArtifactBuilder &b, unsigned n, const ToyOptions &options) {
  facet_operand table = weight(b, 0, 1);
  if (options.gathered)
    table.kind = FACET_OPERAND_GATHERED;
  return {options.gathered ? "toy_embed_gathered" : "toy_embed",
          {rowSet(0), table, arena(0, n, FACET_WRITE)},
          {},
          FACET_UNIT_ROWS,
          1,
          0,
          noLayer,
          1,
          2};
}

/// Weight 0 is the embedding, weight 1 the head. Buffers: 0 x, 1 y, 2 x of rows that go on, 3 their y.
static std::vector<ToyDispatch> toySchedule(const ArtifactBuilder &b, unsigned n, const ToyOptions &options) {
  const unsigned R = FACET_READ, W = FACET_WRITE, byRows = FACET_UNIT_ROWS,
                 byBlocks = FACET_UNIT_QUERY_BLOCKS;
  std::vector<ToyDispatch> s = {
      embedding(b, n, options),
      {"toy_kv_write", {rowSet(0), arena(0, n, R), kv(0, W)}, {0}, byRows, 1, 0, 0},
      {"toy_attend_window", {rowSet(0), arena(0, n, R), kv(0, R), arena(1, n, W)}, {1}, byBlocks, 1, 0, 0},
      {"toy_add", {rowSet(0), arena(0, n, readWrite), arena(1, n, R)}, {2}, byRows, 1, 0, 0, 2, 1},
      {"toy_kv_write", {rowSet(0), arena(0, n, R), kv(1, W)}, {3}, byRows, 1, 0, 1},
      {"toy_take", {rowSet(1), arena(0, n, R), arena(2, n, W)}, {3}, byRows, 1, 1, 1},
      {"toy_attend_full", {rowSet(1), arena(2, n, R), kv(1, R), arena(3, n, W)}, {4, 5}, byBlocks, 1, 1, 1},
      {"toy_add", {rowSet(1), arena(2, n, readWrite), arena(3, n, R)}, {6}, byRows, 1, 1, 1, 3, 1},
      {"toy_hidden", {rowSet(1), arena(2, n, R), output(1, W)}, {7}, byRows, 1, 1, noLayer},
      {"toy_head",
       {rowSet(1), output(1, R), weight(b, 1, 0), output(0, W)},
       {8},
       FACET_UNIT_CONSTANT,
       toyVocab,
       1,
       noLayer},
      {"toy_softcap", {rowSet(1), output(0, readWrite)}, {9}, byRows, 1, 1, noLayer}};
  if (options.slow)
    s.push_back({"toy_slow", {rowSet(0), arena(0, n, R), arena(1, n, W)}, {3}, byRows, 1, 0, noLayer});
  return s;
}

static void addWeights(ArtifactBuilder &b, const ToyOptions &options) {
  uint64_t state = options.seed;
  for (const char *name : {"embed", "head"}) {
    std::vector<float> values(toyVocab * toyHidden);
    for (float &value : values) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      value = static_cast<float>(static_cast<int>(state >> 40) % 2001 - 1000) / 500.0f;
    }
    b.weightTable.push_back(
        {b.string(name), 0, 0, 0, b.weights.size(), values.size() * 4, toyVocab, toyHidden});
    b.weights.append(reinterpret_cast<char *>(values.data()), values.size() * 4);
  }
  if (options.paddingWeight) {
    b.weightTable.push_back({b.string("padding"), 1, 0, 0, b.weights.size(), options.paddingWeight, 1,
                             options.paddingWeight / 2});
    b.weights.append(options.paddingWeight, 'p');
  }
  if (options.gathered) { // far enough from what is read through the mapping, which brings neighbours along
    facet_weight_info &embed = b.weightTable[0];
    const std::string bytes = b.weights.substr(embed.offset, embed.size);
    b.weights.resize((b.weights.size() + (1 << 18)) >> 17 << 17);
    embed.offset = b.weights.size();
    b.weights += bytes;
  }
}

static void addKernels(ArtifactBuilder &b) {
  CodeImage image = CodeImage::load(TOY_KERNELS);
  const std::pair<const char *, unsigned> kernels[] = {
      {"toy_embed", 3},         {"toy_kv_write", 3}, {"toy_attend_window", 4},  {"toy_attend_full", 4},
      {"toy_add", 3},           {"toy_take", 3},     {"toy_hidden", 3},         {"toy_head", 4},
      {"toy_softcap", 2},       {"toy_slow", 3},     {"toy_embed_gathered", 3}, {"toy_spin", 2},
      {"toy_note_prepared", 3}, {"toy_plan", 2},     {"toy_experts", 4}};
  for (const auto &[name, operands] : kernels)
    b.kernels.push_back({b.string(name), operands, 4 * toyHidden + 4});
  for (const auto &[name, features] :
       {std::pair("x86-64-v3", 1u),
        std::pair("x86-64-v4", unsigned(FACET_FEATURE_AVX2 | FACET_FEATURE_AVX512))}) {
    b.variants.push_back(
        {b.string(name), 62, features, 0, b.code.size(), image.bytes.size(), image.textSize});
    b.code += image.bytes;
    for (const auto &kernel : kernels)
      b.kernelEntries.push_back(image.symbols.at(kernel.first));
  }
}

void facet::test::addEntry(ArtifactBuilder &b, unsigned rows, const std::vector<ToyDispatch> &schedule) {
  b.entries.push_back({rows, static_cast<unsigned>(b.dispatches.size()), 0, 0, 4ull * rows * toyHidden * 4});
  for (const ToyDispatch &d : schedule) {
    facet_dispatch dispatch{};
    while (b.strings.c_str() + b.kernels[dispatch.kernel].name != std::string(d.kernel))
      ++dispatch.kernel;
    dispatch.name = b.string(std::string(d.kernel) + ".of." + std::to_string(rows));
    dispatch.first_operand = static_cast<unsigned>(b.operands.size());
    dispatch.operand_count = static_cast<unsigned>(d.operands.size());
    dispatch.first_wait = static_cast<unsigned>(b.waits.size());
    dispatch.wait_count = static_cast<unsigned>(d.waits.size());
    dispatch.unit = d.unit, dispatch.units = d.units, dispatch.row_set = d.rowSet, dispatch.layer = d.layer;
    dispatch.trace = d.trace, dispatch.trace_operand = d.traceOperand;
    b.operands.insert(b.operands.end(), d.operands.begin(), d.operands.end());
    b.waits.insert(b.waits.end(), d.waits.begin(), d.waits.end());
    b.dispatches.push_back(dispatch);
    ++b.entries.back().dispatch_count;
  }
}

ArtifactBuilder facet::test::toyArtifact(const ToyOptions &options) {
  ArtifactBuilder b;
  b.model.vocab_size = toyVocab, b.model.hidden_size = toyHidden, b.model.layer_count = toyLayers;
  b.model.max_positions = toyContext, b.model.bos_id = 2, b.model.pad_id = 0;
  b.model.stop_count = 1, b.model.stop_ids[0] = 1, b.model.max_rows = options.ladder.back();
  b.model.temperature = 1, b.model.top_k = 64, b.model.top_p = 0.95f, b.model.do_sample = 1;
  b.model.name = b.string("toy");
  addWeights(b, options);
  addKernels(b);
  const unsigned long long bytes = 2 * toyHidden * 4;
  b.kvKinds = {{b.string("sliding"), toyWindow, 1, 0, bytes}, {b.string("full"), 0, 1, 0, bytes}};
  b.streams = {{b.string("layers.0"), 0, 1, toyHidden, 0}, {b.string("layers.1"), 1, 1, toyHidden, 0}};
  for (unsigned rows : options.ladder)
    addEntry(b, rows, toySchedule(b, rows, options));
  return b;
}

TemporaryFile::TemporaryFile(const std::string &bytes) {
  const char *directory = std::getenv("TMPDIR");
  name = std::string(directory ? directory : "/tmp") + "/facet-core-test-XXXXXX";
  int file = mkstemp(name.data());
  for (size_t done = 0; done < bytes.size();) {
    ssize_t written = write(file, bytes.data() + done, bytes.size() - done);
    if (written <= 0)
      std::abort();
    done += static_cast<size_t>(written);
  }
  close(file);
}

TemporaryFile::~TemporaryFile() { unlink(name.c_str()); }
