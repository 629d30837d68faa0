// Text to ids, exactly as Hugging Face tokenizers does it for Gemma's form of BPE, in time linear in the text
// up to a logarithm: added tokens are cut out, the rest is cut where no merge can join, and the pieces are
// merged.
#ifndef FACET_RUNTIME_TEXT_TOKENIZER_ENCODER_H
#define FACET_RUNTIME_TEXT_TOKENIZER_ENCODER_H

#include "runtime/text/tokenizer/Merger.h"
#include "runtime/text/tokenizer/Tokenizer.h"

#include <memory>
#include <span>
#include <vector>

namespace facet {

struct Span; // runtime/text/template/Template.h: {begin, end, fromTemplate}
struct PieceCache;

/// Holds a cache (4 MiB unless it is made smaller) and scratch memory that grows with the longest piece; keep
/// one for each thread and reuse it. What it returns does not depend on what it encoded before. The
/// tokenizer's bytes must outlive it.
///
/// No prefix space is put before the text, and no <bos> or other token is added. Bytes that are not UTF-8
/// become the tokens of those bytes.
class Encoder {
public:
  static constexpr size_t MaxTextBytes = size_t(1) << 28;

  /// The cache has 2^CacheBits sets of two pieces; 1 to 24.
  explicit Encoder(const Tokenizer &T, unsigned CacheBits = 15);
  ~Encoder();
  Encoder(Encoder &&) noexcept;

  /// All text is trusted: special tokens match anywhere, as in Hugging Face. Fails only above MaxTextBytes.
  TokenizerResult<std::vector<uint32_t>> encode(std::string_view Text);

  /// Special tokens match only where every byte of them is in spans with fromTemplate; other added tokens
  /// match anywhere, and merges cross spans. Spans are ascending, not empty and do not overlap; bytes in none
  /// count as data. Fails if spans are not so or leave the text, and above MaxTextBytes.
  TokenizerResult<std::vector<uint32_t>> encode(std::string_view Text, std::span<const Span> Spans);

private:
  struct Trust;
  struct Piece {
    std::string_view Text;
    PieceCache *Entry; ///< where the cache would have it; null if it is too long for that
    uint64_t Words[4]; ///< its bytes, with zeros behind
  };
  static constexpr size_t MaxBatch = 16;

  void cutAdded(std::string_view Text, size_t Begin, size_t End, bool Normal, Trust &Where);
  uint32_t matchAdded(std::string_view Text, size_t At, size_t End, bool Normal, Trust &Where,
                      size_t &Length) const;
  void encodeSegment(std::string_view Segment);
  void encodePieces(std::string_view Segment);
  void addPiece(const char *Begin, size_t Size, bool MayOverread);
  void encodeBatch();
  void encodePiece(const Piece &P);
  void addSymbols(std::string_view Text);
  uint32_t wholeSegment(std::string_view Segment) const;
  bool joins(uint32_t Left, uint32_t Right) const;

  Tokenizer T;
  Merger Merge;
  bool CanCut;           ///< at places where nothing joins: then no unknown token crosses such a place either
  uint32_t OneByte[256]; ///< ids of pieces of one byte; None for a space that is three byte tokens
  uint32_t AsciiCodeId[128]; ///< codeId, a space being U+2581
  bool Starts[2][256];       ///< the first bytes of added tokens, raw and normal
  unsigned CacheBits;
  std::unique_ptr<PieceCache[]> Cache;
  Piece Batch[MaxBatch]; ///< pieces found and not encoded yet
  size_t BatchSize = 0;
  std::vector<uint32_t> Symbols;
  std::vector<uint32_t> Ids;
};

} // namespace facet
#endif
