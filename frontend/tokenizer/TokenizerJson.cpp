// Reads a tokenizer.json strictly: kKeys lists each key as used, must-equal or inert; any other is an error.
#include "frontend/tokenizer/TokenizerJson.h"
#include "frontend/tokenizer/JsonEvents.h"

#include "runtime/limits.h"
#include "runtime/tokenizer_format.h"

#include <algorithm>

namespace facet {
namespace {

using json = nlohmann::json;

enum class Use {
  Used,  ///< read below
  Equal, ///< must be Value, or null if Optional
  Inert, ///< has no effect on text and ids here
};

struct KeyRule {
  const char *Key;
  Use What;
  bool Required;
  const char *Value = ""; ///< JSON; several are separated by '|'
};

// A rule per key of a file of Gemma's form. `added_tokens[]` stands for each element.
const KeyRule kKeys[] = {
    {"version", Use::Equal, false, "\"1.0\""},
    {"truncation", Use::Equal, false, "null"},
    {"padding", Use::Equal, false, "null"},
    {"added_tokens", Use::Used, true},
    {"normalizer", Use::Equal, true, R"({"type":"Replace","pattern":{"String":" "},"content":"▁"})"},
    // It looks for spaces, and the normalizer has left none.
    {"pre_tokenizer", Use::Equal, false,
     R"(null|{"type":"Split","pattern":{"String":" "},"behavior":"MergedWithPrevious","invert":false})"},
    {"post_processor", Use::Used, false}, // what it may be: checkPostProcessor
    {"decoder", Use::Equal, true,
     R"({"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},)"
     R"({"type":"ByteFallback"},{"type":"Fuse"}]})"},
    {"model", Use::Used, true},
    {"model.type", Use::Equal, true, "\"BPE\""},
    {"model.dropout", Use::Equal, false, "null|0.0"},
    {"model.unk_token", Use::Used, false},
    {"model.continuing_subword_prefix", Use::Equal, false, "null|\"\""},
    {"model.end_of_word_suffix", Use::Equal, false, "null|\"\""},
    {"model.fuse_unk", Use::Used, false},
    {"model.byte_fallback", Use::Used, false},
    {"model.ignore_merges", Use::Used, false},
    {"model.vocab", Use::Used, true},
    {"model.merges", Use::Used, true},
    {"added_tokens[].id", Use::Used, true},
    {"added_tokens[].content", Use::Used, true},
    {"added_tokens[].single_word", Use::Equal, true, "false"},
    {"added_tokens[].lstrip", Use::Equal, true, "false"},
    {"added_tokens[].rstrip", Use::Equal, true, "false"},
    {"added_tokens[].normalized", Use::Used, true},
    {"added_tokens[].special", Use::Used, true},
};

std::string shown(const json &Value) {
  std::string Text = Value.dump(-1, ' ', false, json::error_handler_t::replace);
  return Text.size() <= 200 ? Text : Text.substr(0, 200) + "...";
}

std::string inQuotes(std::string_view Text) { return shown(json(std::string(Text.substr(0, 100)))); }

class Reader {
public:
  Reader(std::string_view FileName, const TokenizerBuildOptions &Options)
      : File(FileName), Options(Options) {}

  TokenizerBuildResult<TokenizerDescription> read(std::string_view Text) {
    if (!json::sax_parse(Text.begin(), Text.end(), &Events))
      return TokenizerBuildError{File, Events.Key, Events.Expected, Events.Found, ""};
    const json &Root = Events.Document;
    if (!checkKeys(Root, "", "") || !checkPostProcessor(Root) || !readModel(Root) || !readAdded(Root) ||
        !addExtra())
      return Error;
    return std::move(D);
  }

private:
  bool fail(std::string Key, std::string Expected, std::string Found, std::string Advice = "") {
    Error = {File, std::move(Key), std::move(Expected), std::move(Found), std::move(Advice)};
    return false;
  }

  /// Holds an object against the rules whose keys start with Prefix; Path is what errors call it.
  bool checkKeys(const json &Object, const std::string &Prefix, const std::string &Path) {
    if (!Object.is_object())
      return fail(Path.empty() ? "" : Path.substr(0, Path.size() - 1), "an object", shown(Object));
    for (const KeyRule &Rule : kKeys) {
      std::string_view Key = Rule.Key;
      if (!Key.starts_with(Prefix) || Key.find('.', Prefix.size()) != Key.npos)
        continue;
      std::string Name(Key.substr(Prefix.size()));
      bool Present = Object.contains(Name) || (Key == "model.vocab" && Events.HasVocab) ||
                     (Key == "model.merges" && Events.HasMerges);
      if (!Present && Rule.Required)
        return fail(Path + Name, "the key", "nothing");
      if (Rule.What == Use::Equal && Object.contains(Name) && !equalsOne(Object[Name], Rule.Value))
        return fail(Path + Name, Rule.Value, shown(Object[Name]),
                    "this compiler builds tokenizers of Gemma's form only");
    }
    for (const auto &[Name, Value] : Object.items()) {
      bool Known = Name.find('.') == Name.npos && // a dot would let it pose as a key of an inner object
                   std::any_of(std::begin(kKeys), std::end(kKeys),
                               [&](const KeyRule &R) { return R.Key == Prefix + Name; });
      bool Allowed = std::count(Options.AllowedKeys.begin(), Options.AllowedKeys.end(), Path + Name);
      if (!Known && !Allowed)
        return fail(Path + Name, "no such key", shown(Value),
                    "if it does not change the ids, pass --allow-config " + Path + Name);
    }
    return true;
  }

  static bool equalsOne(const json &Value, std::string_view Choices) {
    for (size_t Begin = 0; Begin <= Choices.size();) {
      size_t End = std::min(Choices.find('|', Begin), Choices.size());
      if (Value == json::parse(Choices.substr(Begin, End - Begin)))
        return true;
      Begin = End + 1;
    }
    return false;
  }

  /// A template processor adds <bos> around a text. Here that is the chat template's or the caller's to do,
  /// so it is inert; any other post-processor is not.
  bool checkPostProcessor(const json &Root) {
    json Post = Root.value("post_processor", json());
    if (Post.is_null() || (Post.is_object() && Post.value("type", json()) == "TemplateProcessing"))
      return true;
    return fail("post_processor", "null or one of type TemplateProcessing", shown(Post));
  }

  bool flag(const json &Object, const std::string &Path, const char *Name, bool &Value) {
    json Found = Object.value(Name, json(false));
    if (!Found.is_boolean())
      return fail(Path + Name, "true or false", shown(Found));
    Value = Found.get<bool>();
    return true;
  }

  /// Claims Id for Text, which must be new.
  bool name(uint64_t Id, std::string_view Text, const std::string &Key) {
    if (Id >= FACET_MAX_TOKEN_IDS)
      return fail(Key, "an id below " + std::to_string(FACET_MAX_TOKEN_IDS), std::to_string(Id));
    if (Text.empty() || Text.size() > FACET_MAX_TOKEN_BYTES)
      return fail(Key, "1 to " + std::to_string(FACET_MAX_TOKEN_BYTES) + " bytes",
                  std::to_string(Text.size()));
    if (Id >= D.Texts.size())
      D.Texts.resize(Id + 1);
    if (!D.Texts[Id].empty())
      return fail(Key, "each id once",
                  "id " + std::to_string(Id) + " for " + inQuotes(D.Texts[Id]) + " and " + inQuotes(Text));
    D.Texts[Id] = Text;
    return true;
  }

  bool readModel(const json &Root) {
    const json &Model = Root["model"];
    if (!checkKeys(Model, "model.", "model.") || !flag(Model, "model.", "fuse_unk", D.FuseUnk) ||
        !flag(Model, "model.", "byte_fallback", D.ByteFallback) ||
        !flag(Model, "model.", "ignore_merges", D.IgnoreMerges))
      return false;
    for (auto &[Text, Id] : Events.Vocab)
      if (!name(Id, Text, "model.vocab." + Text.substr(0, 100)))
        return false;
    if (D.Texts.empty())
      return fail("model.vocab", "at least one token", "none");
    for (uint32_t Id = 0; Id < D.Texts.size(); ++Id)
      if (!D.Texts[Id].empty() && !D.Ids.emplace(D.Texts[Id], Id).second)
        return fail("model.vocab", "each token once", inQuotes(D.Texts[Id]) + " twice");
    json Unk = Model.value("unk_token", json());
    if (!Unk.is_null() && !Unk.is_string())
      return fail("model.unk_token", "a string or null", shown(Unk));
    D.UnkId = FACET_TOKENIZER_NONE;
    if (Unk.is_string() && !find(Unk.get_ref<const std::string &>(), D.UnkId))
      return fail("model.unk_token", "a token of the vocabulary", shown(Unk));
    return readMerges();
  }

  bool find(std::string_view Text, uint32_t &Id) const {
    auto It = D.Ids.find(Text);
    if (It == D.Ids.end())
      return false;
    Id = It->second;
    return true;
  }

  bool readMerges() {
    if (Events.Merges.size() > FACET_MAX_MERGES)
      return fail("model.merges", "at most " + std::to_string(FACET_MAX_MERGES) + " merges",
                  std::to_string(Events.Merges.size()));
    D.Merges.reserve(Events.Merges.size());
    for (const auto &[Left, Right] : Events.Merges) {
      TokenizerDescription::Merge Merge;
      const std::string Whole = Left + Right;
      for (auto [Part, Id] : {std::pair{&Left, &Merge.Left}, {&Right, &Merge.Right}, {&Whole, &Merge.Result}})
        if (!find(*Part, *Id))
          return fail("model.merges." + std::to_string(D.Merges.size()), "tokens of the vocabulary",
                      inQuotes(*Part));
      D.Merges.push_back(Merge);
    }
    return true;
  }

  bool readAdded(const json &Root) {
    const json &List = Root["added_tokens"];
    if (!List.is_array())
      return fail("added_tokens", "an array", shown(List));
    // Tokens that the model lacks are numbered in order after it, as Hugging Face does whatever `id` says.
    uint64_t Next = D.Ids.size();
    for (const json &Token : List) {
      std::string Path = "added_tokens." + std::to_string(D.Added.size()) + ".";
      if (!checkKeys(Token, "added_tokens[].", Path))
        return false;
      const json &Id = Token["id"], &Content = Token["content"];
      AddedToken New;
      if (!flag(Token, Path, "normalized", New.Normalized) || !flag(Token, Path, "special", New.Special))
        return false;
      if (!Id.is_number_unsigned())
        return fail(Path + "id", "an id, an integer from 0 up", shown(Id));
      if (!Content.is_string())
        return fail(Path + "content", "a string", shown(Content));
      New.Content = Content.get<std::string>();
      bool Known = find(New.Content, New.Id);
      uint64_t Should = Known ? New.Id : Next;
      if (Id.get<uint64_t>() != Should)
        return fail(Path + "id", std::to_string(Should) + " for " + inQuotes(New.Content), shown(Id));
      if (!Known && !name(Should, New.Content, Path + "id"))
        return false;
      New.Id = static_cast<uint32_t>(Should);
      Next += !Known;
      D.Added.push_back(std::move(New));
    }
    return true;
  }

  bool addExtra() {
    for (const std::string &Content : Options.ExtraSpecialTokens) {
      auto Same = std::find_if(D.Added.begin(), D.Added.end(),
                               [&](const AddedToken &T) { return T.Content == Content; });
      if (Same != D.Added.end()) {
        Same->Special = true;
        continue;
      }
      uint32_t Id;
      if (!find(Content, Id))
        return fail("model.vocab", "the extra special token " + inQuotes(Content), "no such token");
      D.Added.push_back({Id, Content, false, true});
    }
    return true;
  }

  std::string File;
  const TokenizerBuildOptions &Options;
  JsonEvents Events;
  TokenizerDescription D;
  TokenizerBuildError Error;
};

} // namespace

std::string TokenizerBuildError::describe() const {
  std::string Text =
      File + ": " + Key + (Key.empty() ? "" : ": ") + "expected " + Expected + ", found " + Found;
  return Advice.empty() ? Text : Text + "; " + Advice;
}

TokenizerBuildResult<TokenizerDescription> readTokenizerJson(std::string_view Json, std::string_view FileName,
                                                             const TokenizerBuildOptions &Options) {
  return Reader(FileName, Options).read(Json);
}

TokenizerBuildResult<std::vector<uint8_t>> buildTokenizerTables(std::string_view TokenizerJson,
                                                                std::string_view FileName,
                                                                const TokenizerBuildOptions &Options) {
  auto Description = readTokenizerJson(TokenizerJson, FileName, Options);
  if (!Description)
    return Description.error();
  return layOutTokenizerTables(*Description, FileName);
}

} // namespace facet
