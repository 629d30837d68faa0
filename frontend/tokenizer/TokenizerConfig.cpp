// Reads the extra special tokens of a tokenizer_config.json.
#include "frontend/tokenizer/TokenizerBuilder.h"

#include <nlohmann/json.hpp>

namespace facet {

TokenizerBuildResult<std::vector<std::string>> readExtraSpecialTokens(std::string_view ConfigJson,
                                                                      std::string_view FileName) {
  using json = nlohmann::json;
  json Root = json::parse(ConfigJson, nullptr, false);
  auto Fail = [&](std::string Key, std::string Expected) {
    return TokenizerBuildError{std::string(FileName), std::move(Key), std::move(Expected), "something else",
                               ""};
  };
  if (!Root.is_object())
    return Fail("", "a JSON object");
  std::vector<std::string> Contents;
  for (const char *Key : {"extra_special_tokens", "additional_special_tokens"}) {
    json List = Root.value(Key, json());
    if (List.is_null())
      continue;
    if (!List.is_array() && !List.is_object())
      return Fail(Key, "a list or an object of tokens");
    for (const json &Token : List) { // of an object, its values
      const json Content = Token.is_object() ? Token.value("content", json()) : Token;
      if (!Content.is_string())
        return Fail(Key, "tokens that are strings, or objects with content");
      Contents.push_back(Content.get<std::string>());
    }
  }
  return Contents;
}

} // namespace facet
