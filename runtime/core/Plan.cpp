// Session options: defaults, limits, bytes.
#include "runtime/core/Plan.h"
#include "runtime/core/Cpu.h"
#include "runtime/core/Executor.h"
#include "runtime/core/Options.h"
#include "runtime/core/Pass.h"
#include "runtime/limits.h"

#include <algorithm>

using namespace facet;

static constexpr int rollbackDefault = 64, pageDefault = 64, contextDefault = 8192, outputsDefault = 64;

static void setDefault(int32_t &option, int value) {
  if (option == 0)
    option = value;
}

static Status fillOptions(const facet_model_info &model, facet_session_options &o) {
  const int limit = static_cast<int>(model.max_positions);
  setDefault(o.context, std::min(limit, contextDefault));
  setDefault(o.sequences, 1);
  setDefault(o.page_positions, pageDefault);
  setDefault(o.max_rows, static_cast<int>(model.max_rows));
  setDefault(o.rollback, rollbackDefault);
  if (o.context < 1 || o.context > limit)
    return failure(FACET_BAD_ARGUMENT, "context of %d positions: expected 1 to %d, the model's limit",
                   o.context, limit);
  if (o.sequences < 1 || o.sequences > FACET_MAX_SEQUENCES)
    return failure(FACET_BAD_ARGUMENT, "%d sequences: expected 1 to %d", o.sequences, FACET_MAX_SEQUENCES);
  const long long positions = static_cast<long long>(o.context) * o.sequences;
  if (positions > 0x7fffffff)
    return failure(FACET_BAD_ARGUMENT,
                   "%d sequences of %d positions: expected 2147483647 positions at most together",
                   o.sequences, o.context);
  if (o.page_positions < FACET_KV_BLOCK || (o.page_positions & (o.page_positions - 1)) ||
      o.page_positions > FACET_MAX_PAGE_POSITIONS)
    return failure(FACET_BAD_ARGUMENT, "pages of %d positions: expected a power of two from %d to %d",
                   o.page_positions, FACET_KV_BLOCK, FACET_MAX_PAGE_POSITIONS);
  if (o.max_rows < 1 || o.max_rows > FACET_MAX_STEP_ROWS)
    return failure(FACET_BAD_ARGUMENT, "max_rows is %d, expected 1 to %d", o.max_rows, FACET_MAX_STEP_ROWS);
  setDefault(o.max_outputs, std::min(o.max_rows, std::max(outputsDefault, o.sequences)));
  if (o.max_outputs < 1 || o.max_outputs > o.max_rows)
    return failure(FACET_BAD_ARGUMENT, "max_outputs is %d, expected 1 to max_rows, which is %d",
                   o.max_outputs, o.max_rows);
  if (o.rollback < 0 || o.rollback > FACET_MAX_ROLLBACK)
    return failure(FACET_BAD_ARGUMENT, "rollback is %d, expected 0 to %d", o.rollback, FACET_MAX_ROLLBACK);
  if (o.pool_positions == 0)
    o.pool_positions = positions;
  if (o.pool_positions < 1 || o.pool_positions > positions)
    return failure(FACET_BAD_ARGUMENT,
                   "pool_positions is %lld, expected 1 to context x sequences, which is %lld",
                   static_cast<long long>(o.pool_positions), positions);
  return success();
}

static void planEntries(const Artifact &artifact, SessionPlan &plan) {
  for (const facet_ladder_entry &entry : artifact.entries) {
    ++plan.entries;
    plan.passRows = static_cast<int>(entry.rows);
    plan.arenaBytes = std::max<size_t>(plan.arenaBytes, entry.arena_bytes);
    plan.dispatches += entry.dispatch_count;
    for (unsigned i = 0; i < entry.dispatch_count; ++i) {
      const facet_dispatch &d = artifact.dispatches[entry.first_dispatch + i];
      plan.operands += d.operand_count;
      plan.scratchBytes = std::max<size_t>(plan.scratchBytes, artifact.kernels[d.kernel].scratch_bytes);
    }
    if (plan.passRows >= plan.memory.options.max_rows)
      break; // a larger one would never be picked
  }
  plan.scratchBytes = (plan.scratchBytes + 63) / 64 * 64;
}

/// Of weights that are only gathered from, as the first entry's schedule shows.
static uint64_t gatheredBytes(const Artifact &artifact) {
  uint64_t sum = 0;
  const facet_ladder_entry &entry = artifact.entries[0];
  for (unsigned i = 0; i < entry.dispatch_count; ++i) {
    const facet_dispatch &d = artifact.dispatches[entry.first_dispatch + i];
    for (unsigned k = 0; k < d.operand_count; ++k)
      if (const facet_operand &o = artifact.operands[d.first_operand + k]; o.kind == FACET_OPERAND_GATHERED)
        sum += o.size;
  }
  return std::min(sum, artifact.weights.size);
}

Result<SessionPlan> facet::planSession(const facet_model &model, const facet_session_options *options) {
  const Artifact &artifact = model.artifact();
  SessionPlan plan = {};
  facet_memory_plan &memory = plan.memory;
  auto given = readOptions(options);
  if (!given)
    return given.error();
  memory.options = *given;
  facet_session_options &o = memory.options;
  FACET_TRY(fillOptions(*artifact.model, o));
  plan.threads = o.executor ? o.executor->threads() : defaultThreads();
  planEntries(artifact, plan);
  memory.gathered_bytes = gatheredBytes(artifact);
  memory.weight_bytes = artifact.weights.size - memory.gathered_bytes;
  for (size_t k = 0; k < artifact.kvKinds.size; ++k) {
    PoolShape shape = planPool(artifact.kvKinds[k], o);
    const CheckedSize kindBytes = CheckedSize(shape.pages + 1ull) * static_cast<uint64_t>(shape.pageBytes);
    const CheckedSize bytes = kindBytes + memory.kv_bytes;
    if (!bytes.fits(INT64_MAX)) // what is added to it below is far less
      return outOfMemory(static_cast<size_t>(-1), "KV pages");
    memory.kv_kind_bytes[k] = kindBytes.value();
    memory.kv_bytes = bytes.value();
    memory.table_bytes +=
        4ull * (static_cast<uint64_t>(o.sequences) * static_cast<uint64_t>(shape.pagesPerSlot + 2) +
                2ull * static_cast<uint64_t>(shape.pages));
  }
  memory.arena_bytes = plan.arenaBytes + RowGather::bytes(artifact, plan.entries);
  memory.output_bytes = 4ull * static_cast<uint64_t>(o.max_outputs) *
                        (artifact.model->vocab_size + static_cast<uint64_t>(artifact.model->hidden_size));
  memory.scratch_bytes = static_cast<uint64_t>(plan.threads) * plan.scratchBytes;
  memory.table_bytes += Pass::bytesPerDispatch * plan.dispatches + sizeof(void *) * plan.operands +
                        80ull * static_cast<uint64_t>(o.max_rows);
  memory.session_bytes =
      memory.kv_bytes + memory.arena_bytes + memory.output_bytes + memory.scratch_bytes + memory.table_bytes;
  return plan;
}

facet_code facet_plan(const facet_model *model, const facet_session_options *options, facet_memory_plan *out,
                      facet_error *err) {
  if (!model || !out)
    return report(failure(FACET_BAD_ARGUMENT, "model or out is NULL"), err);
  auto plan = planSession(*model, options);
  if (!plan)
    return report(plan.error(), err);
  *out = plan->memory;
  return FACET_OK;
}
