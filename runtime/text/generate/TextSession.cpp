// Prompt, token loop and filter put together.
#include "runtime/text/generate/TextSession.h"

#include "runtime/text/template/Unicode.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

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

/// Nothing is allocated while tokens come, unless they have more bytes than text has.
void reserve(GeneratedText &Result, size_t Tokens) {
  Result.Ids.reserve(Tokens);
  Result.Text.reserve(8 * Tokens);
  Result.Thoughts.reserve(8 * Tokens);
}

double seconds(Clock::duration Time) { return std::chrono::duration<double>(Time).count(); }

struct DestroySampler {
  void operator()(facet_sampler *Sampler) const { facet_sampler_destroy(Sampler); }
};

} // namespace

TextResult<bool> TextSession::check(std::span<const int32_t> Prompt, const TextOptions &Options) const {
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
  return true;
}

void TextSession::clear() {
  facet_sequence_truncate(Sequence, 0, nullptr); // 0 is always possible
  Held.clear();
}

/// Leaves what the sequence and the prompt have in common, but for the prompt's last token: its logits are
/// needed. Returns how much that is.
size_t TextSession::keepPrefix(std::span<const int32_t> Prompt, bool Reuse) {
  size_t Kept = 0;
  while (Reuse && Kept < Held.size() && Kept + 1 < Prompt.size() && Held[Kept] == Prompt[Kept])
    ++Kept;
  // Sliding layers may not go back so far.
  if (Kept == 0 || facet_sequence_truncate(Sequence, static_cast<int32_t>(Kept), nullptr) != FACET_OK) {
    clear();
    Kept = 0;
  }
  Held.resize(Kept);
  return Kept;
}

/// Steps the prompt but for its last step. False: OnPrompt asked to end.
TextResult<bool> TextSession::readPrompt(std::span<const int32_t> &Rest, size_t All,
                                         const TextOptions &Options) {
  facet_session_options Session = {};
  facet_session_describe(this->Session.get(), &Session);
  const size_t Step = static_cast<size_t>(Session.max_rows);
  while (Options.OnPrompt && Rest.size() > Step) {
    facet_error Error = {};
    if (facet_session_prefill(this->Session.get(), Sequence, Rest.data(), Session.max_rows,
                              FACET_WANTS_NOTHING, nullptr, &Error) != FACET_OK)
      return TextError{Error.code, Error.message};
    Held.insert(Held.end(), Rest.begin(), Rest.begin() + Session.max_rows);
    Rest = Rest.subspan(Step);
    if (!Options.OnPrompt(All - Rest.size(), All))
      return false;
  }
  return true;
}

static TextFinish finishOf(facet_finish Finish) {
  switch (Finish) {
  case FACET_FINISH_STOP:
    return TextFinish::Stop;
  case FACET_FINISH_LENGTH:
    return TextFinish::Length;
  case FACET_FINISH_CONTEXT:
    return TextFinish::Context;
  case FACET_FINISH_CALLBACK:
    break;
  }
  return TextFinish::Callback;
}

TextResult<GeneratedText> TextSession::generateIds(std::span<const int32_t> Prompt,
                                                   const TextOptions &Options) {
  if (TextResult<bool> Good = check(Prompt, Options); !Good)
    return Good.error();
  facet_error Error = {};
  facet_sampler *RawSampler = nullptr;
  if (facet_sampler_create(Model.details().vocab_size, &Options.Sampling, nullptr, &RawSampler, &Error) !=
      FACET_OK)
    return TextError{Error.code, Error.message};
  std::unique_ptr<facet_sampler, DestroySampler> Sampler(RawSampler);
  facet_sampler_set_draw(RawSampler, Options.FirstDraw);

  GeneratedText Result;
  Result.PromptTokens = static_cast<int32_t>(Prompt.size());
  Result.NextDraw = Options.FirstDraw;
  Result.Finish = TextFinish::Callback;
  TextFilter Filter(Model, Options.Stops, [&](TextPart Part, std::string_view Text) {
    (Part == TextPart::Answer ? Result.Text : Result.Thoughts) += Text;
    return !Options.Sink || Options.Sink(Part, Text);
  });
  Filter.begin(Prompt);
  Clock::time_point Begin = Clock::now();
  std::span<const int32_t> Rest = Prompt.subspan(keepPrefix(Prompt, Options.Reuse));
  TextResult<bool> Read = readPrompt(Rest, Prompt.size(), Options);
  if (!Read)
    return Read.error();
  if (!*Read)
    return Result;
  const size_t Room = static_cast<size_t>(context()) - Prompt.size() + 1; // the last token is not stepped
  reserve(Result, Options.MaxTokens > 0 ? std::min(Room, static_cast<size_t>(Options.MaxTokens)) : Room);
  Held.reserve(Prompt.size() + Result.Ids.capacity());
  Run State = {Result, Filter, Begin, Begin};
  facet_generate_options Generate = {};
  Generate.max_tokens = Options.MaxTokens;
  Generate.on_token = onToken;
  Generate.context = &State;
  facet_generated Generated = {};
  const facet_code Code =
      facet_generate_ids(Session.get(), Sequence, Rest.data(), static_cast<int32_t>(Rest.size()), RawSampler,
                         &Generate, &Generated, &Error);
  Held.insert(Held.end(), Rest.begin(), Rest.end());
  Held.insert(Held.end(), Result.Ids.begin(), Result.Ids.end());
  Held.resize(static_cast<size_t>(facet_sequence_length(Sequence))); // the last ones were not stepped
  if (Code != FACET_OK)
    return TextError{Error.code, Error.message};
  Filter.finish();
  Result.PromptSeconds = seconds(State.First - Begin);
  Result.TokenSeconds = seconds(State.Last - State.First);
  Result.NextDraw = facet_sampler_draw(RawSampler);
  // Held text may complete a stop string only when no more can come.
  Result.Finish = Filter.stopped() ? TextFinish::StopString : finishOf(Generated.finish);
  return Result;
}

TextResult<std::string> TextSession::save() const {
  facet_error Error = {};
  std::string Bytes(facet_sequence_save_bytes(Sequence), '\0');
  size_t Written = 0;
  if (facet_sequence_save(Sequence, Bytes.data(), Bytes.size(), &Written, &Error) != FACET_OK)
    return TextError{Error.code, Error.message};
  Bytes.resize(Written);
  return Bytes;
}

TextResult<bool> TextSession::restore(std::vector<int32_t> Ids, std::string_view Bytes) {
  facet_error Error = {};
  clear(); // its pages may be needed
  facet_sequence_destroy(Sequence);
  facet_sequence *Restored = nullptr;
  facet_code Code = facet_sequence_restore(Session.get(), Bytes.data(), Bytes.size(), &Restored, &Error);
  if (Code == FACET_OK && static_cast<size_t>(facet_sequence_length(Restored)) == Ids.size()) {
    Sequence = Restored;
    Held = std::move(Ids);
    return true;
  }
  if (Code == FACET_OK) {
    facet_sequence_destroy(Restored);
    Error.code = FACET_BAD_STATE;
    std::snprintf(Error.message, sizeof(Error.message),
                  "saved sequence: expected %zu positions, found others", Ids.size());
  }
  facet_sequence_create(Session.get(), &Sequence, nullptr); // its place has just become free
  return TextError{Error.code, Error.message};
}
