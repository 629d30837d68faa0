// Prompt, token loop and filter put together.
#include "runtime/text/generate/TextSession.h"

#include "runtime/text/template/Unicode.h"

#include <chrono>

using namespace facet;

const char *facet::finishName(TextFinish Finish) {
  static const char *const Names[] = {"stop", "stop string", "length", "context", "callback"};
  return Names[static_cast<unsigned>(Finish)];
}

TextResult<TextSession> TextSession::create(const TextModel &Model, const facet_session_options &Options) {
  facet_error Error = {};
  facet_session *Session = nullptr;
  if (facet_session_create(Model.model(), &Options, &Session, &Error) != FACET_OK)
    return TextError{Error.code, Error.message};
  TextSession Result(Model, Session);
  if (facet_sequence_create(Session, &Result.Sequence, &Error) != FACET_OK)
    return TextError{Error.code, Error.message};
  return Result;
}

int32_t TextSession::context() const {
  facet_session_options Options = {};
  facet_session_describe(Session.get(), &Options);
  return Options.context;
}

TextResult<GeneratedText> TextSession::generate(const TemplateValue &Conversation,
                                                const TextOptions &Options) {
  TextResult<Rendered> Prompt = Model.render(Conversation);
  if (!Prompt)
    return Prompt.error();
  TextResult<std::vector<int32_t>> Ids = Model.encode(*Prompt);
  if (!Ids)
    return Ids.error();
  return generateIds(*Ids, Options);
}

namespace {

using Clock = std::chrono::steady_clock;

/// What the token callback sees.
struct Run {
  GeneratedText &Result;
  TextFilter &Filter;
  Clock::time_point First, Last;
};

int onToken(void *Context, int32_t Token) {
  Run &R = *static_cast<Run *>(Context);
  R.Last = Clock::now();
  if (R.Result.Ids.empty())
    R.First = R.Last;
  R.Result.Ids.push_back(Token);
  return R.Filter.push(Token) ? 0 : 1;
}

double seconds(Clock::duration Time) { return std::chrono::duration<double>(Time).count(); }

struct DestroySampler {
  void operator()(facet_sampler *Sampler) const { facet_sampler_destroy(Sampler); }
};

} // namespace

TextResult<GeneratedText> TextSession::generateIds(std::span<const int32_t> Prompt,
                                                   const TextOptions &Options) {
  int32_t Context = context();
  if (Prompt.empty())
    return TextError{FACET_BAD_INPUT, "prompt: expected at least one token, found none"};
  if (Prompt.size() > static_cast<size_t>(Context))
    return TextError{FACET_OUT_OF_CONTEXT, "prompt: expected at most " + std::to_string(Context) +
                                               " tokens, the session's context, found " +
                                               std::to_string(Prompt.size()) +
                                               "; shorten it or enlarge the context (the model's limit is " +
                                               std::to_string(Model.details().max_positions) + ")"};
  for (const std::string &Stop : Options.Stops)
    if (Stop.empty() || !isValidUtf8(Stop))
      return TextError{FACET_BAD_INPUT, "stop string: expected UTF-8 of at least one character"};

  facet_error Error = {};
  facet_sampler *RawSampler = nullptr;
  if (facet_sampler_create(Model.details().vocab_size, &Options.Sampling, nullptr, &RawSampler, &Error) !=
      FACET_OK)
    return TextError{Error.code, Error.message};
  std::unique_ptr<facet_sampler, DestroySampler> Sampler(RawSampler);
  if (facet_sequence_truncate(Sequence, 0, &Error) != FACET_OK)
    return TextError{Error.code, Error.message};

  GeneratedText Result;
  Result.PromptTokens = static_cast<int32_t>(Prompt.size());
  TextFilter Filter(Model, Options.Stops, [&](TextPart Part, std::string_view Text) {
    (Part == TextPart::Answer ? Result.Text : Result.Thoughts) += Text;
    return !Options.Sink || Options.Sink(Part, Text);
  });
  Filter.begin(Prompt);
  Clock::time_point Begin = Clock::now();
  Run State = {Result, Filter, Begin, Begin};
  facet_generate_options Generate = {Options.MaxTokens, nullptr, 0, onToken, &State};
  facet_generated Generated = {};
  if (facet_generate_ids(Session.get(), Sequence, Prompt.data(), Result.PromptTokens, Sampler.get(),
                         &Generate, &Generated, &Error) != FACET_OK)
    return TextError{Error.code, Error.message};
  Filter.finish();
  Result.PromptSeconds = seconds(State.First - Begin);
  Result.TokenSeconds = seconds(State.Last - State.First);
  switch (Generated.finish) {
  case FACET_FINISH_STOP:
    Result.Finish = TextFinish::Stop;
    break;
  case FACET_FINISH_LENGTH:
    Result.Finish = TextFinish::Length;
    break;
  case FACET_FINISH_CONTEXT:
    Result.Finish = TextFinish::Context;
    break;
  case FACET_FINISH_CALLBACK:
    Result.Finish = TextFinish::Callback;
    break;
  }
  // Held text may complete a stop string only when no more can come.
  if (Filter.stopped())
    Result.Finish = TextFinish::StopString;
  return Result;
}
