// Conversations through a session that is watched.
#include "tools/run_importance.h"

#include "runtime/abi.h"
#include "tools/conversations.h"
#include "tools/importance_collector.h"

#include <cinttypes>
#include <cstdio>

using namespace facet;

static constexpr int32_t DefaultTokens = 256;

facet_session_options facet::collectingOptions(facet_session_options Options) {
  Options.max_rows = Options.max_outputs = FACET_ROW_GROUP;
  return Options;
}

/// The prompt's ids and those of the model's answer, greedily.
static std::string answer(const RunOptions &O, const TextModel &Text, TextSession &Session, Conversation &C) {
  TextResult<Rendered> Prompt = Text.render(makeQuestion(C.Prompt, O.System, O.Think));
  if (!Prompt)
    return Prompt.error().Message;
  TextResult<std::vector<int32_t>> Ids = Text.encode(*Prompt);
  if (!Ids)
    return Ids.error().Message;
  TextOptions Options;
  Options.MaxTokens = O.MaxTokens ? O.MaxTokens : DefaultTokens;
  Options.Sampling.greedy = 1;
  TextResult<GeneratedText> Answer = Session.generateIds(*Ids, Options);
  if (!Answer)
    return Answer.error().Message;
  C.Ids = std::move(*Ids);
  C.Ids.insert(C.Ids.end(), Answer->Ids.begin(), Answer->Ids.end());
  return "";
}

std::string facet::collectImportance(const RunOptions &O, const TextModel &Text, TextSession &Session) {
  std::vector<Conversation> List;
  std::string Problem = readConversations(O.Prompt, Text.details().vocab_size, List);
  if (!Problem.empty())
    return Problem;
  for (size_t I = 0; I < List.size() && Problem.empty(); ++I)
    if (List[I].Ids.empty())
      if (Problem = answer(O, Text, Session, List[I]); !Problem.empty())
        Problem = O.Prompt + ": conversation " + std::to_string(I) + ": " + Problem;
  ImportanceCollector Collector(Text.model());
  if (Problem.empty())
    Problem = Collector.watch(Session.session());
  for (size_t I = 0; I < List.size() && Problem.empty(); ++I)
    if (Problem = Collector.add(Session.session(), Session.sequence(), List[I].Ids); !Problem.empty())
      Problem = O.Prompt + ": conversation " + std::to_string(I) + ": " + Problem;
  if (Problem.empty())
    Problem = Collector.write(O.Importance);
  if (Problem.empty())
    std::fprintf(stderr, "%s: second moments over %" PRIu64 " tokens of %zu conversations\n",
                 O.Importance.c_str(), Collector.rows(), List.size());
  return Problem;
}
