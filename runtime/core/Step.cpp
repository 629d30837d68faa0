// A step: everything is checked and every page is taken before the first kernel runs, so that only cancelling
// can stop it midway; then lengths have not moved and the new pages are given back.
#include "runtime/core/Options.h"
#include "runtime/core/Session.h"

#include <algorithm>
#include <cstring>

using namespace facet;

static unsigned wantBit(unsigned output) {
  return output == FACET_OUTPUT_LOGITS ? FACET_WANTS_LOGITS : FACET_WANTS_HIDDEN;
}

Status facet_session::step(const facet_row *input, int count, const facet_outputs *outputs) {
  if (count < 1 || count > options().max_rows)
    return failure(FACET_BAD_ARGUMENT, "%d rows: expected 1 to %d, the session's max_rows", count,
                   options().max_rows);
  if (cancelled.exchange(false) || isRequested(options().cancel))
    return failure(FACET_CANCELLED, "cancelled before the step");
  const facet_model_info &info = *owner->artifact().model;
  FACET_TRY(order.arrange(this, input, count, static_cast<int>(info.vocab_size), options().context));
  FACET_TRY(checkOutputs(input, count));
  FACET_TRY(checkCuts());
  FACET_TRY(takePages());
  placeResults(outputs);
  facet_counters counted = counters;
  Status ran = runPasses(counted);
  const bool stopped = cancelled.exchange(false);
  if (stopped || !ran) {
    rollBack();
    return stopped ? failure(FACET_CANCELLED, "cancelled: the session is as it was before the step")
                   : ran.error();
  }
  counters = counted;
  ++counters.steps;
  commit();
  for (unsigned output = 0; output < 2; ++output)
    copyResults(input, outputs, output);
  return success();
}

Status facet_session::checkOutputs(const facet_row *input, int count) const {
  int wanting = 0;
  for (int i = 0; i < count; ++i)
    wanting += input[i].wants != 0;
  if (wanting <= options().max_outputs)
    return success();
  return failure(FACET_BAD_ARGUMENT,
                 "%d rows want logits or hidden states, expected %d at most, the session's "
                 "max_outputs",
                 wanting, options().max_outputs);
}

/// Rows that see later ones must fit one pass together.
Status facet_session::checkCuts() const {
  for (int first = 0, end; first < order.count(); first = end) {
    end = order.cut(first, plan.passRows);
    if (end == first)
      return failure(FACET_BAD_ARGUMENT,
                     "row %d: the rows from it to its last_visible are more than %d, the largest pass",
                     order.caller(first), plan.passRows);
  }
  return success();
}

Status facet_session::takePages() {
  for (int k = 0; k < kindCount; ++k) {
    int needed = 0;
    for (const facet_sequence &s : sequences)
      if (int rows = order.rowsOf(s.slot); s.live && rows)
        needed += pools[k].pagesFor(s.slot, s.length, rows);
    if (needed > pools[k].pagesFree()) {
      const Artifact &artifact = owner->artifact();
      return failure(
          FACET_OUT_OF_PAGES,
          "the step needs %d KV pages of kind '%s', %d of %d are free: truncate or destroy sequences, or "
          "create the session with more pool_positions",
          needed, artifact.string(artifact.kvKinds[static_cast<size_t>(k)].name), pools[k].pagesFree(),
          pools[k].shape().pages);
    }
  }
  for (int k = 0; k < kindCount; ++k)
    for (const facet_sequence &s : sequences)
      if (int rows = order.rowsOf(s.slot); s.live && rows)
        pools[k].prepare(s.slot, s.length, rows);
  return success();
}

/// Decides where set 1's rows go and which of them the caller's n-th result is.
void facet_session::placeResults(const facet_outputs *outputs) {
  int going = 0, counts[2] = {};
  for (int i = 0; i < order.count(); ++i)
    rowNumbers[static_cast<size_t>(order.caller(i))] = order.wants(i) ? going++ : -1;
  for (int i = 0; i < order.count(); ++i)
    for (unsigned output = 0; output < 2; ++output)
      counts[output] += (order.wants(i) & wantBit(output)) != 0;
  float *const given[2] = {outputs ? outputs->logits : nullptr, outputs ? outputs->hidden : nullptr};
  for (unsigned output = 0; output < 2; ++output) {
    direct[output] = given[output] && order.isIdentity() && counts[output] == going &&
                     reinterpret_cast<uintptr_t>(given[output]) % 64 == 0;
    targets[output] = direct[output] ? given[output] : buffers[output].data();
  }
}

int facet_session::entryFor(int rows) const {
  const auto &entries = owner->artifact().entries;
  for (int e = 0; e < plan.entries - 1; ++e)
    if (static_cast<int>(entries[static_cast<size_t>(e)].rows) >= rows)
      return e;
  return plan.entries - 1;
}

Status facet_session::runPasses(facet_counters &counted) {
  size_t done = 0; // rows of set 1 in earlier passes
  for (int first = 0, end; first < order.count() && !cancelled.load(); first = end) {
    end = order.cut(first, plan.passRows);
    PassInput input = {};
    input.entry = entryFor(end - first);
    order.makeSets(first, end, input.sets);
    for (int i = first; i < end; ++i)
      for (unsigned output = 0; output < 2; ++output)
        input.wanted |= order.wants(i) & wantBit(output) ? 1u << output : 0;
    for (unsigned output = 0; output < 2; ++output)
      input.outputs[output] = targets[output] + done * static_cast<size_t>(widthOf(output));
    input.callerRows = order.callersFrom(first);
    FACET_TRY(pass.run(*executor, input, cancelled, counted));
    done += static_cast<size_t>(input.sets[1].count);
  }
  return success();
}

void facet_session::commit() {
  for (facet_sequence &s : sequences) {
    int rows = order.rowsOf(s.slot);
    if (!s.live || !rows)
      continue;
    s.length += rows;
    for (int k = 0; k < kindCount; ++k)
      pools[k].releaseBehind(s.slot, s.length);
  }
}

void facet_session::rollBack() {
  for (int k = 0; k < kindCount; ++k)
    for (const facet_sequence &s : sequences)
      if (s.live && order.rowsOf(s.slot))
        pools[k].truncate(s.slot, s.length);
  resultCounts[0] = resultCounts[1] = 0;
}

void facet_session::copyResults(const facet_row *input, const facet_outputs *outputs, unsigned output) {
  float *given = outputs ? (output == FACET_OUTPUT_LOGITS ? outputs->logits : outputs->hidden) : nullptr;
  const auto width = static_cast<size_t>(widthOf(output));
  int &count = resultCounts[output];
  count = 0;
  for (int i = 0; i < order.count(); ++i) {
    if (!(input[i].wants & wantBit(output)))
      continue;
    int row = rowNumbers[static_cast<size_t>(i)];
    resultRows[output][static_cast<size_t>(count)] = row;
    if (given && !direct[output])
      std::memcpy(given + static_cast<size_t>(count) * width,
                  targets[output] + static_cast<size_t>(row) * width, width * sizeof(float));
    ++count;
  }
}

const float *facet_session::result(unsigned output, int index) const {
  if (index < 0 || index >= resultCounts[output])
    return nullptr;
  const auto row = static_cast<size_t>(resultRows[output][static_cast<size_t>(index)]);
  return targets[output] + row * static_cast<size_t>(widthOf(output));
}

Status facet_session::prefill(facet_sequence *sequence, const int32_t *tokens, int count, uint32_t wants,
                              const facet_outputs *outputs) {
  if (sequence->session != this || !sequence->live || count < 1)
    return failure(FACET_BAD_ARGUMENT, "expected a sequence of this session and at least one token, found %d",
                   count);
  if (count > options().context - sequence->length)
    return failure(
        FACET_OUT_OF_CONTEXT,
        "a prompt of %d tokens after %d positions does not fit the context of %d: shorten it, or create the "
        "session with a larger context (the model's limit is %u)",
        count, sequence->length, options().context, owner->artifact().model->max_positions);
  for (int done = 0; done < count;) {
    int rows = std::min(count - done, options().max_rows);
    for (int i = 0; i < rows; ++i)
      prefillRows[static_cast<size_t>(i)] = {sequence, sequence->length + i, tokens[done + i], FACET_CAUSAL,
                                             done + i == count - 1 ? wants : 0u};
    FACET_TRY(step(prefillRows.data(), rows, done + rows == count ? outputs : nullptr));
    done += rows;
  }
  return success();
}
