// Opens an artifact to generate text with it, for the tools.
#include "tools/open_text.h"

#include "tools/artifact_section.h"
#include "tools/command/model_path.h"
#include "tools/memory_plan.h"
#include "tools/terminal.h"

#include <cstdio>

namespace facet {

using namespace command;

Failure failureOf(const std::string &Where, facet_code Code, const std::string &Message) {
  return {Code == FACET_INTERNAL ? Internal : BadInput,
          Message.starts_with(Where) ? Message : Where + ": " + Message}; // opening names the file itself
}

static Failure planMemory(const GenerationOptions &O, const facet_session_options &Session, bool WholePlan) {
  facet_error Error = {};
  ReadablePlan Plan;
  if (planWithoutLoading(O.Model.c_str(), Session, Plan, Error) != FACET_OK)
    return failureOf(O.Model, Error.code, Error.message);
  std::fprintf(stderr, "%s", WholePlan ? Plan.Table.c_str() : (Plan.Line + "\n").c_str());
  std::string Why = whyItCannotFit(Plan.Plan, availableMemory());
  return Why.empty() ? Failure{} : Failure{BadInput, O.Model + ": " + Why};
}

Failure openText(const GenerationOptions &O, facet_session_options &Session, bool WholePlan,
                 OpenedText &Out) {
  if (std::string Why = whyNotAnArtifact(O.Model); !Why.empty())
    return {BadInput, Why};
  facet_error Error = {};
  if (facet_executor_create(O.Threads, nullptr, &Session.executor, &Error) != FACET_OK)
    return failureOf("--threads", Error.code, Error.message);
  Out.Executor.reset(Session.executor);
  exitWhenShrunk(O.Model);
  if (Failure Why = planMemory(O, Session, WholePlan))
    return Why;
  facet_model *Model = nullptr;
  facet_open_options Open = {};
  Open.verify = O.Verify;
  Progress Checking("checking", "MB", 1e6);
  Open.progress = {
      [](void *Bar, uint64_t Done, uint64_t All) { static_cast<Progress *>(Bar)->update(Done, All); },
      &Checking};
  if (facet_model_open(O.Model.c_str(), &Open, &Model, &Error) != FACET_OK)
    return Checking.finish(), failureOf(O.Model, Error.code, Error.message);
  Checking.finish();
  Out.Model.reset(Model);
  TextResult<TextModel> Text = TextModel::open(Model);
  if (!Text)
    return failureOf(O.Model, Text.error());
  Out.Text = *Text;
  return {};
}

} // namespace facet
