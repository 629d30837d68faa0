// A small tokenizer.json to test with: lower-case letters, a few words, all byte tokens, a control token.
#ifndef FACET_TEST_RUNTIME_TEXT_TOKENIZER_SMALLTOKENIZER_H
#define FACET_TEST_RUNTIME_TEXT_TOKENIZER_SMALLTOKENIZER_H

#include "frontend/tokenizer/TokenizerBuilder.h"
#include "runtime/text/tokenizer/Decoder.h"
#include "runtime/text/tokenizer/Encoder.h"

#include <cstdio>
#include <gtest/gtest.h>

namespace facet {

/// The vocabulary, in order: <unk>, the 256 byte tokens, then Names. Merges are written ["a","b"],["ab","c"].
struct SmallTokenizer {
  std::string Model = R"("unk_token":"<unk>","fuse_unk":true,"byte_fallback":true)";
  std::vector<std::string> Names = {"<bos>", "<|turn>", "a",   "b",  "c",  "d",  "▁",
                                    "<",     "ab",      "abc", "▁a", "▁▁", "aa", "<b"};
  std::string Merges = R"(["a","b"],["ab","c"],["▁","a"],["▁","▁"],["a","a"],["<","b"])";
  bool ByteTokens = true;
  /// content, special, normalized
  std::vector<std::tuple<std::string, bool, bool>> Added = {{"<bos>", true, false}, {"<|turn>", true, false}};

  std::string json() const {
    std::vector<std::string> All = {"<unk>"};
    for (int Byte = 0; Byte < 256 && ByteTokens; ++Byte) {
      char Name[8];
      std::snprintf(Name, sizeof(Name), "<0x%02X>", Byte);
      All.push_back(Name);
    }
    All.insert(All.end(), Names.begin(), Names.end());
    std::string Vocab, Tokens;
    for (size_t Id = 0; Id < All.size(); ++Id)
      Vocab += (Id ? ",\"" : "\"") + All[Id] + "\":" + std::to_string(Id);
    for (auto &[Content, Special, Normalized] : Added) {
      auto At = std::find(All.begin(), All.end(), Content);
      size_t Id = static_cast<size_t>(At - All.begin());
      if (At == All.end())
        All.push_back(Content);
      auto Flag = [](bool Value) { return Value ? "true" : "false"; };
      Tokens +=
          (Tokens.empty() ? "" : ",") + std::string("{\"id\":") + std::to_string(Id) + ",\"content\":\"" +
          Content +
          "\",\"single_word\":false,\"lstrip\":false,\"rstrip\":false,\"normalized\":" + Flag(Normalized) +
          ",\"special\":" + Flag(Special) + "}";
    }
    return R"({"version":"1.0","truncation":null,"padding":null,"added_tokens":[)" + Tokens +
           R"(],"normalizer":{"type":"Replace","pattern":{"String":" "},"content":"▁"},"pre_tokenizer":null,)" +
           R"("post_processor":null,"decoder":{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},)" +
           R"("content":" "},{"type":"ByteFallback"},{"type":"Fuse"}]},"model":{"type":"BPE",)" + Model +
           ",\"vocab\":{" + Vocab + "},\"merges\":[" + Merges + "]}}";
  }
};

/// Tables and the tokenizer in them.
struct OpenedTokenizer {
  std::vector<uint8_t> Tables;
  std::optional<Tokenizer> T;

  explicit OpenedTokenizer(const SmallTokenizer &Small = {}) : OpenedTokenizer(Small.json()) {}
  explicit OpenedTokenizer(const std::string &Json) {
    auto Built = buildTokenizerTables(Json, "tokenizer.json");
    EXPECT_TRUE(Built) << (Built ? "" : Built.error().describe());
    if (Built)
      Tables = std::move(*Built);
    auto Opened = Tokenizer::open(Tables.data(), Tables.size());
    EXPECT_TRUE(Opened) << (Opened ? "" : Opened.error().Message);
    if (Opened)
      T = *Opened;
  }

  static std::string shown(const Tokenizer &T, const std::vector<uint32_t> &Ids) {
    std::string Text;
    for (uint32_t Id : Ids)
      Text += (Text.empty() ? "" : "|") + std::string(T.text(Id));
    return Text;
  }
  /// The tokens' texts with bars between them.
  std::string pieces(std::string_view Text) const { return shown(*T, *Encoder(*T).encode(Text)); }
  uint32_t id(std::string_view Text) const { return T->find(Text); }
};

} // namespace facet
#endif
