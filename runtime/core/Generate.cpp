// The plain loop from a prompt's ids to new ids, on the public functions alone.
#include "runtime/core/Options.h"
#include "runtime/core/Session.h"

using namespace facet;

static bool isStop(const facet_generate_options &options, const facet_model_info &info, int32_t token) {
  if (options.stop_ids) {
    for (int32_t i = 0; i < options.stop_count; ++i)
      if (options.stop_ids[i] == token)
        return true;
    return false;
  }
  for (unsigned i = 0; i < info.stop_count; ++i)
    if (static_cast<int32_t>(info.stop_ids[i]) == token)
      return true;
  return false;
}

facet_code facet_generate_ids(facet_session *session, facet_sequence *sequence, const int32_t *prompt,
                              int32_t count, facet_sampler *sampler, const facet_generate_options *options,
                              facet_generated *out, facet_error *err) {
  facet_generated own = {};
  facet_generated &result = out ? *out : own;
  result = {0, FACET_FINISH_LENGTH};
  auto given = readOptions(options);
  if (!given)
    return report(given.error(), err);
  const facet_generate_options &o = *given;
  if (!sampler)
    return report(failure(FACET_BAD_ARGUMENT, "sampler is NULL"), err);
  facet_code code = facet_session_prefill(session, sequence, prompt, count, FACET_WANTS_LOGITS, nullptr, err);
  while (code == FACET_OK && (o.max_tokens == 0 || result.tokens < o.max_tokens)) {
    int32_t token;
    code = facet_sampler_next(sampler, facet_session_logits(session, 0), &token, err);
    if (code != FACET_OK)
      break;
    ++result.tokens;
    if (o.on_token && o.on_token(o.context, token) != 0) {
      result.finish = FACET_FINISH_CALLBACK;
      break;
    }
    if (isStop(o, *session->model().artifact().model, token)) {
      result.finish = FACET_FINISH_STOP;
      break;
    }
    if (result.tokens == o.max_tokens)
      break;
    if (facet_sequence_length(sequence) == session->options().context) {
      result.finish = FACET_FINISH_CONTEXT;
      break;
    }
    const facet_row row = {sequence, facet_sequence_length(sequence), token, FACET_CAUSAL,
                           FACET_WANTS_LOGITS};
    code = facet_session_step(session, &row, 1, nullptr, err);
  }
  return code;
}
