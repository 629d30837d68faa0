// Lays out the tokenizer's tables: token texts and their index, code points, merges by pair, where two
// characters can join, and the tries of added tokens.
#include "frontend/tokenizer/TokenizerJson.h"

#include "runtime/limits.h"
#include "runtime/tokenizer_format.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <map>

static_assert(std::endian::native == std::endian::little,
              "the tables are little-endian and written as they lie in memory");

namespace facet {
namespace {

constexpr uint32_t None = FACET_TOKENIZER_NONE;
constexpr std::string_view Space = "▁"; // what the normalizer makes of a space
constexpr uint32_t SpaceCode = 0x2581;

/// The code point at the start of valid UTF-8, and its length.
std::pair<uint32_t, size_t> firstCode(std::string_view Text) {
  auto Byte = [&](size_t I) { return static_cast<unsigned char>(Text[I]); };
  auto Tail = [&](size_t I) { return Byte(I) & 63u; };
  if (Byte(0) < 0x80)
    return {Byte(0), 1};
  if (Byte(0) < 0xe0)
    return {(Byte(0) & 31u) << 6 | Tail(1), 2};
  if (Byte(0) < 0xf0)
    return {(Byte(0) & 15u) << 12 | Tail(1) << 6 | Tail(2), 3};
  return {(Byte(0) & 7u) << 18 | Tail(1) << 12 | Tail(2) << 6 | Tail(3), 4};
}

uint32_t lastCode(std::string_view Text) {
  size_t Begin = Text.size() - 1;
  while (Begin > 0 && (Text[Begin] & 0xc0) == 0x80)
    --Begin;
  return firstCode(Text.substr(Begin)).first;
}

/// The byte that a token decodes to, or -1. Hugging Face's decoder takes "<0x", two characters that Rust
/// parses as a hexadecimal number, a plus sign among them, and ">".
int byteOf(std::string_view Text) {
  if (Text.size() != 6 || !Text.starts_with("<0x") || Text[5] != '>')
    return -1;
  auto Digit = [](char C) {
    return C >= '0' && C <= '9'   ? C - '0'
           : C >= 'A' && C <= 'F' ? C - 'A' + 10
           : C >= 'a' && C <= 'f' ? C - 'a' + 10
                                  : -1;
  };
  int High = Text[3] == '+' ? 0 : Digit(Text[3]), Low = Digit(Text[4]);
  return High < 0 || Low < 0 ? -1 : High * 16 + Low;
}

struct Trie {
  struct Node {
    std::map<uint8_t, uint32_t> Children;
    uint32_t Id = None;
  };
  std::vector<Node> Nodes;

  /// False if the text is there already.
  bool insert(std::string_view Text, uint32_t Id) {
    if (Nodes.empty())
      Nodes.emplace_back();
    uint32_t At = 0;
    for (unsigned char Byte : Text) {
      auto [Child, New] = Nodes[At].Children.try_emplace(Byte, static_cast<uint32_t>(Nodes.size()));
      At = Child->second;
      if (New)
        Nodes.emplace_back();
    }
    return std::exchange(Nodes[At].Id, Id) == None;
  }
};

class Layout {
public:
  Layout(const TokenizerDescription &D, std::string_view FileName) : D(D), File(FileName) {
    std::memset(&Header, 0, sizeof(Header));
    Bytes.resize(sizeof(Header));
  }

  TokenizerBuildResult<std::vector<uint8_t>> build() {
    Header.magic = FACET_TOKENIZER_MAGIC;
    Header.version = FACET_TOKENIZER_VERSION;
    Header.flags = (D.FuseUnk ? FACET_TOKENIZER_FUSE_UNK : 0) |
                   (D.ByteFallback ? FACET_TOKENIZER_BYTE_FALLBACK : 0) |
                   (D.IgnoreMerges ? FACET_TOKENIZER_IGNORE_MERGES : 0);
    Header.id_count = static_cast<uint32_t>(D.Texts.size());
    Header.unk_id = D.UnkId;
    if (!tokens() || !merges() || !added())
      return Error;
    codes();
    joins();
    if (Bytes.size() > INT32_MAX)
      return TokenizerBuildError{File, "", "tables below 2 GiB", std::to_string(Bytes.size()), ""};
    Bytes.resize((Bytes.size() + 63) / 64 * 64);
    Header.size = static_cast<uint32_t>(Bytes.size());
    std::memcpy(Bytes.data(), &Header, sizeof(Header));
    return std::move(Bytes);
  }

private:
  bool fail(std::string Key, std::string Expected, std::string Found) {
    Error = {File, std::move(Key), std::move(Expected), std::move(Found), ""};
    return false;
  }

  template <typename T> void add(facet_tokenizer_table_kind Kind, const std::vector<T> &Elements) {
    Bytes.resize((Bytes.size() + 63) / 64 * 64);
    Header.tables[Kind] = {static_cast<uint32_t>(Bytes.size()), static_cast<uint32_t>(Elements.size())};
    const uint8_t *Begin = reinterpret_cast<const uint8_t *>(Elements.data());
    Bytes.insert(Bytes.end(), Begin, Begin + Elements.size() * sizeof(T));
  }

  /// Slots of a hash table for Count entries: at most half full.
  static size_t slots(size_t Count) { return std::bit_ceil(std::max<size_t>(Count * 2, 2)); }

  bool tokens() {
    std::vector<uint32_t> Offsets;
    std::vector<char> Text;
    Flags.resize(D.Texts.size());
    std::vector<uint32_t> Index(slots(D.Texts.size()), None);
    std::fill_n(Header.byte_ids, 256, None);
    for (uint32_t Id = 0; Id < D.Texts.size(); ++Id) {
      const std::string &Token = D.Texts[Id];
      Offsets.push_back(static_cast<uint32_t>(Text.size()));
      if (Token.empty())
        continue;
      Text.insert(Text.end(), Token.begin(), Token.end());
      if (Text.size() > INT32_MAX)
        return fail("model.vocab", "texts of less than 2 GiB together", "more");
      int Byte = byteOf(Token);
      Flags[Id] = FACET_TOKENIZER_EXISTS | (Byte >= 0 ? FACET_TOKENIZER_BYTE | Byte << 8 : 0);
      size_t Slot = facet_tokenizer_hash(Token.data(), Token.size()) & (Index.size() - 1);
      while (Index[Slot] != None)
        Slot = (Slot + 1) & (Index.size() - 1);
      Index[Slot] = Id;
    }
    Offsets.push_back(static_cast<uint32_t>(Text.size()));
    for (int Byte = 0; Byte < 256; ++Byte) { // encoding writes upper case only
      char Name[] = {'<', '0', 'x', "0123456789ABCDEF"[Byte >> 4], "0123456789ABCDEF"[Byte & 15], '>'};
      if (auto It = D.Ids.find({Name, 6}); It != D.Ids.end())
        Header.byte_ids[Byte] = It->second;
    }
    for (const AddedToken &Token : D.Added)
      Flags[Token.Id] |= FACET_TOKENIZER_ADDED | (Token.Special ? FACET_TOKENIZER_SPECIAL : 0);
    add(FACET_TOKENIZER_TEXT_OFFSETS, Offsets);
    add(FACET_TOKENIZER_TEXT, Text);
    add(FACET_TOKENIZER_TOKENS, Flags);
    add(FACET_TOKENIZER_INDEX, Index);
    return true;
  }

  /// Merges that make a special token are left out, so that text from data, where special tokens do not
  /// match, cannot spell one. In trusted text they never applied: a special token's text is cut out before
  /// merging.
  bool merges() {
    std::vector<facet_tokenizer_merge> Slots(slots(D.Merges.size()), {None, 0, 0, 0});
    for (uint32_t Rank = 0; Rank < D.Merges.size(); ++Rank) {
      const auto &Merge = D.Merges[Rank];
      if (Flags[Merge.Result] & FACET_TOKENIZER_SPECIAL)
        continue;
      size_t Slot = facet_tokenizer_pair_hash(Merge.Left, Merge.Right) & (Slots.size() - 1);
      while (Slots[Slot].left != None && (Slots[Slot].left != Merge.Left || Slots[Slot].right != Merge.Right))
        Slot = (Slot + 1) & (Slots.size() - 1);
      Slots[Slot] = {Merge.Left, Merge.Right, Rank, Merge.Result};
    }
    add(FACET_TOKENIZER_MERGES, Slots);
    return true;
  }

  bool added() {
    Trie Tries[2];
    for (size_t I = 0; I < D.Added.size(); ++I) {
      const AddedToken &Token = D.Added[I];
      std::string Key = "added_tokens." + std::to_string(I) + ".content", Pattern = Token.Content;
      if (Token.Normalized)
        for (size_t At; (At = Pattern.find(' ')) != Pattern.npos;)
          Pattern.replace(At, 1, Space);
      if (Pattern.empty() || Pattern.size() > FACET_MAX_ADDED_TOKEN_BYTES)
        return fail(Key, "1 to " + std::to_string(FACET_MAX_ADDED_TOKEN_BYTES) + " bytes",
                    std::to_string(Pattern.size()));
      // What keeps text from data from spelling a control token: see merges().
      if (Token.Special && (firstCode(Pattern).second == Pattern.size() || byteOf(Pattern) >= 0))
        return fail(Key, "a special token of more than one character", Pattern);
      if (Token.Special && !Token.Normalized && Pattern.find(Space) != Pattern.npos)
        return fail(Key, "a special token without U+2581", Pattern);
      if (!Tries[Token.Normalized].insert(Pattern, Token.Id))
        return fail(Key, "each added token once", Pattern + " twice");
    }
    addTrie(FACET_TOKENIZER_RAW_NODES, FACET_TOKENIZER_RAW_EDGES, Tries[0]);
    addTrie(FACET_TOKENIZER_NORMAL_NODES, FACET_TOKENIZER_NORMAL_EDGES, Tries[1]);
    return true;
  }

  void addTrie(facet_tokenizer_table_kind NodeKind, facet_tokenizer_table_kind EdgeKind, const Trie &From) {
    std::vector<facet_tokenizer_node> Nodes;
    std::vector<uint32_t> Edges;
    for (const Trie::Node &Node : From.Nodes) {
      Nodes.push_back(
          {static_cast<uint32_t>(Edges.size()), static_cast<uint32_t>(Node.Children.size()), Node.Id});
      for (auto [Byte, Child] : Node.Children)
        Edges.push_back(Child << 8 | Byte);
    }
    add(NodeKind, Nodes);
    add(EdgeKind, Edges);
  }

  /// Code points that are tokens of the model; tokens that were only added match literally or not at all.
  void codes() {
    std::map<uint32_t, std::array<uint32_t, 256>> Pages;
    for (const auto &[Text, Id] : D.Ids)
      if (auto [Code, Size] = firstCode(Text); Size == Text.size()) {
        auto [Page, New] = Pages.try_emplace(Code >> 8);
        if (New)
          Page->second.fill(None);
        Page->second[Code & 255] = Id;
      }
    std::vector<uint16_t> Map(FACET_TOKENIZER_CODE_PAGES, 0);
    std::vector<uint32_t> Ids(256, None); // page 0 is the empty one
    for (const auto &[High, Page] : Pages) {
      Map[High] = static_cast<uint16_t>(Ids.size() / 256);
      Ids.insert(Ids.end(), Page.begin(), Page.end());
    }
    add(FACET_TOKENIZER_CODE_PAGE_MAP, Map);
    add(FACET_TOKENIZER_CODE_IDS, Ids);
  }

  /// Two neighbouring characters can end up in one token only if some merge's left part ends with the first
  /// and its right part starts with the second. The encoder cuts everywhere else. That reasoning needs each
  /// part to consist of the characters that its text spells, which byte tokens and the unknown token do not.
  void joins() {
    std::vector<uint64_t> Pairs;
    bool Hold = true;
    for (const auto &Merge : D.Merges) {
      if (Flags[Merge.Result] & FACET_TOKENIZER_SPECIAL)
        continue;
      for (uint32_t Part : {Merge.Left, Merge.Right})
        Hold &= !(Flags[Part] & FACET_TOKENIZER_BYTE) && Part != D.UnkId;
      Pairs.push_back(uint64_t(lastCode(D.Texts[Merge.Left])) << 32 | firstCode(D.Texts[Merge.Right]).first);
    }
    std::sort(Pairs.begin(), Pairs.end());
    Pairs.erase(std::unique(Pairs.begin(), Pairs.end()), Pairs.end());
    std::vector<uint64_t> Ascii(256), Bits(std::bit_ceil(std::max<size_t>(Pairs.size() / 4, 64)));
    for (uint64_t Pair : Pairs) {
      uint32_t Left = Pair >> 32, Right = static_cast<uint32_t>(Pair);
      uint64_t Bit = facet_tokenizer_join_hash(Left, Right) & (Bits.size() * 64 - 1);
      Bits[Bit / 64] |= uint64_t(1) << (Bit % 64);
      // The text that the encoder cuts still has its spaces.
      uint32_t A = Left == SpaceCode ? ' ' : Left, B = Right == SpaceCode ? ' ' : Right;
      if (A < 128 && B < 128 && Left != ' ' && Right != ' ')
        Ascii[A * 2 + B / 64] |= uint64_t(1) << (B % 64);
    }
    Header.flags |= Hold ? FACET_TOKENIZER_JOINS : 0;
    add(FACET_TOKENIZER_ASCII_JOINS, Ascii);
    add(FACET_TOKENIZER_JOIN_BITS, Bits);
  }

  const TokenizerDescription &D;
  std::string File;
  facet_tokenizer_header Header;
  std::vector<uint8_t> Bytes;
  std::vector<uint16_t> Flags;
  TokenizerBuildError Error;
};

} // namespace

TokenizerBuildResult<std::vector<uint8_t>> layOutTokenizerTables(const TokenizerDescription &Description,
                                                                 std::string_view FileName) {
  return Layout(Description, FileName).build();
}

} // namespace facet
