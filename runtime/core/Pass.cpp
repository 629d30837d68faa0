// Binding of dispatches at creation, and the workers' walk.
#include "runtime/core/Pass.h"
#include "runtime/core/Plan.h"

#include <algorithm>
#include <ctime>

using namespace facet;

static constexpr int piecesPerThread = 4; // so that a slow thread leaves little to wait for
static constexpr unsigned allOutputs = ~0u;

static unsigned long long now() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<unsigned long long>(time.tv_sec) * 1000000000u +
         static_cast<unsigned long long>(time.tv_nsec);
}

// ---- Creation

Status Pass::create(const facet_model &from, const SessionPlan &plan, facet_kv_view *views,
                    const Allocator &allocator) {
  model = &from;
  artifact = &from.artifact();
  scratchBytes = plan.scratchBytes;
  FACET_TRY(allocateInto(arena, allocator, plan.arenaBytes, "the arena", true, 4096));
  FACET_TRY(allocateInto(scratch, allocator, static_cast<size_t>(plan.threads) * scratchBytes, "scratch",
                         true, 4096));
  FACET_TRY(allocateInto(operandTable, allocator, plan.operands, "operands"));
  FACET_TRY(allocateInto(facts, allocator, plan.dispatches, "the schedule", true));
  FACET_TRY(allocateInto(states, allocator, plan.dispatches, "the schedule", true));
  FACET_TRY(allocateInto(times, allocator, plan.dispatches, "the schedule", true));
  FACET_TRY(allocateInto(traceRows, allocator, static_cast<size_t>(plan.passRows), "the schedule"));
  FACET_TRY(gather.create(from, plan.entries, allocator));
  void **next = operandTable.data();
  for (unsigned i = 0; i < plan.dispatches; ++i) {
    bindDispatch(i, next, views);
    next += artifact->dispatches[i].operand_count;
  }
  for (const RowGather::Table &table : gather.tables()) {
    facts[table.dispatch].operands[table.operand] = table.rows;
    facts[table.dispatch].rowBytes += table.rowBytes;
  }
  size_t slots = 0;
  for (int e = 0; e < plan.entries; ++e)
    bindOutputs(static_cast<unsigned>(e), slots); // counts them
  FACET_TRY(allocateInto(outputSlots, allocator, slots, "operands"));
  auto seenLayers = Buffer<bool>::create(allocator, artifact->model->layer_count, "the schedule");
  if (!seenLayers)
    return seenLayers.error();
  slots = 0;
  for (unsigned e = 0; e < static_cast<unsigned>(plan.entries); ++e) {
    const facet_ladder_entry &bound = artifact->entries[e];
    bindOutputs(e, slots);
    findNeeded(bound);
    findLayerEnds(bound, *seenLayers);
    findPrefetch(bound);
  }
  return success();
}

void Pass::bindDispatch(unsigned index, void **operands, facet_kv_view *views) {
  const facet_dispatch &d = artifact->dispatches[index];
  Facts &f = facts[index];
  f.kernel = model->kernel(d.kernel);
  f.operands = operands;
  for (unsigned i = 0; i < d.operand_count; ++i) {
    const facet_operand &o = artifact->operands[d.first_operand + i];
    switch (o.kind) {
    case FACET_OPERAND_WEIGHT: {
      const facet_weight_info &weight = artifact->weightTable[o.index];
      operands[i] = const_cast<unsigned char *>(artifact->weights.data + o.offset);
      if (o.reads == 0)
        f.streamedBytes += o.size;
      else if (o.reads == 1)
        f.rowBytes += weight.size / weight.rows;
      else
        f.expertBytes += o.size;
      break;
    }
    case FACET_OPERAND_ARENA:
      operands[i] = arena.data() + o.offset;
      break;
    case FACET_OPERAND_ROWS:
      operands[i] = &rowSets[o.index];
      break;
    case FACET_OPERAND_KV:
      operands[i] = &views[o.index];
      break;
    default: // outputs are set for each pass, gathered rows by create()
      operands[i] = nullptr;
    }
  }
}

void Pass::bindOutputs(unsigned entryIndex, size_t &slots) {
  const facet_ladder_entry &bound = artifact->entries[entryIndex];
  for (unsigned i = 0; i < bound.dispatch_count; ++i) {
    const facet_dispatch &d = artifact->dispatches[bound.first_dispatch + i];
    for (unsigned k = 0; k < d.operand_count; ++k) {
      const facet_operand &o = artifact->operands[d.first_operand + k];
      if (o.kind != FACET_OPERAND_OUTPUT)
        continue;
      if (slots < outputSlots.size())
        outputSlots[slots] = {&facts[bound.first_dispatch + i].operands[k], o.index, entryIndex};
      ++slots;
    }
  }
}

/// A dispatch that writes outputs only is needed for those that are wanted, and for those that a needed one
/// reads.
void Pass::findNeeded(const facet_ladder_entry &bound) {
  for (unsigned output = 0; output < 2; ++output) {
    unsigned live = 1u << output;
    for (unsigned i = bound.dispatch_count; i-- > 0;) {
      const facet_dispatch &d = artifact->dispatches[bound.first_dispatch + i];
      unsigned writes = 0, reads = 0;
      bool others = false;
      for (unsigned k = 0; k < d.operand_count; ++k) {
        const facet_operand &o = artifact->operands[d.first_operand + k];
        if (o.kind == FACET_OPERAND_OUTPUT) {
          writes |= o.access & FACET_WRITE ? 1u << o.index : 0;
          reads |= o.access & FACET_READ ? 1u << o.index : 0;
        } else if (o.access & FACET_WRITE) {
          others = true;
        }
      }
      Facts &f = facts[bound.first_dispatch + i];
      if (others || writes == 0)
        f.neededFor = allOutputs;
      if (writes & live)
        f.neededFor |= 1u << output;
      if (f.neededFor >> output & 1)
        live |= reads;
    }
  }
}

void Pass::findLayerEnds(const facet_ladder_entry &bound, const Buffer<bool> &seen) {
  std::fill(seen.begin(), seen.end(), false);
  for (unsigned i = bound.dispatch_count; i-- > 0;) {
    unsigned layer = artifact->dispatches[bound.first_dispatch + i].layer;
    if (layer == 0xffffffffu || seen[layer])
      continue;
    seen[layer] = facts[bound.first_dispatch + i].endsLayer = true;
  }
}

void Pass::findPrefetch(const facet_ladder_entry &bound) {
  const void *next = nullptr;
  for (unsigned i = bound.dispatch_count; i-- > 0;) {
    facts[bound.first_dispatch + i].prefetch = next;
    const facet_dispatch &d = artifact->dispatches[bound.first_dispatch + i];
    for (unsigned k = d.operand_count; k-- > 0;) {
      const facet_operand &o = artifact->operands[d.first_operand + k];
      if (o.kind == FACET_OPERAND_WEIGHT && o.reads == 0)
        next = artifact->weights.data + o.offset;
    }
  }
}

// ---- A pass

Status Pass::run(facet_executor &executor, const PassInput &from, const std::atomic<bool> &cancel,
                 facet_counters &counters) {
  input = &from;
  cancelled = &cancel;
  entry = &artifact->entries[static_cast<size_t>(from.entry)];
  FACET_TRY(gather.read(from.entry, from.sets));
  prepare(from, executor.threads());
  executor.run([](void *pass, int worker) { static_cast<Pass *>(pass)->work(worker); }, this);
  if (cancel.load())
    return success();
  count(counters);
  if (profile)
    emitProfile(now() - startTime);
  return success();
}

int Pass::piecesOf(const facet_dispatch &d, int threads) const {
  const facet_row_set &set = rowSets[d.row_set];
  long long units = d.units;
  if (d.unit == FACET_UNIT_ROWS)
    units *= set.count;
  else if (d.unit == FACET_UNIT_QUERY_BLOCKS)
    units *= set.block_count;
  else if (d.unit == FACET_UNIT_ROW_GROUPS)
    units *= (set.count + FACET_ROW_GROUP - 1) / FACET_ROW_GROUP;
  long long pieces = threads == 1 ? 1 : static_cast<long long>(threads) * piecesPerThread;
  return static_cast<int>(std::max(1ll, std::min(pieces, units)));
}

void Pass::prepare(const PassInput &from, int threads) {
  rowSets[0] = from.sets[0];
  rowSets[1] = from.sets[1];
  for (const OutputSlot &slot : outputSlots)
    if (slot.entry == static_cast<unsigned>(from.entry))
      *slot.operand = from.outputs[slot.output];
  lastDispatch = 0;
  for (unsigned i = 0; i < entry->dispatch_count; ++i) {
    const facet_dispatch &d = artifact->dispatches[entry->first_dispatch + i];
    const Facts &f = facts[entry->first_dispatch + i];
    State &state = states[entry->first_dispatch + i];
    state.skipped =
        rowSets[d.row_set].count == 0 || (f.neededFor != allOutputs && (f.neededFor & from.wanted) == 0);
    state.pieces = state.skipped ? 1 : piecesOf(d, threads);
    state.claimed.store(0, std::memory_order_relaxed);
    state.left.store(state.pieces, std::memory_order_relaxed);
    state.done.store(false, std::memory_order_relaxed);
    state.start.store(~0ull, std::memory_order_relaxed);
    state.end.store(0, std::memory_order_relaxed);
    state.busy.store(0, std::memory_order_relaxed);
    if (!state.skipped)
      lastDispatch = i + 1;
  }
  startTime = profile ? now() : 0;
}

void Pass::work(int worker) {
  for (unsigned i = 0; i < lastDispatch; ++i) {
    State &state = states[entry->first_dispatch + i];
    bool waited = false;
    while (state.claimed.load(std::memory_order_relaxed) < state.pieces) {
      int piece = state.claimed.fetch_add(1, std::memory_order_relaxed);
      if (piece >= state.pieces)
        break;
      // No deadlock: what it waits for comes earlier, and all pieces of it are claimed by workers that are
      // there.
      if (!waited && !waitFor(i))
        return;
      waited = true;
      runPiece(i, piece, worker);
      if (state.left.fetch_sub(1, std::memory_order_acq_rel) == 1)
        finish(i);
    }
  }
}

/// False if the step is cancelled.
bool Pass::waitFor(unsigned index) {
  const facet_dispatch &d = artifact->dispatches[entry->first_dispatch + index];
  for (unsigned i = 0; i < d.wait_count; ++i) {
    State &state = states[entry->first_dispatch + artifact->waits[d.first_wait + i]];
    progress.wait([&] { return state.done.load() || cancelled->load(); });
  }
  return !cancelled->load();
}

void Pass::runPiece(unsigned index, int piece, int worker) {
  const Facts &f = facts[entry->first_dispatch + index];
  State &state = states[entry->first_dispatch + index];
  if (state.skipped)
    return;
  void *memory = scratch.data() + static_cast<size_t>(worker) * scratchBytes;
  if (!profile)
    return f.kernel(f.operands, piece, state.pieces, memory, f.prefetch);
  unsigned long long start = now() - startTime;
  f.kernel(f.operands, piece, state.pieces, memory, f.prefetch);
  unsigned long long end = now() - startTime;
  state.busy.fetch_add(end - start, std::memory_order_relaxed);
  for (auto seen = state.start.load(); start < seen && !state.start.compare_exchange_weak(seen, start);) {
  }
  for (auto seen = state.end.load(); end > seen && !state.end.compare_exchange_weak(seen, end);) {
  }
}

void Pass::finish(unsigned index) {
  const facet_dispatch &d = artifact->dispatches[entry->first_dispatch + index];
  State &state = states[entry->first_dispatch + index];
  // Before it is done: those that overwrite the rows wait for it.
  if (trace && d.trace && !state.skipped)
    emitTrace(d);
  state.done.store(true);
  progress.notify();
}

void Pass::emitTrace(const facet_dispatch &d) {
  const facet_row_set &set = rowSets[d.row_set];
  for (int i = 0; i < set.count; ++i)
    traceRows[static_cast<size_t>(i)] = input->callerRows[d.row_set == 0 ? i : set.parent[i]];
  facet_trace event = {};
  event.layers = static_cast<int32_t>(d.trace - 1);
  event.count = set.count;
  event.width = static_cast<int32_t>(artifact->model->hidden_size);
  event.rows = traceRows.data();
  // Bound already: a buffer in the arena, or the output that the last norm writes.
  const unsigned index = static_cast<unsigned>(&d - &artifact->dispatches[0]);
  event.values = static_cast<const float *>(facts[index].operands[d.trace_operand]);
  trace(traceContext, &event);
}

void Pass::count(facet_counters &counters) const {
  ++counters.passes;
  counters.rows += static_cast<unsigned>(rowSets[0].count);
  for (unsigned i = 0; i < lastDispatch; ++i) {
    if (states[entry->first_dispatch + i].skipped)
      continue;
    const Facts &f = facts[entry->first_dispatch + i];
    auto rows = static_cast<unsigned>(rowSets[artifact->dispatches[entry->first_dispatch + i].row_set].count);
    unsigned groups = (rows + FACET_ROW_GROUP - 1) / FACET_ROW_GROUP;
    ++counters.dispatches;
    counters.weight_bytes += f.streamedBytes * groups + f.rowBytes * rows;
    counters.expert_bytes_limit += f.expertBytes * groups;
    counters.layer_rows += f.endsLayer ? rows : 0;
  }
}

void Pass::emitProfile(unsigned long long nanoseconds) {
  for (unsigned i = 0; i < entry->dispatch_count; ++i) {
    const State &state = states[entry->first_dispatch + i];
    facet_dispatch_time &time = times[i];
    time = {};
    time.dispatch = static_cast<int32_t>(entry->first_dispatch + i);
    if (i >= lastDispatch || state.skipped)
      continue;
    time.pieces = state.pieces;
    time.start_ns = state.start.load();
    time.end_ns = state.end.load();
    time.busy_ns = state.busy.load();
  }
  profile(profileContext, input->entry, rowSets[0].count, nanoseconds, times.data(),
          static_cast<int32_t>(entry->dispatch_count));
}
