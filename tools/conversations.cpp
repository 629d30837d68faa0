// Conversations from JSON or lines of text. The files may hold anything.
#include "tools/conversations.h"

#include "runtime/text/template/Unicode.h"
#include "tools/golden_tensors.h"
#include "tools/template_source.h"

#include <nlohmann/json.hpp>

using namespace facet;
using json = nlohmann::json;

static constexpr size_t MostBytes = size_t(256) << 20;

static bool appendIds(const json &Object, const char *Key, int32_t VocabSize, std::vector<int32_t> &Ids) {
  const auto Found = Object.find(Key);
  if (Found == Object.end() || !Found->is_array())
    return false;
  for (const json &Id : *Found) {
    if (!Id.is_number_unsigned() || Id.get<uint64_t>() >= static_cast<uint64_t>(VocabSize))
      return false;
    Ids.push_back(Id.get<int32_t>());
  }
  return true;
}

static std::string readJson(const std::string &Path, const json &Document, int32_t VocabSize,
                            std::vector<Conversation> &List) {
  const bool IsObject = Document.is_object() && Document.contains("conversations");
  const json &Items = IsObject ? Document["conversations"] : Document;
  if (!Items.is_array())
    return Path + ": expected a list, or an object with a list 'conversations'";
  for (const json &Item : Items) {
    Conversation C;
    const bool Good = Item.is_object() && (appendIds(Item, "ids", VocabSize, C.Ids) ||
                                           (C.Ids.empty() && appendIds(Item, "input_ids", VocabSize, C.Ids)));
    if (!Good || (Item.contains("greedy_ids") && !appendIds(Item, "greedy_ids", VocabSize, C.Ids)))
      return Path + ": conversation " + std::to_string(List.size()) +
             ": expected 'ids', or 'input_ids' and maybe 'greedy_ids', lists of numbers from 0 to " +
             std::to_string(VocabSize - 1);
    List.push_back(std::move(C));
  }
  return "";
}

static void readLines(std::string_view Text, std::vector<Conversation> &List) {
  while (!Text.empty()) {
    const size_t End = std::min(Text.find('\n'), Text.size());
    std::string_view Line = Text.substr(0, End);
    Text.remove_prefix(std::min(End + 1, Text.size()));
    if (Line.ends_with('\r'))
      Line.remove_suffix(1);
    if (!Line.empty())
      List.push_back({std::string(Line), {}});
  }
}

std::string facet::readConversations(const std::string &Path, int32_t VocabSize,
                                     std::vector<Conversation> &List) {
  std::string Bytes, Error;
  if (!readWholeFile(Path, MostBytes, Bytes, Error))
    return Error;
  if (!isValidUtf8(Bytes))
    return Path + ": expected UTF-8, found other bytes";
  const json Document = isShallowJson(Bytes) ? json::parse(Bytes, nullptr, false) : json();
  if (Document.is_structured()) {
    if (Error = readJson(Path, Document, VocabSize, List); !Error.empty())
      return Error;
  } else {
    readLines(Bytes, List);
  }
  return List.empty() ? Path + ": expected prompts or conversations, found none" : "";
}
