// Checks tokenizer tables, and looks tokens up in them.
#include "runtime/text/tokenizer/Tokenizer.h"
#include "runtime/limits.h"
#include "runtime/text/tokenizer/Utf8.h"

#include <bit>

static_assert(std::endian::native == std::endian::little, "the tables are little-endian and used in place");

namespace facet {
namespace {

constexpr uint32_t None = FACET_TOKENIZER_NONE;
/// Occupied slots in a row that a hash table may have: bounds the cost of a look-up in damaged tables.
constexpr uint32_t MaxProbes = 4096;

struct TableShape {
  const char *Name;
  unsigned ElementSize;
  bool PowerOfTwo;
};

const TableShape kShapes[FACET_TOKENIZER_TABLE_COUNT] = {
    {"text offsets", 4, false},
    {"text", 1, false},
    {"tokens", 2, false},
    {"index", 4, true},
    {"code page map", 2, false},
    {"code ids", 4, false},
    {"merges", sizeof(facet_tokenizer_merge), true},
    {"ascii joins", 8, false},
    {"join bits", 8, true},
    {"raw nodes", sizeof(facet_tokenizer_node), false},
    {"raw edges", 4, false},
    {"normal nodes", sizeof(facet_tokenizer_node), false},
    {"normal edges", 4, false},
};

class Checker {
public:
  Checker(const Tokenizer &T) : T(T), H(T.header()) {}

  bool check(size_t Size) {
    return checkHeader(Size) && checkTexts() && checkIndex() && checkCodes() && checkMerges() &&
           checkJoins() && checkTrie(FACET_TOKENIZER_RAW_NODES, FACET_TOKENIZER_RAW_EDGES) &&
           checkTrie(FACET_TOKENIZER_NORMAL_NODES, FACET_TOKENIZER_NORMAL_EDGES);
  }

  std::string Message;

private:
  bool fail(const std::string &What, uint64_t Expected, uint64_t Found) {
    Message = "tokenizer tables: " + What + ": expected " + std::to_string(Expected) + ", found " +
              std::to_string(Found);
    return false;
  }
  bool fail(const std::string &What) {
    Message = "tokenizer tables: " + What;
    return false;
  }
  bool validId(uint32_t Id) const { return Id < H.id_count || Id == None; }

  bool checkHeader(size_t Size) {
    if (H.magic != FACET_TOKENIZER_MAGIC)
      return fail("magic number", FACET_TOKENIZER_MAGIC, H.magic);
    if (H.version != FACET_TOKENIZER_VERSION)
      return fail("version", FACET_TOKENIZER_VERSION, H.version);
    if (H.size != Size)
      return fail("size in bytes", Size, H.size);
    if (H.id_count == 0 || H.id_count > FACET_MAX_TOKEN_IDS)
      return fail("id count, at most", FACET_MAX_TOKEN_IDS, H.id_count);
    if (!validId(H.unk_id))
      return fail("unknown token, an id below", H.id_count, H.unk_id);
    for (uint32_t Id : H.byte_ids)
      if (!validId(Id))
        return fail("byte token, an id below", H.id_count, Id);
    for (unsigned I = 0; I < FACET_TOKENIZER_TABLE_COUNT; ++I) {
      const facet_tokenizer_table &Table = H.tables[I];
      uint64_t End = Table.offset + uint64_t(Table.count) * kShapes[I].ElementSize;
      if (Table.offset % 64 != 0 || Table.offset < sizeof(H) || End > Size)
        return fail(std::string(kShapes[I].Name) + ": outside the section, or not aligned to 64");
      if (kShapes[I].PowerOfTwo && !std::has_single_bit(Table.count))
        return fail(std::string(kShapes[I].Name) + ": the number of elements is no power of two");
    }
    struct {
      facet_tokenizer_table_kind Kind;
      uint64_t Count;
    } Fixed[] = {{FACET_TOKENIZER_TEXT_OFFSETS, H.id_count + uint64_t(1)},
                 {FACET_TOKENIZER_TOKENS, H.id_count},
                 {FACET_TOKENIZER_CODE_PAGE_MAP, FACET_TOKENIZER_CODE_PAGES},
                 {FACET_TOKENIZER_ASCII_JOINS, 256}};
    for (auto [Kind, Count] : Fixed)
      if (T.count(Kind) != Count)
        return fail(std::string(kShapes[Kind].Name) + ": number of elements", Count, T.count(Kind));
    return true;
  }

  bool checkTexts() {
    const uint32_t *Offsets = T.table<uint32_t>(FACET_TOKENIZER_TEXT_OFFSETS);
    std::string_view Text(T.table<char>(FACET_TOKENIZER_TEXT), T.count(FACET_TOKENIZER_TEXT));
    if (Offsets[0] != 0 || Offsets[H.id_count] != Text.size())
      return fail("text offsets: they do not cover the text");
    for (uint32_t Id = 0; Id < H.id_count; ++Id) {
      if (Offsets[Id] > Offsets[Id + 1] || Offsets[Id + 1] > Text.size() ||
          Offsets[Id + 1] - Offsets[Id] > FACET_MAX_TOKEN_BYTES)
        return fail("text offsets: token " + std::to_string(Id) + " lies outside the text or is too long");
      if (!isUtf8(Text.substr(Offsets[Id], Offsets[Id + 1] - Offsets[Id])))
        return fail("text: token " + std::to_string(Id) + " is not UTF-8");
    }
    return true;
  }

  /// Free slots must come often enough, or a look-up would go on for long.
  template <typename IsFree> bool checkProbes(facet_tokenizer_table_kind Kind, IsFree Free) {
    uint32_t Count = T.count(Kind), Run = 0;
    for (uint32_t Slot = 0; Slot < Count; ++Slot) {
      Run = Free(Slot) ? 0 : Run + 1;
      if (Run > MaxProbes)
        return fail(std::string(kShapes[Kind].Name) + ": too many occupied slots in a row");
    }
    return Run < Count || fail(std::string(kShapes[Kind].Name) + ": no free slot");
  }

  bool checkIndex() {
    const uint32_t *Index = T.table<uint32_t>(FACET_TOKENIZER_INDEX);
    for (uint32_t Slot = 0; Slot < T.count(FACET_TOKENIZER_INDEX); ++Slot)
      if (!validId(Index[Slot]))
        return fail("index: an id below", H.id_count, Index[Slot]);
    return checkProbes(FACET_TOKENIZER_INDEX, [&](uint32_t Slot) { return Index[Slot] == None; });
  }

  bool checkCodes() {
    uint32_t Count = T.count(FACET_TOKENIZER_CODE_IDS);
    if (Count == 0 || Count % 256 != 0)
      return fail("code ids: the number of elements is no multiple of 256");
    for (uint32_t I = 0; I < FACET_TOKENIZER_CODE_PAGES; ++I)
      if (uint32_t Page = T.table<uint16_t>(FACET_TOKENIZER_CODE_PAGE_MAP)[I]; Page >= Count / 256)
        return fail("code page map: a page below", Count / 256, Page);
    for (uint32_t I = 0; I < Count; ++I)
      if (uint32_t Id = T.table<uint32_t>(FACET_TOKENIZER_CODE_IDS)[I]; !validId(Id))
        return fail("code ids: an id below", H.id_count, Id);
    return true;
  }

  bool checkMerges() {
    const facet_tokenizer_merge *Merges = T.table<facet_tokenizer_merge>(FACET_TOKENIZER_MERGES);
    for (uint32_t Slot = 0; Slot < T.count(FACET_TOKENIZER_MERGES); ++Slot) {
      const facet_tokenizer_merge &M = Merges[Slot];
      if (M.left != None && (M.left >= H.id_count || M.right >= H.id_count || M.result >= H.id_count ||
                             M.rank >= FACET_MAX_MERGES))
        return fail("merges: slot " + std::to_string(Slot) + " has an id or a rank out of range");
    }
    return checkProbes(FACET_TOKENIZER_MERGES, [&](uint32_t Slot) { return Merges[Slot].left == None; });
  }

  bool checkJoins() { // any bits will do: wrong ones give other ids, not other addresses
    return T.count(FACET_TOKENIZER_JOIN_BITS) <= 1u << 25 || fail("join bits: too many");
  }

  bool checkTrie(facet_tokenizer_table_kind NodeKind, facet_tokenizer_table_kind EdgeKind) {
    const facet_tokenizer_node *Nodes = T.table<facet_tokenizer_node>(NodeKind);
    const uint32_t *Edges = T.table<uint32_t>(EdgeKind);
    uint32_t NodeCount = T.count(NodeKind), EdgeCount = T.count(EdgeKind);
    for (uint32_t I = 0; I < NodeCount; ++I) {
      const facet_tokenizer_node &Node = Nodes[I];
      if (!validId(Node.id) || Node.edge_count > 256 || Node.first_edge > EdgeCount ||
          Node.edge_count > EdgeCount - Node.first_edge)
        return fail(std::string(kShapes[NodeKind].Name) + ": node " + std::to_string(I) + " is out of range");
      for (uint32_t E = Node.first_edge; E < Node.first_edge + Node.edge_count; ++E)
        if (Edges[E] >> 8 <= I || Edges[E] >> 8 >= NodeCount ||
            (E > Node.first_edge && (Edges[E] & 255) <= (Edges[E - 1] & 255)))
          return fail(std::string(kShapes[EdgeKind].Name) + ": edge " + std::to_string(E) +
                      " is out of range or order");
    }
    return true;
  }

  const Tokenizer &T;
  const facet_tokenizer_header &H;
};

} // namespace

TokenizerResult<Tokenizer> Tokenizer::open(const void *Bytes, size_t Size) {
  if (reinterpret_cast<uintptr_t>(Bytes) % 8 != 0)
    return TokenizerError{"tokenizer tables: expected memory aligned to 8 bytes"};
  if (Size < sizeof(facet_tokenizer_header))
    return TokenizerError{"tokenizer tables: expected at least " +
                          std::to_string(sizeof(facet_tokenizer_header)) + " bytes, found " +
                          std::to_string(Size)};
  Tokenizer T(static_cast<const facet_tokenizer_header *>(Bytes));
  Checker Check(T);
  if (!Check.check(Size))
    return TokenizerError{std::move(Check.Message)};
  return T;
}

std::string_view Tokenizer::text(uint32_t Id) const {
  if (Id >= Header->id_count)
    return {};
  const uint32_t *Offsets = table<uint32_t>(FACET_TOKENIZER_TEXT_OFFSETS);
  return {table<char>(FACET_TOKENIZER_TEXT) + Offsets[Id], Offsets[Id + 1] - Offsets[Id]};
}

uint32_t Tokenizer::find(std::string_view Text) const {
  if (Text.empty() || Text.size() > FACET_MAX_TOKEN_BYTES)
    return None;
  const uint32_t *Index = table<uint32_t>(FACET_TOKENIZER_INDEX);
  uint32_t Mask = count(FACET_TOKENIZER_INDEX) - 1;
  for (uint32_t Slot = facet_tokenizer_hash(Text.data(), Text.size()) & Mask; Index[Slot] != None;
       Slot = (Slot + 1) & Mask)
    if (text(Index[Slot]) == Text)
      return Index[Slot];
  return None;
}

} // namespace facet
