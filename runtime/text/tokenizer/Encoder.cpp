// Cuts a text into added tokens and segments, segments into pieces that merge by themselves, and merges
// those.
#include "runtime/text/tokenizer/Encoder.h"
#include "runtime/limits.h"
#include "runtime/text/template/Template.h" // Span
#include "runtime/text/tokenizer/Utf8.h"

#include <algorithm>
#include <cstring>

namespace facet {
namespace {
constexpr uint32_t None = Tokenizer::None;
constexpr uint32_t SpaceCode = 0x2581;
} // namespace

/// The ids of one piece, found by its bytes; one cache line.
struct alignas(64) PieceCache {
  static constexpr size_t MaxBytes = 32, MaxIds = 7;
  uint64_t Bytes[MaxBytes / 8]; ///< with zeros behind
  uint8_t Size, Count;          ///< Size 0: free
  uint32_t Ids[MaxIds];
};
static_assert(sizeof(PieceCache) == 64);

/// Which bytes may hold special tokens. Each round of cutAdded, raw and normal, asks about ascending
/// positions.
struct Encoder::Trust {
  bool Everything;
  std::span<const Span> Spans;
  size_t First[2] = {0, 0}; ///< by round: the first span that ends after the last position asked about

  bool covers(size_t Begin, size_t End, bool Normal) {
    if (Everything)
      return true;
    while (First[Normal] < Spans.size() && Spans[First[Normal]].end <= Begin)
      ++First[Normal];
    for (size_t I = First[Normal]; I < Spans.size() && Spans[I].begin <= Begin && Spans[I].fromTemplate;
         ++I) {
      if (End <= Spans[I].end)
        return true;
      Begin = Spans[I].end; // goes on if the next span is adjacent
    }
    return false;
  }
};

Encoder::Encoder(const Tokenizer &T, unsigned CacheBits)
    : T(T), Merge(T), CacheBits(CacheBits), Cache(new PieceCache[size_t(2) << CacheBits]()) {
  const facet_tokenizer_header &Header = T.header();
  CanCut = (Header.flags & FACET_TOKENIZER_JOINS) && (Header.flags & FACET_TOKENIZER_BYTE_FALLBACK) &&
           std::none_of(Header.byte_ids, Header.byte_ids + 256, [](uint32_t Id) { return Id == None; });
  for (uint32_t Byte = 0; Byte < 256; ++Byte) {
    uint32_t Id = Byte < 128 ? T.codeId(Byte == ' ' ? SpaceCode : Byte) : None;
    if (Byte < 128)
      AsciiCodeId[Byte] = Id;
    OneByte[Byte] = Id != None ? Id : Byte == ' ' ? None : Header.byte_ids[Byte];
  }
  std::memset(Starts, 0, sizeof(Starts));
  for (bool Normal : {false, true}) {
    if (T.count(Normal ? FACET_TOKENIZER_NORMAL_NODES : FACET_TOKENIZER_RAW_NODES) == 0)
      continue;
    auto Root =
        *T.table<facet_tokenizer_node>(Normal ? FACET_TOKENIZER_NORMAL_NODES : FACET_TOKENIZER_RAW_NODES);
    auto Edges = T.table<uint32_t>(Normal ? FACET_TOKENIZER_NORMAL_EDGES : FACET_TOKENIZER_RAW_EDGES) +
                 Root.first_edge;
    for (uint32_t E = 0; E < Root.edge_count; ++E)
      Starts[Normal][Edges[E] & 255] = true;
    if (Normal && Starts[1][0xe2]) // U+2581
      Starts[1][' '] = true;
  }
}

Encoder::~Encoder() = default;
Encoder::Encoder(Encoder &&) noexcept = default;

TokenizerResult<std::vector<uint32_t>> Encoder::encode(std::string_view Text) {
  if (Text.size() > MaxTextBytes)
    return TokenizerError{"text: expected at most " + std::to_string(MaxTextBytes) + " bytes, found " +
                          std::to_string(Text.size())};
  Ids.clear();
  BatchSize = 0; // not so if the call before ran out of memory
  Trust Where{true, {}};
  cutAdded(Text, 0, Text.size(), false, Where);
  return std::exchange(Ids, {});
}

TokenizerResult<std::vector<uint32_t>> Encoder::encode(std::string_view Text, std::span<const Span> Spans) {
  if (Text.size() > MaxTextBytes)
    return TokenizerError{"text: expected at most " + std::to_string(MaxTextBytes) + " bytes, found " +
                          std::to_string(Text.size())};
  size_t End = 0;
  for (const Span &S : Spans) {
    bool Empty = S.begin == S.end && Spans.size() > 1; // an empty text's only span may be empty
    if (S.begin < End || S.end < S.begin || Empty || S.end > Text.size())
      return TokenizerError{"spans: expected ascending ones inside the text, found one of bytes " +
                            std::to_string(S.begin) + " to " + std::to_string(S.end)};
    End = S.end;
  }
  Ids.clear();
  BatchSize = 0; // not so if the call before ran out of memory
  Trust Where{false, Spans};
  cutAdded(Text, 0, Text.size(), false, Where);
  return std::exchange(Ids, {});
}

/// Cuts added tokens out of Text[Begin, End): first those that match the text as it is (Normal false), then,
/// between them, those that match the normalised text. Leftmost first, of those the longest.
void Encoder::cutAdded(std::string_view Text, size_t Begin, size_t End, bool Normal, Trust &Where) {
  auto Rest = [&](size_t From, size_t To) {
    if (From == To)
      return;
    if (Normal)
      return encodeSegment(Text.substr(From, To - From));
    cutAdded(Text, From, To, true, Where);
  };
  const bool *Start = Starts[Normal];
  bool Any = T.count(Normal ? FACET_TOKENIZER_NORMAL_NODES : FACET_TOKENIZER_RAW_NODES) > 0;
  size_t From = Begin;
  for (size_t At = Any ? Begin : End; At < End;) {
    if (!Start[static_cast<unsigned char>(Text[At])]) {
      ++At;
      continue;
    }
    size_t Length;
    uint32_t Id = matchAdded(Text, At, End, Normal, Where, Length);
    if (Id == None) {
      ++At;
      continue;
    }
    Rest(From, At);
    Ids.push_back(Id);
    At = From = At + Length;
  }
  Rest(From, End);
}

/// The longest added token that starts at At and may match there, or None.
uint32_t Encoder::matchAdded(std::string_view Text, size_t At, size_t End, bool Normal, Trust &Where,
                             size_t &Length) const {
  auto Nodes =
      T.table<facet_tokenizer_node>(Normal ? FACET_TOKENIZER_NORMAL_NODES : FACET_TOKENIZER_RAW_NODES);
  auto Edges = T.table<uint32_t>(Normal ? FACET_TOKENIZER_NORMAL_EDGES : FACET_TOKENIZER_RAW_EDGES);
  auto Step = [&](uint32_t Node, unsigned char Byte) {
    const uint32_t *First = Edges + Nodes[Node].first_edge, *Last = First + Nodes[Node].edge_count;
    const uint32_t *Edge = std::partition_point(First, Last, [&](uint32_t E) { return (E & 255) < Byte; });
    return Edge != Last && (*Edge & 255) == Byte ? *Edge >> 8 : 0; // the root is nobody's child
  };
  uint32_t Node = 0, Best = None;
  End = std::min(End, At + FACET_MAX_ADDED_TOKEN_BYTES);
  for (size_t I = At; I < End; ++I) {
    unsigned char Byte = static_cast<unsigned char>(Text[I]);
    if (Normal && Byte == ' ') {
      for (unsigned char Part : {0xe2, 0x96, 0x81})
        if ((Node = Step(Node, Part)) == 0)
          return Best;
    } else if ((Node = Step(Node, Byte)) == 0) {
      return Best;
    }
    uint32_t Id = Nodes[Node].id;
    if (Id != None && (!T.isSpecial(Id) || Where.covers(At, I + 1, Normal))) {
      Best = Id;
      Length = I + 1 - At;
    }
  }
  return Best;
}

void Encoder::encodeSegment(std::string_view Segment) {
  if (T.header().flags & FACET_TOKENIZER_IGNORE_MERGES)
    if (uint32_t Id = wholeSegment(Segment); Id != None)
      return Ids.push_back(Id);
  if (CanCut)
    return encodePieces(Segment);
  // An unknown token may stand for characters far apart (see addSymbols), so the segment is one piece.
  Symbols.clear();
  addSymbols(Segment);
  size_t Count = Merge.merge(Symbols.data(), Symbols.size());
  Ids.insert(Ids.end(), Symbols.begin(), Symbols.begin() + static_cast<ptrdiff_t>(Count));
}

/// The token that is all of Segment, or None. Control tokens do not count: where they may match they already
/// have.
uint32_t Encoder::wholeSegment(std::string_view Segment) const {
  if (Segment.size() > FACET_MAX_TOKEN_BYTES)
    return None;
  std::string Normal;
  for (char C : Segment)
    C == ' ' ? Normal.append("\xe2\x96\x81") : Normal.append(1, C);
  uint32_t Id = T.find(Normal);
  return Id != None && T.isSpecial(Id) ? None : Id;
}

bool Encoder::joins(uint32_t Left, uint32_t Right) const {
  uint64_t Mask = uint64_t(T.count(FACET_TOKENIZER_JOIN_BITS)) * 64 - 1;
  uint64_t Bit = facet_tokenizer_join_hash(Left, Right) & Mask;
  return T.table<uint64_t>(FACET_TOKENIZER_JOIN_BITS)[Bit / 64] >> (Bit % 64) & 1;
}

/// Cuts wherever no merge joins the characters left and right of a place, and encodes what is between the
/// cuts.
void Encoder::encodePieces(std::string_view Segment) {
  const char *Text = Segment.data();
  const size_t Size = Segment.size();
  const uint64_t *Ascii = T.table<uint64_t>(FACET_TOKENIZER_ASCII_JOINS);
  size_t Begin = 0;
  auto Cut = [&](size_t At) {
    if (At > Begin)
      addPiece(Text + Begin, At - Begin, Begin + PieceCache::MaxBytes <= Size);
    Begin = At;
  };
  uint32_t Previous = InvalidCode; // the character before, InvalidCode if it joins nothing
  for (size_t I = 0; I < Size;) {
    unsigned char Byte = static_cast<unsigned char>(Text[I]);
    if (Byte < 128) {
      bool Join = Previous < 128 ? Ascii[Previous * 2 + Byte / 64] >> (Byte % 64) & 1
                                 : Previous != InvalidCode && joins(Previous, Byte == ' ' ? SpaceCode : Byte);
      if (!Join)
        Cut(I);
      Previous = Byte;
      ++I;
      continue;
    }
    Utf8Character C = utf8At(Text + I, Size - I);
    uint32_t Code = C.Code == InvalidCode || T.codeId(C.Code) == None ? InvalidCode : C.Code;
    if (Code == InvalidCode || Previous == InvalidCode ||
        !joins(Previous == ' ' ? SpaceCode : Previous, Code))
      Cut(I);
    Previous = Code;
    I += C.Size;
  }
  Cut(Size);
  encodeBatch();
}

/// Puts a piece into the batch: its place in the cache is asked for now and looked at later, when it has
/// arrived. MayOverread: MaxBytes can be read at Begin.
void Encoder::addPiece(const char *Begin, size_t Size, bool MayOverread) {
  if (BatchSize == MaxBatch)
    encodeBatch();
  Piece &P = Batch[BatchSize++];
  P.Text = {Begin, Size};
  P.Entry = nullptr;
  if (Size == 1 || Size > PieceCache::MaxBytes)
    return;
  if (MayOverread) { // a copy of fixed size is faster by far
    std::memcpy(P.Words, Begin, sizeof(P.Words));
    for (size_t I = 0; I < 4; ++I) {
      size_t Bits = Size <= I * 8 ? 0 : Size * 8 - I * 64;
      P.Words[I] &= Bits >= 64 ? ~uint64_t(0) : (uint64_t(1) << Bits) - 1;
    }
  } else {
    std::memset(P.Words, 0, sizeof(P.Words));
    std::memcpy(P.Words, Begin, Size);
  }
  uint64_t Hash = P.Words[0] * 0x9e3779b97f4a7c15ull ^ P.Words[1] * 0xd6e8feb86659fd93ull ^
                  P.Words[2] * 0xa0761d6478bd642full ^ P.Words[3] * 0xe7037ed1a0b428dbull ^ Size;
  Hash = (Hash ^ Hash >> 32) * 0x9e3779b97f4a7c15ull;
  P.Entry = &Cache[(Hash >> (64 - CacheBits)) * 2];
  __builtin_prefetch(P.Entry);
  __builtin_prefetch(P.Entry + 1);
}

void Encoder::encodeBatch() {
  for (size_t I = 0; I < BatchSize; ++I)
    encodePiece(Batch[I]);
  BatchSize = 0;
}

/// Encodes a piece that merges by itself, with the help of the cache.
void Encoder::encodePiece(const Piece &P) {
  if (uint32_t Id = OneByte[static_cast<unsigned char>(P.Text[0])]; P.Text.size() == 1 && Id != None)
    return Ids.push_back(Id);
  if (P.Entry)
    for (PieceCache *Way = P.Entry; Way != P.Entry + 2; ++Way)
      if (Way->Size == P.Text.size() && std::memcmp(Way->Bytes, P.Words, sizeof(P.Words)) == 0) {
        Ids.insert(Ids.end(), Way->Ids, Way->Ids + Way->Count);
        if (Way != P.Entry)
          std::swap(P.Entry[0], P.Entry[1]); // the one used last stays longest
        return;
      }
  Symbols.clear();
  addSymbols(P.Text);
  size_t Count = Merge.merge(Symbols.data(), Symbols.size());
  Ids.insert(Ids.end(), Symbols.begin(), Symbols.begin() + static_cast<ptrdiff_t>(Count));
  if (P.Entry && Count <= PieceCache::MaxIds) {
    P.Entry[1] = P.Entry[0];
    std::memcpy(P.Entry->Bytes, P.Words, sizeof(P.Words));
    P.Entry->Size = static_cast<uint8_t>(P.Text.size());
    P.Entry->Count = static_cast<uint8_t>(Count);
    std::copy_n(Symbols.data(), Count, P.Entry->Ids);
  }
}

/// Appends the symbols that merging starts from: a token for each character, else its bytes' tokens, else
/// <unk>. As in Hugging Face, an <unk> is written only before the next character that has a token of its own,
/// or at the end: byte tokens overtake it.
void Encoder::addSymbols(std::string_view Text) {
  const facet_tokenizer_header &Header = T.header();
  bool Pending = false;
  for (size_t I = 0; I < Text.size();) {
    Utf8Character C = utf8At(Text.data() + I, Text.size() - I);
    uint32_t Id = C.Code < 128 ? AsciiCodeId[C.Code] : C.Code == InvalidCode ? None : T.codeId(C.Code);
    std::string_view Bytes = C.Code == ' ' ? std::string_view("\xe2\x96\x81") : Text.substr(I, C.Size);
    I += C.Size;
    if (Id != None) {
      if (std::exchange(Pending, false))
        Symbols.push_back(Header.unk_id);
      Symbols.push_back(Id);
      continue;
    }
    auto ByteId = [&](char Byte) { return Header.byte_ids[static_cast<unsigned char>(Byte)]; };
    if ((Header.flags & FACET_TOKENIZER_BYTE_FALLBACK) &&
        std::none_of(Bytes.begin(), Bytes.end(), [&](char Byte) { return ByteId(Byte) == None; })) {
      for (char Byte : Bytes)
        Symbols.push_back(ByteId(Byte));
      continue;
    }
    if (Header.unk_id == None)
      continue;
    if (Pending && !(Header.flags & FACET_TOKENIZER_FUSE_UNK))
      Symbols.push_back(Header.unk_id);
    Pending = true;
  }
  if (Pending)
    Symbols.push_back(Header.unk_id);
}

} // namespace facet
