// What facet eval compares exactly: tokenizer, prompts, ids and greedy text; and perplexity.
#include "tools/eval_checks.h"

#include "runtime/text/Json.h"
#include "runtime/text/tokenizer/Decoder.h"
#include "runtime/text/tokenizer/Encoder.h"

#include <cmath>
#include <limits>
#include <set>

using namespace facet;
using json = nlohmann::ordered_json;

static size_t differences(const std::vector<int32_t> &A, const std::vector<int32_t> &B) {
  size_t Count = std::max(A.size(), B.size()) - std::min(A.size(), B.size());
  for (size_t I = 0; I < std::min(A.size(), B.size()); ++I)
    Count += A[I] != B[I];
  return Count;
}

std::string Evaluation::run() {
  if (Folder.TokenizerCases.is_array())
    checkTokenizer();
  std::set<std::string> Names;
  size_t Index = 0;
  for (const json &Case : Folder.Cases) {
    const json &Name = member(Case, "name");
    if (!Name.is_string() || !Names.insert(Name.get<std::string>()).second)
      return Folder.Path + "/cases.json: case " + std::to_string(Index) + ": expected a name of its own";
    checkCase(Case);
    ++Index;
  }
  if (!Folder.Perplexity.is_null())
    checkPerplexity();
  return "";
}

void Evaluation::checkTokenizer() {
  Encoder Encode(Text.tokenizer());
  size_t WrongIds = 0, WrongText = 0, Decoded = 0;
  std::string FirstIds, FirstText;
  for (const json &Case : Folder.TokenizerCases) {
    const json &Input = member(Case, "text"), &Expected = member(Case, "decoded");
    std::vector<int32_t> Ids;
    if (!Input.is_string() || !readIds(member(Case, "ids"), INT32_MAX, Ids))
      return Report.failed("tokenizer", "ids", "expected cases of text and ids in tokenizer_cases.json");
    std::vector<uint32_t> Unsigned(Ids.begin(), Ids.end());
    auto Found = Encode.encode(Input.get_ref<const std::string &>());
    if (!Found || *Found != Unsigned) {
      if (!WrongIds++)
        FirstIds = "first: " + quoteJson(Input.get<std::string>().substr(0, 40));
    }
    if (!Expected.is_string())
      continue;
    ++Decoded;
    if (decode(Text.tokenizer(), Unsigned) != Expected.get_ref<const std::string &>() && !WrongText++)
      FirstText = "first: " + quoteJson(Input.get<std::string>().substr(0, 40));
  }
  Report.measured("tokenizer", "ids", static_cast<double>(WrongIds), 0, FirstIds);
  if (Decoded)
    Report.measured("tokenizer", "decoded", static_cast<double>(WrongText), 0, FirstText);
}

void Evaluation::checkCase(const json &Case) {
  std::string Name = member(Case, "name").get<std::string>(), Sense = senseNeeded(Folder, Case);
  if (!Sense.empty())
    return Report.skipped(Name, "all", Sense);
  std::vector<int32_t> Ids;
  if (!readIds(member(Case, "input_ids"), Text.details().vocab_size, Ids) || Ids.empty())
    return Report.failed(Name, "all",
                         "expected input_ids below " + std::to_string(Text.details().vocab_size) +
                             "; the goldens are of another model");
  if (member(Case, "prompt").is_string())
    checkPrompt(Name, Case, Ids);
  checkTensors(Name, Case, Ids);
  if (member(Case, "greedy_ids").is_array())
    checkGreedy(Name, Case, Ids);
}

void Evaluation::checkPrompt(const std::string &Name, const json &Case, const std::vector<int32_t> &Ids) {
  const std::string Expected = member(Case, "prompt").get<std::string>();
  if (!member(Case, "messages").is_array())
    return Report.failed(Name, "prompt", "expected messages beside the prompt");
  // Keys keep the order of the file.
  json Ordered = {{"messages", Case["messages"]}};
  if (member(Case, "options").is_object())
    Ordered["options"] = Case["options"];
  if (member(Case, "tools").is_array())
    Ordered["tools"] = Case["tools"];
  auto Conversation = fromJson(Ordered);
  if (!Conversation)
    return Report.failed(Name, "prompt", Conversation.error().describe());
  TextResult<Rendered> Prompt = Text.render(*Conversation);
  if (!Prompt)
    return Report.failed(Name, "prompt", Prompt.error().Message);
  size_t Same = 0;
  while (Same < std::min(Prompt->text.size(), Expected.size()) && Prompt->text[Same] == Expected[Same])
    ++Same;
  bool Equal = Prompt->text == Expected;
  Report.measured(Name, "prompt", Equal ? 0 : 1, 0,
                  Equal ? "" : "differs from byte " + std::to_string(Same) + " on");
  TextResult<std::vector<int32_t>> Found = Text.encode(*Prompt);
  if (!Found)
    return Report.failed(Name, "input_ids", Found.error().Message);
  Report.measured(Name, "input_ids", static_cast<double>(differences(*Found, Ids)), 0);
}

void Evaluation::checkGreedy(const std::string &Name, const json &Case, const std::vector<int32_t> &Ids) {
  if (!Exact)
    return Report.skipped(Name, "greedy_ids", RoundsNote);
  std::vector<int32_t> Expected;
  if (!readIds(Case["greedy_ids"], Text.details().vocab_size, Expected) || Expected.empty())
    return Report.failed(Name, "greedy_ids",
                         "expected ids below " + std::to_string(Text.details().vocab_size));
  TextOptions Options;
  Options.MaxTokens = static_cast<int32_t>(Expected.size());
  Options.Sampling.greedy = 1;
  TextResult<GeneratedText> Result = Session.generateIds(Ids, Options);
  if (!Result)
    return Report.failed(Name, "greedy_ids", Result.error().Message);
  Report.measured(Name, "greedy_ids", static_cast<double>(differences(Result->Ids, Expected)), 0);
  const json &Written = member(Case, "greedy_text");
  if (!Written.is_string())
    return;
  std::vector<uint32_t> Found(Result->Ids.begin(), Result->Ids.end());
  Report.measured(Name, "greedy_text", decode(Text.tokenizer(), Found) == Written.get<std::string>() ? 0 : 1,
                  0);
}

void Evaluation::checkPerplexity() {
  const json &Conversations = member(Folder.Perplexity, "conversations");
  const json &Golden = member(Folder.Perplexity, "answer_nll");
  if (!Conversations.is_array() || !Golden.is_number())
    return Report.failed("perplexity", "answer_nll",
                         "expected conversations and answer_nll in perplexity.json");
  double Limit = std::fabs(Golden.get<double>()) * 1e-4;
  if (!Exact) {
    const json &Reference = member(Folder.Bf16, "answer_nll"), &Base = member(Folder.Bf16, "answer_nll_f32");
    if (!Reference.is_number() || !Base.is_number())
      return Report.skipped("perplexity", "answer_nll", "no limit for this artifact: bf16.json has none");
    Limit = std::fabs(Reference.get<double>() - Base.get<double>());
  }
  double Total = 0;
  size_t Count = 0;
  for (const json &Conversation : Conversations) {
    const json &Answer = member(Conversation, "answer");
    std::vector<int32_t> Ids;
    if (!readIds(member(Conversation, "ids"), Text.details().vocab_size, Ids) || !Answer.is_array() ||
        Answer.size() != Ids.size())
      return Report.failed("perplexity", "answer_nll",
                           "expected ids of this model, and as many marks of answers");
    std::vector<bool> Wanted(Ids.size());
    for (size_t I = 1; I < Ids.size(); ++I)
      Wanted[I - 1] = Answer[I] == true || Answer[I] == 1;
    size_t LayersSeen = 0;
    std::string Error = runIds(Ids, Wanted, nullptr, LayersSeen, [&](size_t Position, const float *Logits) {
      Total -= facet_log_probability(Logits, Text.details().vocab_size, Ids[Position + 1]);
      ++Count;
    });
    if (!Error.empty())
      return Report.failed("perplexity", "answer_nll", Error);
  }
  const json &Expected = member(Folder.Perplexity, "answer_tokens");
  if (!Count || (Expected.is_number_unsigned() && Expected.get<uint64_t>() != Count))
    return Report.failed("perplexity", "answer_nll",
                         "expected as many answer tokens as answer_tokens says, found " +
                             std::to_string(Count));
  double Nll = Total / static_cast<double>(Count);
  char Note[64];
  std::snprintf(Note, sizeof(Note), "%.6f, golden %.6f", Nll, Golden.get<double>());
  Report.measured("perplexity", "answer_nll", std::fabs(Nll - Golden.get<double>()), Limit, Note);
}
