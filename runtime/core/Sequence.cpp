// Sequences of a session: create, end, truncate, fork.
#include "runtime/core/Session.h"

#include <algorithm>

using namespace facet;

Result<facet_sequence *> facet_session::newSequence() {
  for (size_t slot = 0; slot < sequences.size(); ++slot) {
    facet_sequence &sequence = sequences[slot];
    if (sequence.live)
      continue;
    sequence = {this, static_cast<int>(slot), true, 0};
    return &sequence;
  }
  return failure(FACET_BAD_ARGUMENT,
                 "the session holds %zu sequences already: destroy one, or create it with more",
                 sequences.size());
}

void facet_session::endSequence(facet_sequence *sequence) {
  for (int k = 0; k < kindCount; ++k)
    pools[k].truncate(sequence->slot, 0);
  sequence->length = 0;
  sequence->live = false;
}

Status facet_session::truncate(facet_sequence *sequence, int length) {
  if (length < 0 || length > sequence->length)
    return failure(FACET_BAD_ARGUMENT, "cannot truncate to %d: the sequence has %d positions", length,
                   sequence->length);
  if (length == sequence->length)
    return success();
  int lowest = 0;
  for (int k = 0; k < kindCount; ++k)
    lowest = std::max(lowest, pools[k].lowestLength(sequence->slot));
  if (length != 0 && length < lowest)
    return failure(
        FACET_BAD_ARGUMENT,
        "cannot truncate from %d to %d: sliding layers have given back what is needed below %d; go back "
        "no further, or to 0, or create the session with more rollback than %d",
        sequence->length, length, lowest, options().rollback);
  for (int k = 0; k < kindCount; ++k)
    pools[k].truncate(sequence->slot, length);
  sequence->length = length;
  return success();
}

Result<facet_sequence *> facet_session::fork(facet_sequence *sequence) {
  auto made = newSequence();
  if (!made)
    return made;
  for (int k = 0; k < kindCount; ++k)
    pools[k].share(sequence->slot, (*made)->slot);
  (*made)->length = sequence->length;
  return made;
}

static bool usable(const facet_sequence *sequence) { return sequence && sequence->session && sequence->live; }
static Failure notLive() { return failure(FACET_BAD_ARGUMENT, "the sequence is NULL or was destroyed"); }

facet_code facet_sequence_create(facet_session *session, facet_sequence **out, facet_error *err) {
  if (!session || !out)
    return report(failure(FACET_BAD_ARGUMENT, "session or out is NULL"), err);
  auto made = session->newSequence();
  if (!made)
    return report(made.error(), err);
  *out = *made;
  return FACET_OK;
}

void facet_sequence_destroy(facet_sequence *sequence) {
  if (usable(sequence))
    sequence->session->endSequence(sequence);
}

int32_t facet_sequence_length(const facet_sequence *sequence) { return sequence->length; }

facet_code facet_sequence_truncate(facet_sequence *sequence, int32_t length, facet_error *err) {
  return usable(sequence) ? report(sequence->session->truncate(sequence, length), err)
                          : report(notLive(), err);
}

facet_code facet_sequence_fork(facet_sequence *sequence, facet_sequence **out, facet_error *err) {
  if (!usable(sequence) || !out)
    return report(notLive(), err);
  auto made = sequence->session->fork(sequence);
  if (!made)
    return report(made.error(), err);
  *out = *made;
  return FACET_OK;
}
