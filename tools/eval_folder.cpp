// Reads a golden folder for facet eval. Its files may hold anything.
#include "tools/eval_checks.h"

#include "tools/template_source.h"

#include <sys/stat.h>

using namespace facet;
using json = nlohmann::ordered_json;

static bool exists(const std::string &Path) {
  struct stat Info;
  return stat(Path.c_str(), &Info) == 0;
}

static std::string readJson(const std::string &Path, json &Value) {
  if (!exists(Path))
    return "";
  std::string Bytes, Error;
  if (!readWholeFile(Path, size_t(256) << 20, Bytes, Error))
    return Error;
  if (!isShallowJson(Bytes))
    return Path + ": expected lists and objects at most 100 deep, found deeper ones";
  Value = json::parse(Bytes, nullptr, false);
  return Value.is_discarded() ? Path + ": expected JSON, found something else" : "";
}

std::string facet::readGoldenFolder(const std::string &Path, GoldenFolder &Folder) {
  Folder.Path = Path;
  struct stat Info;
  if (stat(Path.c_str(), &Info) != 0 || !S_ISDIR(Info.st_mode))
    return Path + ": expected a folder of goldens, found none";
  const std::pair<const char *, json *> Files[] = {{"cases.json", &Folder.Cases},
                                                   {"tokenizer_cases.json", &Folder.TokenizerCases},
                                                   {"perplexity.json", &Folder.Perplexity},
                                                   {"bf16.json", &Folder.Bf16}};
  for (auto [Name, Value] : Files) {
    std::string Error = readJson(Path + "/" + Name, *Value);
    if (!Error.empty())
      return Error;
  }
  if (!Folder.Cases.is_array() && !Folder.Cases.is_null())
    return Path + "/cases.json: expected a list of cases, found something else";
  if (!Folder.TokenizerCases.is_array() && !Folder.TokenizerCases.is_null())
    return Path + "/tokenizer_cases.json: expected a list of cases, found something else";
  if (Folder.Cases.is_null() && Folder.TokenizerCases.is_null() && Folder.Perplexity.is_null())
    return Path + ": expected cases.json, tokenizer_cases.json or perplexity.json, found none of them";
  std::string Tensors = Path + "/tensors.safetensors";
  Folder.HasTensors = exists(Tensors);
  return Folder.HasTensors ? Folder.Tensors.read(Tensors) : "";
}

const json &facet::member(const json &Object, const char *Key) {
  static const json Null;
  if (!Object.is_object())
    return Null;
  auto Found = Object.find(Key);
  return Found == Object.end() ? Null : *Found;
}

bool facet::readIds(const json &List, int32_t VocabSize, std::vector<int32_t> &Ids) {
  if (!List.is_array())
    return false;
  Ids.clear();
  for (const json &Id : List) {
    if (!Id.is_number_unsigned() || Id.get<uint64_t>() >= static_cast<uint64_t>(VocabSize))
      return false;
    Ids.push_back(Id.get<int32_t>());
  }
  return true;
}

size_t facet::longestSequence(const GoldenFolder &Folder) {
  size_t Longest = 1;
  for (const json &Case : Folder.Cases)
    if (senseNeeded(Folder, Case).empty())
      Longest = std::max(Longest, member(Case, "input_ids").size() + member(Case, "greedy_ids").size());
  for (const json &Conversation : member(Folder.Perplexity, "conversations"))
    Longest = std::max(Longest, member(Conversation, "ids").size());
  return Longest;
}

std::string facet::senseNeeded(const GoldenFolder &Folder, const json &Case) {
  for (const json &Message : member(Case, "messages")) {
    const json &Content = member(Message, "content");
    if (!Content.is_array())
      continue;
    for (const json &Part : Content) {
      const json &Type = member(Part, "type");
      if (Type.is_string() && Type != "text")
        return "needs " + Type.get<std::string>();
    }
  }
  const json &Name = member(Case, "name");
  if (Name.is_string()) {
    if (Folder.Tensors.has(Name.get<std::string>() + ".pixel_values"))
      return "needs image";
    if (Folder.Tensors.has(Name.get<std::string>() + ".input_features"))
      return "needs audio";
  }
  return "";
}
