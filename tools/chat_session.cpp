// A conversation with a model. Its file is one line of JSON, then the bytes of the sequence:
//   {"facet_chat":1,"model":"<root digest>","system":"","think":false,"draw":0,"messages":[...],"ids":[...],
//    "state_sha256":"<of those bytes>"}
#include "tools/chat_session.h"

#include "runtime/core/Sha256.h"
#include "runtime/text/template/Unicode.h"
#include "tools/golden_tensors.h"
#include "tools/new_file.h"
#include "tools/template_source.h"

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

namespace facet {

using json = nlohmann::json;

namespace {

constexpr size_t MostBytes = size_t(64) << 30;

std::string hex(const unsigned char *Digest) {
  static const char Digits[] = "0123456789abcdef";
  std::string Hex;
  for (int I = 0; I < 32; ++I)
    for (int Shift : {4, 0})
      Hex += Digits[Digest[I] >> Shift & 15];
  return Hex;
}

std::string sha256Of(std::string_view Bytes) {
  unsigned char Digest[32];
  sha256(Bytes.data(), Bytes.size(), Digest);
  return hex(Digest);
}

std::string digestOf(const TextModel &Text) { return hex(Text.details().root_digest); }

TemplateValue valueOf(const std::string &Role, const std::string &Content) {
  return TemplateValue::dict(
      {{"role", TemplateValue::string(Role)}, {"content", TemplateValue::string(Content)}});
}

bool readString(const json &Object, const char *Key, std::string &Out) {
  const auto Found = Object.find(Key);
  if (Found == Object.end() || !Found->is_string())
    return false;
  Out = Found->get<std::string>();
  return isValidUtf8(Out);
}

} // namespace

struct ChatSession::Saved {
  std::string System;
  bool Think = false;
  uint64_t Draw = 0;
  std::vector<ChatMessage> Messages;
  std::vector<int32_t> Ids;
};

TemplateValue ChatSession::conversation() const {
  std::vector<TemplateValue> List;
  if (!System.empty())
    List.push_back(valueOf("system", System));
  for (const ChatMessage &M : Messages)
    List.push_back(valueOf(M.Role, M.Content));
  return TemplateValue::dict({{"messages", TemplateValue::list(std::move(List))},
                              {"enable_thinking", TemplateValue::boolean(Think)}});
}

TextResult<GeneratedText> ChatSession::ask(std::string Question, TextOptions Options) {
  Options.FirstDraw = NextDraw;
  Options.Reuse = true;
  Messages.push_back({"user", std::move(Question)});
  TextResult<GeneratedText> Result = Session.generate(conversation(), Options);
  if (!Result || Result->Text.empty()) {
    Messages.pop_back();
    return Result;
  }
  NextDraw = Result->NextDraw;
  Messages.push_back({"assistant", Result->Text});
  return Result;
}

void ChatSession::reset() {
  Messages.clear();
  NextDraw = 0;
  Session.clear();
}

std::string ChatSession::save(const std::string &Path) const {
  TextResult<std::string> State = Session.save();
  if (!State)
    return Path + ": " + State.error().Message;
  json List = json::array();
  for (const ChatMessage &M : Messages)
    List.push_back({{"role", M.Role}, {"content", M.Content}});
  const json Header = {{"facet_chat", 1},       {"model", digestOf(Text)},
                       {"system", System},      {"think", Think},
                       {"draw", NextDraw},      {"messages", List},
                       {"ids", Session.held()}, {"state_sha256", sha256Of(*State)}};
  const std::string Line = Header.dump() + "\n";
  NewFile File(Path);
  const bool Good =
      File.write(Line.data(), Line.size()) && File.write(State->data(), State->size()) && File.keep();
  return Good ? "" : Path + ": " + std::strerror(errno);
}

std::string ChatSession::parse(std::string_view Header, std::string_view State, Saved &Out) const {
  const json Parsed = isShallowJson(Header) ? json::parse(Header, nullptr, false) : json();
  const auto Has = [&](const char *Key, auto Is) { return Parsed.contains(Key) && Is(Parsed[Key]); };
  const auto isNatural = [](const json &V) { return V.is_number_unsigned(); };
  std::string Model;
  if (!Parsed.is_object() || !Has("facet_chat", [](const json &V) { return V == 1; }) ||
      !readString(Parsed, "model", Model))
    return "expected a conversation that facet chat saved, found something else";
  if (Model != digestOf(Text))
    return "expected a conversation with this artifact, found one with the artifact of root " +
           Model.substr(0, 12) + "...; facet inspect shows an artifact's root";
  bool Good = readString(Parsed, "system", Out.System) &&
              Has("think", [](const json &V) { return V.is_boolean(); }) && Has("draw", isNatural) &&
              Has("messages", [](const json &V) { return V.is_array(); }) &&
              Has("ids", [](const json &V) { return V.is_array(); });
  for (size_t I = 0; Good && I < Parsed["messages"].size(); ++I) {
    ChatMessage M;
    const json &Item = Parsed["messages"][I];
    Good = Item.is_object() && readString(Item, "role", M.Role) && readString(Item, "content", M.Content) &&
           M.Role == (I % 2 ? "assistant" : "user");
    Out.Messages.push_back(std::move(M));
  }
  for (size_t I = 0; Good && I < Parsed["ids"].size(); ++I) {
    const json &Id = Parsed["ids"][I];
    Good = isNatural(Id) && Id.get<uint64_t>() < static_cast<uint64_t>(Text.details().vocab_size);
    Out.Ids.push_back(Good ? Id.get<int32_t>() : 0);
  }
  std::string Digest;
  if (!Good || !readString(Parsed, "state_sha256", Digest) || Digest != sha256Of(State))
    return "the conversation is damaged";
  Out.Think = Parsed["think"];
  Out.Draw = Parsed["draw"];
  return "";
}

std::string ChatSession::load(const std::string &Path) {
  std::string Bytes, Error;
  if (!readWholeFile(Path, MostBytes, Bytes, Error))
    return Error;
  const size_t End = std::min(Bytes.find('\n'), Bytes.size());
  const std::string_view State = std::string_view(Bytes).substr(std::min(End + 1, Bytes.size()));
  Saved New;
  if (std::string Problem = parse(std::string_view(Bytes).substr(0, End), State, New); !Problem.empty())
    return Path + ": " + Problem;
  // A sequence that is refused leaves an empty one, which the next question fills again.
  TextResult<bool> Restored = Session.restore(std::move(New.Ids), State);
  if (!Restored)
    return Path + ": " + Restored.error().Message;
  System = std::move(New.System);
  Think = New.Think;
  NextDraw = New.Draw;
  Messages = std::move(New.Messages);
  return "";
}

} // namespace facet
