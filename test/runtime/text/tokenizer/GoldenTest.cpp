// The checkpoints' goldens, which Hugging Face tokenizers computed: odd texts, and the prompts of all text
// cases.
#include "test/runtime/text/tokenizer/SmallTokenizer.h"

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

using namespace facet;
using nlohmann::json;

static std::string read(const std::string &Path) {
  std::ifstream File(Path, std::ios::binary);
  return {std::istreambuf_iterator<char>(File), {}};
}

class Golden : public testing::TestWithParam<const char *> {};

TEST_P(Golden, TextsAndPrompts) {
  std::string Folder = FACET_MODELS "/" + std::string(GetParam());
  OpenedTokenizer Opened(read(Folder + "/tokenizer.json"));
  Encoder E(*Opened.T);
  size_t Cases = 0;
  for (const json &Case : json::parse(read(Folder + "/golden/tokenizer_cases.json"))) {
    std::string Text = Case["text"];
    auto Ids = Case["ids"].get<std::vector<uint32_t>>();
    EXPECT_EQ(*E.encode(Text), Ids) << Text;
    EXPECT_EQ(decode(*Opened.T, Ids), Case["decoded"].get<std::string>());
    ++Cases;
  }
  for (const json &Case : json::parse(read(Folder + "/golden/cases.json"))) {
    std::string Prompt = Case["prompt"];
    if (Prompt.find("<|image|>") == Prompt.npos && Prompt.find("<|audio|>") == Prompt.npos) {
      EXPECT_EQ(*E.encode(Prompt), Case["input_ids"].get<std::vector<uint32_t>>()) << Case["name"];
      ++Cases;
    }
    // What was generated reads back as the text that Hugging Face made of it.
    auto Ids = Case["greedy_ids"].get<std::vector<uint32_t>>();
    std::string Text = Case["greedy_text"];
    EXPECT_TRUE(decode(*Opened.T, Ids) == Text || decode(*Opened.T, Ids, {.SkipSpecial = true}) == Text)
        << Case["name"];
  }
  EXPECT_GE(Cases, 220u);
}

INSTANTIATE_TEST_SUITE_P(Checkpoints, Golden,
                         testing::Values("gemma4-nano-e", "gemma4-nano-moe", "gemma4-nano-dense"));
