// Checks the schedule: entries take the dispatches one after another, a dispatch waits only for earlier ones
// of its entry, and no operand reaches outside the weights, the arena or the outputs.
#include "runtime/abi.h"
#include "runtime/core/Artifact.h"
#include "runtime/limits.h"

using namespace facet;

namespace {
struct ScheduleChecker {
  const Artifact &artifact;
  const Complaint &bad;
  const facet_ladder_entry *entry = nullptr;

  Status checkEntries();
  Status checkDispatch(unsigned index);
  Status checkWaits(unsigned index);
  Status checkOperand(unsigned dispatch, unsigned index);
  Status checkExperts(unsigned index);
  Status checkTrace(unsigned index);
  Status checkInput(unsigned index);
  const char *name(unsigned dispatch) const { return artifact.string(artifact.dispatches[dispatch].name); }
};
} // namespace

Status ScheduleChecker::checkEntries() {
  const auto &entries = artifact.entries;
  if (entries.size == 0 || entries.size > FACET_MAX_LADDER_ENTRIES)
    return bad("malformed artifact: %zu ladder entries, expected 1 to %u", entries.size,
               FACET_MAX_LADDER_ENTRIES);
  unsigned long long next = 0;
  unsigned rows = 0;
  for (const facet_ladder_entry &e : entries) {
    if (e.rows <= rows || e.rows > artifact.model->max_rows || e.arena_bytes > FACET_MAX_ARENA_BYTES)
      return bad("malformed artifact: ladder entry of %u rows and %llu bytes of arena after one of %u rows",
                 e.rows, e.arena_bytes, rows);
    if (e.first_dispatch != next || !within(next, e.dispatch_count, artifact.dispatches.size))
      return bad("malformed artifact: ladder entry of %u rows has dispatches %u + %u, expected to begin at "
                 "%llu of %zu",
                 e.rows, e.first_dispatch, e.dispatch_count, next, artifact.dispatches.size);
    next += e.dispatch_count;
    rows = e.rows;
  }
  if (next != artifact.dispatches.size || rows != artifact.model->max_rows)
    return bad("malformed artifact: ladder entries take %llu dispatches and %u rows, expected %zu and %u",
               next, rows, artifact.dispatches.size, artifact.model->max_rows);
  return success();
}

Status ScheduleChecker::checkDispatch(unsigned index) {
  const facet_dispatch &d = artifact.dispatches[index];
  if (d.name >= artifact.strings.size || d.kernel >= artifact.kernels.size)
    return bad("malformed artifact: dispatch %u: name %u, kernel %u of %zu", index, d.name, d.kernel,
               artifact.kernels.size);
  if (!within(d.first_operand, d.operand_count, artifact.operands.size) ||
      d.operand_count != artifact.kernels[d.kernel].operand_count)
    return bad("malformed artifact: dispatch %u ('%s'): operands %u + %u of %zu, its kernel takes %u", index,
               name(index), d.first_operand, d.operand_count, artifact.operands.size,
               artifact.kernels[d.kernel].operand_count);
  if (d.unit > FACET_UNIT_ROW_GROUPS || d.units == 0 || d.units > FACET_MAX_COUNT || d.row_set > 1 ||
      d.device != 0)
    return bad("malformed artifact: dispatch %u ('%s'): unit %u x %u, row set %u, device %u", index,
               name(index), d.unit, d.units, d.row_set, d.device);
  if (d.layer >= artifact.model->layer_count && d.layer != 0xffffffffu)
    return bad("malformed artifact: dispatch %u ('%s'): layer %u of %u", index, name(index), d.layer,
               artifact.model->layer_count);
  FACET_TRY(checkWaits(index));
  for (unsigned i = 0; i < d.operand_count; ++i)
    FACET_TRY(checkOperand(index, i));
  FACET_TRY(checkExperts(index));
  FACET_TRY(checkTrace(index));
  return checkInput(index);
}

Status ScheduleChecker::checkWaits(unsigned index) {
  const facet_dispatch &d = artifact.dispatches[index];
  if (!within(d.first_wait, d.wait_count, artifact.waits.size))
    return bad("malformed artifact: dispatch %u ('%s'): waits %u + %u of %zu", index, name(index),
               d.first_wait, d.wait_count, artifact.waits.size);
  for (unsigned i = 0; i < d.wait_count; ++i)
    if (artifact.waits[d.first_wait + i] >= index - entry->first_dispatch)
      return bad("malformed artifact: dispatch %u ('%s') waits for %u, expected an earlier one of its entry",
                 index, name(index), artifact.waits[d.first_wait + i]);
  return success();
}

Status ScheduleChecker::checkOperand(unsigned dispatch, unsigned index) {
  const facet_dispatch &d = artifact.dispatches[dispatch];
  const facet_operand &o = artifact.operands[d.first_operand + index];
  bool good = false;
  switch (o.kind) {
  case FACET_OPERAND_WEIGHT:
    good =
        o.index < artifact.weightTable.size && o.access == FACET_READ && o.reads <= 2 &&
        o.offset >= artifact.weightTable[o.index].offset &&
        within(o.offset - artifact.weightTable[o.index].offset, o.size, artifact.weightTable[o.index].size);
    break;
  case FACET_OPERAND_GATHERED: // the whole of a weight in rows
    good = o.index < artifact.weightTable.size && o.access == FACET_READ &&
           artifact.weightTable[o.index].layout == 0 && o.offset == artifact.weightTable[o.index].offset &&
           o.size == artifact.weightTable[o.index].size && o.size % artifact.weightTable[o.index].rows == 0 &&
           artifact.weightTable[o.index].rows >= artifact.model->vocab_size;
    break;
  case FACET_OPERAND_ARENA:
    good = o.access <= (FACET_READ | FACET_WRITE) && within(o.offset, o.size, entry->arena_bytes) &&
           o.offset % 64 == 0 &&
           (o.index == 0 || (o.index < FACET_MAX_EXPERTS && o.size >= 4ull * (o.index + 1)));
    break;
  case FACET_OPERAND_ROWS:
    good = o.index <= 1 && o.access <= FACET_READ;
    break;
  case FACET_OPERAND_KV:
    good = o.index < artifact.streams.size;
    break;
  case FACET_OPERAND_OUTPUT: // buffers that hold rows of set 1 only
    good = o.index <= FACET_OUTPUT_HIDDEN && d.row_set == 1;
    break;
  default:
    break;
  }
  if (!good)
    return bad(
        "malformed artifact: dispatch %u ('%s'): operand %u: kind %u, index %u, access %u, reads %u, offset "
        "%llu, size %llu is out of range",
        dispatch, name(dispatch), index, o.kind, o.index, o.access, o.reads, o.offset, o.size);
  return success();
}

/// What is read by expert can only be counted beside the plan that says which experts have rows.
Status ScheduleChecker::checkExperts(unsigned index) {
  const facet_dispatch &d = artifact.dispatches[index];
  const facet_operand *weight = nullptr;
  unsigned experts = 0;
  for (unsigned i = 0; i < d.operand_count; ++i) {
    const facet_operand &o = artifact.operands[d.first_operand + i];
    if (o.kind == FACET_OPERAND_WEIGHT && o.reads == 2)
      weight = &o;
    if (o.kind == FACET_OPERAND_ARENA && o.index)
      experts = o.index;
  }
  if (weight && (experts == 0 || artifact.weightTable[weight->index].rows % experts != 0))
    return bad("malformed artifact: dispatch %u ('%s'): %llu rows read by expert, with a plan of %u experts",
               index, name(index), artifact.weightTable[weight->index].rows, experts);
  return success();
}

Status ScheduleChecker::checkTrace(unsigned index) {
  const facet_dispatch &d = artifact.dispatches[index];
  if (d.trace == 0)
    return success();
  const unsigned long long bytes = 4ull * entry->rows * artifact.model->hidden_size;
  bool good = d.trace <= artifact.model->layer_count + 1 && d.trace_operand < d.operand_count;
  if (good) {
    const facet_operand &o = artifact.operands[d.first_operand + d.trace_operand];
    bool floats =
        o.kind == FACET_OPERAND_ARENA || (o.kind == FACET_OPERAND_OUTPUT && o.index == FACET_OUTPUT_HIDDEN);
    good = floats && o.size >= bytes;
  }
  if (!good)
    return bad(
        "malformed artifact: dispatch %u ('%s'): trace %u of operand %u: expected a buffer of %llu bytes",
        index, name(index), d.trace, d.trace_operand, bytes);
  return success();
}

/// Floats, at least a row of the matrix for each row of the entry.
Status ScheduleChecker::checkInput(unsigned index) {
  const facet_dispatch &d = artifact.dispatches[index];
  if (d.input == 0)
    return success();
  const facet_operand *matrix = artifact.matrixOf(d);
  unsigned long long bytes = 0, rows = entry->rows;
  if (d.input == FACET_INPUT_SCRATCH && matrix && matrix->reads == 0) { // experts gather theirs
    bytes = artifact.kernels[d.kernel].scratch_bytes;
    rows = rows < FACET_ROW_GROUP ? rows : FACET_ROW_GROUP;
  } else if (d.input <= d.operand_count) {
    const facet_operand &o = artifact.operands[d.first_operand + d.input - 1];
    if (o.kind == FACET_OPERAND_ARENA)
      bytes = o.size;
    else if (o.kind == FACET_OPERAND_OUTPUT && o.index == FACET_OUTPUT_HIDDEN)
      bytes = 4 * rows * artifact.model->hidden_size;
  }
  if (!matrix || bytes / 4 / rows < artifact.weightTable[matrix->index].columns)
    return bad("malformed artifact: dispatch %u ('%s'): input %u: expected rows as wide as its matrix", index,
               name(index), d.input);
  return success();
}

Status facet::checkSchedule(const Artifact &artifact, const Complaint &bad) {
  ScheduleChecker checker{artifact, bad};
  FACET_TRY(checker.checkEntries());
  for (const facet_ladder_entry &entry : artifact.entries) {
    checker.entry = &entry;
    for (unsigned i = 0; i < entry.dispatch_count; ++i)
      FACET_TRY(checker.checkDispatch(entry.first_dispatch + i));
  }
  return success();
}
