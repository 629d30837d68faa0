// The workers' walk over a ladder entry.
#include "runtime/core/Pass.h"
#include "runtime/core/Plan.h"

#include <algorithm>
#include <ctime>

using namespace facet;

// So that a slow thread leaves little to wait for; of a matrix more, for its pieces take longer.
static constexpr int piecesPerThread = 4, matrixPiecesPerThread = 16;
static constexpr unsigned long long pieceBytes = 64 << 10; // of a matrix
static constexpr unsigned long long tinyBytes = 8192;
static constexpr size_t prefetchBytes = 4096; // a page: the hardware's own prefetch goes on from there

static unsigned long long now() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<unsigned long long>(time.tv_sec) * 1000000000u +
         static_cast<unsigned long long>(time.tv_nsec);
}

Status Pass::run(facet_executor &executor, const PassInput &from, const std::atomic<bool> &cancel,
                 facet_counters &counters) {
  input = &from;
  cancelled = &cancel;
  entry = &artifact->entries[static_cast<size_t>(from.entry)];
  FACET_TRY(gather.read(from.entry, from.sets));
  threads = executor.threads();
  observed = profile || inputs.fn || caller.fn;
  prepare(from);
  executor.run([](void *pass, int worker) { static_cast<Pass *>(pass)->work(worker); }, this);
  if (cancel.load())
    return success();
  count(counters);
  if (profile)
    emitProfile(now() - startTime);
  return success();
}

long long facet::unitsOf(const facet_dispatch &d, const facet_row_set &rows) {
  switch (d.unit) {
  case FACET_UNIT_ROWS:
    return static_cast<long long>(d.units) * rows.count;
  case FACET_UNIT_QUERY_BLOCKS:
    return static_cast<long long>(d.units) * rows.block_count;
  case FACET_UNIT_ROW_GROUPS:
    return static_cast<long long>(d.units) * ((rows.count + FACET_ROW_GROUP - 1) / FACET_ROW_GROUP);
  default:
    return d.units;
  }
}

/// As many as there are units, but one where handing over costs more than the work, and else some for each
/// thread.
int Pass::piecesOf(unsigned index) const {
  const facet_dispatch &d = artifact->dispatches[index];
  const Facts &f = facts[index];
  const facet_row_set &set = rowSets[d.row_set];
  long long pieces = threads == 1 ? 1 : static_cast<long long>(threads) * piecesPerThread;
  if (f.matrix && threads > 1) {
    const auto groups = static_cast<unsigned>((set.count + FACET_ROW_GROUP - 1) / FACET_ROW_GROUP);
    const auto worthwhile = static_cast<long long>(f.matrixBytes * groups / pieceBytes);
    pieces = threads * std::clamp<long long>(worthwhile / threads, 1, matrixPiecesPerThread);
  }
  const bool keysAreRead = d.unit == FACET_UNIT_QUERY_BLOCKS; // which no operand's size tells
  if (!keysAreRead && f.streamedBytes + f.expertBytes + f.arenaBytes < tinyBytes)
    pieces = 1;
  return static_cast<int>(std::clamp(unitsOf(d, set), 1ll, std::min<long long>(pieces, PieceClaims::most)));
}

void Pass::prepare(const PassInput &from) {
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
    state.pieces = state.skipped ? 1 : piecesOf(entry->first_dispatch + i);
    state.target = state.pieces + (trace && d.trace ? 1 : 0);
    state.claims.reset(state.pieces);
    state.finished.store(0, std::memory_order_relaxed);
    if (profile) {
      state.start.store(~0ull, std::memory_order_relaxed);
      state.end.store(0, std::memory_order_relaxed);
      state.busy.store(0, std::memory_order_relaxed);
    }
    if (!state.skipped)
      lastDispatch = i + 1;
  }
  startTime = profile ? now() : 0;
}

static void prefetch(const unsigned char *from) {
  for (size_t at = 0; at < prefetchBytes; at += 64)
    __builtin_prefetch(from + at, 0, 2);
}

void Pass::work(int worker) {
  for (unsigned i = 0; i < lastDispatch; ++i) {
    const unsigned index = entry->first_dispatch + i;
    State &state = states[index];
    if (state.claims.allTaken(state.pieces))
      continue;
    waitFor(index);
    if (cancelled->load())
      return;
    long long prepared = -1;
    for (int piece; (piece = state.claims.take(worker, threads, state.pieces)) >= 0;) {
      runPiece(index, piece, worker, &prepared);
      finishPiece(index);
    }
    // The others may take a while: memory need not.
    if (facts[index].matrix && facts[index].nextMatrix)
      prefetch(shareOf(*facts[index].nextMatrix, worker));
  }
}

/// Until pieces may begin, or all are taken by others, or the step is cancelled. Nobody takes a piece before
/// it can begin, so that a chain of dispatches of one piece stays with the worker that has their data. No
/// deadlock: what it waits for comes earlier, and all pieces of it are taken by workers that are past their
/// wait.
void Pass::waitFor(unsigned index) {
  const facet_dispatch &d = artifact->dispatches[index];
  const State &own = states[index];
  for (unsigned i = 0; i < d.wait_count; ++i) {
    const State &state = states[entry->first_dispatch + artifact->waits[d.first_wait + i]];
    progress.wait([&] {
      return state.finished.load() == state.target || own.claims.allTaken(own.pieces) || cancelled->load();
    });
  }
}

/// Where the worker's share of a matrix begins.
const unsigned char *Pass::shareOf(const Facts &f, int worker) const {
  const State &state = stateOf(f);
  const unsigned long long units = artifact->dispatches[static_cast<size_t>(&f - facts.data())].units;
  const auto piece = static_cast<unsigned long long>(PieceClaims::shareOf(worker, threads, state.pieces));
  return f.matrix + piece * units / static_cast<unsigned>(state.pieces) * (f.matrixBytes / units);
}

void Pass::countExperts(const Facts &f, State &state) const {
  state.experts = state.expertGroups = 0;
  for (unsigned e = 0; e < f.experts; ++e) {
    const int rows = f.plan[e + 1] - f.plan[e];
    state.experts += rows > 0;
    state.expertGroups += static_cast<unsigned>((rows + FACET_ROW_GROUP - 1) / FACET_ROW_GROUP);
  }
}

void Pass::runPiece(unsigned index, int piece, int worker, long long *prepared) {
  const Facts &f = facts[index];
  State &state = states[index];
  if (state.skipped)
    return;
  if (f.plan && piece == 0) // while it is there: later dispatches may overwrite it
    countExperts(f, state);
  void *memory = scratch.data() + static_cast<size_t>(worker) * scratchBytes;
  if (!observed)
    return f.kernel(f.operands, piece, state.pieces, memory, prepared);
  unsigned long long start = now() - startTime;
  if (caller.fn)
    caller.fn(caller.context, {artifact->dispatches[index], rowSets, f.kernel, f.operands, piece,
                               state.pieces, memory, prepared});
  else
    f.kernel(f.operands, piece, state.pieces, memory, prepared);
  unsigned long long end = now() - startTime;
  if (inputs.fn) {
    const facet_dispatch &d = artifact->dispatches[index];
    inputs.show(*artifact, d, entry->rows, rowSets[d.row_set], f.operands, memory);
  }
  state.busy.fetch_add(end - start, std::memory_order_relaxed);
  for (auto seen = state.start.load(); start < seen && !state.start.compare_exchange_weak(seen, start);) {
  }
  for (auto seen = state.end.load(); end > seen && !state.end.compare_exchange_weak(seen, end);) {
  }
}

void Pass::finishPiece(unsigned index) {
  State &state = states[index];
  int finished = state.finished.fetch_add(1) + 1;
  if (finished == state.pieces && state.target > state.pieces) {
    // Before it is done: those that overwrite the rows wait for it.
    if (!state.skipped)
      emitTrace(artifact->dispatches[index]);
    finished = state.finished.fetch_add(1) + 1;
  }
  if (finished == state.target)
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
    if (f.plan) {
      counters.experts += states[entry->first_dispatch + i].experts;
      counters.expert_bytes += f.expertBytes * states[entry->first_dispatch + i].expertGroups;
    }
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
    time.experts = facts[entry->first_dispatch + i].plan ? static_cast<int32_t>(state.experts) : 0;
    time.start_ns = state.start.load();
    time.end_ns = state.end.load();
    time.busy_ns = state.busy.load();
  }
  profile(profileContext, input->entry, rowSets[0].count, nanoseconds, times.data(),
          static_cast<int32_t>(entry->dispatch_count));
}
