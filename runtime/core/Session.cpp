// Creation and the C functions of sessions.
#include "runtime/core/Session.h"
#include "runtime/core/Options.h"

using namespace facet;

Result<facet_session *> facet_session::create(facet_model *model, const facet_session_options *options) {
  auto given = readOptions(options);
  if (!given)
    return given.error();
  Allocator allocator(given->allocator);
  auto *session = allocator.create<facet_session>(allocator);
  if (!session)
    return outOfMemory(sizeof(facet_session), "a session");
  Status made = session->initialise(model, &*given);
  if (made)
    return session;
  session->destroy();
  return made.error();
}

void facet_session::destroy() { Allocator::destroy(allocator, this); }

facet_session::~facet_session() {
  if (executor)
    executor->release();
  if (owner)
    owner->release();
}

Status facet_session::initialise(facet_model *model, const facet_session_options *given) {
  if (model->variant() < 0)
    return failure(FACET_BAD_ARGUMENT,
                   "%s was opened for inspection: open it with facet_model_open to run it", model->path());
  auto planned = planSession(*model, given);
  if (!planned)
    return planned.error();
  plan = *planned;
  owner = model;
  owner->retain();
  facet_session_options &o = plan.memory.options;
  if (o.executor) {
    executor = o.executor;
    executor->retain();
  } else {
    auto own = facet_executor::create(plan.threads, allocator);
    if (!own)
      return own.error();
    o.executor = executor = *own;
  }
  const Artifact &artifact = model->artifact();
  kindCount = static_cast<int>(artifact.kvKinds.size);
  for (int k = 0; k < kindCount; ++k)
    FACET_TRY(pools[k].create(planPool(artifact.kvKinds[static_cast<size_t>(k)], o), o.sequences,
                              o.shuffle_seed, allocator));
  FACET_TRY(allocateInto(views, allocator, artifact.streams.size, "KV views"));
  for (size_t s = 0; s < artifact.streams.size; ++s)
    views[s] = pools[artifact.streams[s].kind].view(artifact.streams[s].position_offset);
  FACET_TRY(allocateInto(sequences, allocator, static_cast<size_t>(o.sequences), "sequences", true));
  FACET_TRY(order.create(o.max_rows, plan.passRows, o.sequences, allocator));
  FACET_TRY(allocateInto(rowNumbers, allocator, static_cast<size_t>(o.max_rows), "rows"));
  FACET_TRY(allocateInto(prefillRows, allocator, static_cast<size_t>(o.max_rows), "rows"));
  for (unsigned output = 0; output < 2; ++output) {
    FACET_TRY(allocateInto(buffers[output], allocator,
                           static_cast<size_t>(o.max_outputs) * static_cast<size_t>(widthOf(output)),
                           "outputs", false, 4096));
    FACET_TRY(allocateInto(resultRows[output], allocator, static_cast<size_t>(o.max_outputs), "outputs"));
  }
  FACET_TRY(pass.create(*model, plan, views.data(), allocator));
  tell(o.log, FACET_LOG_INFO, "session of %d sequences of %d positions on %d threads: %llu bytes",
       o.sequences, o.context, plan.threads, static_cast<unsigned long long>(plan.memory.session_bytes));
  return success();
}

int facet_session::widthOf(unsigned output) const {
  const facet_model_info &info = *owner->artifact().model;
  return static_cast<int>(output == FACET_OUTPUT_LOGITS ? info.vocab_size : info.hidden_size);
}

facet_code facet_session_create(facet_model *model, const facet_session_options *options, facet_session **out,
                                facet_error *err) {
  if (!model || !out)
    return report(failure(FACET_BAD_ARGUMENT, "model or out is NULL"), err);
  auto session = facet_session::create(model, options);
  if (!session)
    return report(session.error(), err);
  *out = *session;
  return FACET_OK;
}

void facet_session_destroy(facet_session *session) {
  if (session)
    session->destroy();
}

void facet_session_describe(const facet_session *session, facet_session_options *out) {
  *out = session->options();
}

facet_code facet_session_step(facet_session *session, const facet_row *rows, int32_t count,
                              const facet_outputs *outputs, facet_error *err) {
  if (!session || !rows)
    return report(failure(FACET_BAD_ARGUMENT, "session or rows is NULL"), err);
  return report(session->step(rows, count, outputs), err);
}

facet_code facet_session_prefill(facet_session *session, facet_sequence *sequence, const int32_t *tokens,
                                 int32_t count, uint32_t wants, const facet_outputs *outputs,
                                 facet_error *err) {
  if (!session || !sequence || !tokens)
    return report(failure(FACET_BAD_ARGUMENT, "session, sequence or tokens is NULL"), err);
  return report(session->prefill(sequence, tokens, count, wants, outputs), err);
}

const float *facet_session_logits(const facet_session *session, int32_t index) {
  return session->result(FACET_OUTPUT_LOGITS, index);
}

const float *facet_session_hidden(const facet_session *session, int32_t index) {
  return session->result(FACET_OUTPUT_HIDDEN, index);
}

void facet_session_cancel(facet_session *session) { session->cancel(); }

void facet_session_counters(const facet_session *session, facet_counters *out) { *out = session->totals(); }

void facet_session_set_trace(facet_session *session, facet_trace_fn fn, void *context) {
  session->runner().trace = fn;
  session->runner().traceContext = context;
}

facet_code facet_session_set_inputs(facet_session *session, facet_input_fn fn, void *context,
                                    facet_error *err) {
  const facet_session_options &o = session->options();
  if (fn && facet_executor_threads(o.executor) != 1)
    return report(failure(FACET_BAD_ARGUMENT, "an executor of %d threads: expected 1, where inputs are shown",
                          facet_executor_threads(o.executor)),
                  err);
  if (fn && o.max_rows > FACET_ROW_GROUP)
    return report(failure(FACET_BAD_ARGUMENT, "max_rows is %d: expected at most %d, where inputs are shown",
                          o.max_rows, FACET_ROW_GROUP),
                  err);
  const Artifact &artifact = session->model().artifact();
  const facet_weight_info *hidden = hiddenMatrix(artifact);
  if (fn && hidden)
    return report(
        failure(FACET_BAD_ARGUMENT,
                "weight '%s' of %s meets a rounded input: expected matrices in f32 or bf16, where inputs "
                "are shown; compile with --weights bf16",
                artifact.string(hidden->name), session->model().path()),
        err);
  session->runner().inputs = {fn, context};
  return FACET_OK;
}

void facet_session_set_profile(facet_session *session, facet_profile_fn fn, void *context) {
  session->runner().profile = fn;
  session->runner().profileContext = context;
}
