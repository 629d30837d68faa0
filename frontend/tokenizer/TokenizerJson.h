// What a tokenizer.json says, after every key has been checked: the input of TokenizerTables.
#ifndef FACET_FRONTEND_TOKENIZER_TOKENIZERJSON_H
#define FACET_FRONTEND_TOKENIZER_TOKENIZERJSON_H

#include "frontend/tokenizer/TokenizerBuilder.h"

#include <deque>
#include <unordered_map>

namespace facet {

struct AddedToken {
  uint32_t Id;
  std::string Content;
  bool Normalized, Special;
};

/// A BPE model of Gemma's form. All ids are below FACET_MAX_TOKEN_IDS and unique, texts are unique and
/// not empty, merges name tokens that exist.
struct TokenizerDescription {
  struct Merge {
    uint32_t Left, Right, Result;
  };
  std::deque<std::string> Texts; ///< by id; "" where no token has the id. A deque, for Ids points into it
  std::unordered_map<std::string_view, uint32_t> Ids; ///< into Texts; of the model's own vocabulary only
  std::vector<Merge> Merges;                          ///< by rank; of equal pairs the last one counts
  std::vector<AddedToken> Added;                      ///< in file order, extra special tokens last
  uint32_t UnkId;                                     ///< or FACET_TOKENIZER_NONE
  bool FuseUnk, ByteFallback, IgnoreMerges;
};

TokenizerBuildResult<TokenizerDescription> readTokenizerJson(std::string_view Json, std::string_view FileName,
                                                             const TokenizerBuildOptions &Options);

/// Lays out the tables of a description. Fails only where a rule of the format is broken.
TokenizerBuildResult<std::vector<uint8_t>> layOutTokenizerTables(const TokenizerDescription &Description,
                                                                 std::string_view FileName);

} // namespace facet
#endif
