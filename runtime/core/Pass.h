// Runs one ladder entry over row sets: all workers walk its dispatches in order, share the pieces of each,
// and start a dispatch when those it waits for are done. There is no barrier. A worker on its way from one
// matrix to the next prefetches the beginning of its share of that. Everything that does not change from step
// to step (addresses, what streams next, bytes) is worked out once, when the session is created.
#ifndef FACET_RUNTIME_CORE_PASS_H
#define FACET_RUNTIME_CORE_PASS_H

#include "runtime/core/Executor.h"
#include "runtime/core/InputWatch.h"
#include "runtime/core/PieceClaims.h"
#include "runtime/core/RowGather.h"

namespace facet {

struct SessionPlan;

/// What one pass works on. Lives until the pass ends.
struct PassInput {
  int entry;
  facet_row_set sets[2];
  unsigned wanted;       // bit n: some row wants facet_output n
  float *outputs[2];     // by facet_output: where row 0 of set 1 goes
  const int *callerRows; // [sets[0].count]: index into the step's rows
};

/// Pieces that a dispatch over `rows` can be cut into at most.
long long unitsOf(const facet_dispatch &dispatch, const facet_row_set &rows);

/// A piece of a dispatch, about to run.
struct KernelCall {
  const facet_dispatch &dispatch;
  const facet_row_set *rowSets; // [2]
  facet_kernel_fn kernel;
  void *const *operands;
  int piece, pieces;
  void *scratch;
  long long *prepared;
};

/// Calls kernels in the place of Pass, for tests that give them operands elsewhere.
struct KernelCaller {
  void (*fn)(void *context, const KernelCall &call) = nullptr;
  void *context = nullptr;
};

class Pass {
public:
  /// `views`: one for each stream; they stay where they are.
  Status create(const facet_model &model, const SessionPlan &plan, facet_kv_view *views,
                const Allocator &allocator);

  /// Fails if rows of a table cannot be read. Outputs and KV of these rows are undefined after that, and
  /// after `cancel` became true on the way.
  Status run(facet_executor &executor, const PassInput &input, const std::atomic<bool> &cancel,
             facet_counters &counters);
  /// From any thread, after it set `cancel`.
  void wake() { progress.notify(); }

  facet_trace_fn trace = nullptr;
  void *traceContext = nullptr;
  facet_profile_fn profile = nullptr;
  void *profileContext = nullptr;
  InputWatch inputs; // on an executor of one thread, in passes of one row group
  KernelCaller caller;

private:
  static constexpr unsigned allOutputs = ~0u;
  /// What a dispatch is, in every pass.
  struct Facts {
    facet_kernel_fn kernel;
    void **operands;
    const unsigned char *matrix; // the matrix that it streams, or null
    size_t matrixBytes;
    const Facts *nextMatrix;                    // the next dispatch that streams one, or null
    unsigned long long streamedBytes, rowBytes; // read per row group, per row
    unsigned long long expertBytes;             // of one expert's weights, read per row group of the expert
    const int *plan;                            // if there are experts: their first entries, ascending
    unsigned experts;
    unsigned long long arenaBytes; // of its operands there, for all rows of the entry
    unsigned neededFor;            // bits of outputs; all bits if it writes anything else
    bool endsLayer;                // no later dispatch of the entry is of its layer
  };
  /// How far a dispatch is, in this pass. `skipped` ones still wait, so that what waits for them keeps its
  /// order. The first line is all that workers share where nobody profiles.
  struct alignas(64) State {
    PieceClaims claims;
    std::atomic<int> finished; // pieces, and the trace: it is done at `target`
    int target, pieces;
    bool skipped;
    unsigned experts, expertGroups; // that had rows; row groups of all of them
    alignas(64) std::atomic<unsigned long long> start, end, busy;
  };
  struct OutputSlot {
    void **operand;
    unsigned output, entry;
  };

public:
  static constexpr size_t bytesPerDispatch = sizeof(Facts) + sizeof(State) + sizeof(facet_dispatch_time);

private:
  void bindDispatch(unsigned index, void **operands, facet_kv_view *views);
  void bindOutputs(unsigned entry, size_t &slots);
  void findNeeded(const facet_ladder_entry &entry);
  void findLayerEnds(const facet_ladder_entry &entry, const Buffer<bool> &seen);
  void findNextMatrix(const facet_ladder_entry &entry);

  void prepare(const PassInput &input);
  int piecesOf(unsigned dispatch) const;
  const State &stateOf(const Facts &f) const { return states[static_cast<size_t>(&f - facts.data())]; }
  void work(int worker);
  void waitFor(unsigned index);
  const unsigned char *shareOf(const Facts &f, int worker) const;
  void countExperts(const Facts &f, State &state) const;
  void runPiece(unsigned index, int piece, int worker, long long *prepared);
  void finishPiece(unsigned index);
  void emitTrace(const facet_dispatch &dispatch);
  void count(facet_counters &counters) const;
  void emitProfile(unsigned long long nanoseconds);

  const Artifact *artifact = nullptr;
  const facet_model *model = nullptr;
  Buffer<char> arena, scratch;
  RowGather gather;
  size_t scratchBytes = 0;
  Buffer<void *> operandTable;
  Buffer<OutputSlot> outputSlots;
  Buffer<Facts> facts;
  Buffer<State> states;
  Buffer<facet_dispatch_time> times;
  Buffer<int> traceRows;
  facet_row_set rowSets[2] = {}; // where ROWS operands point

  // Of the pass in progress.
  const PassInput *input = nullptr;
  const facet_ladder_entry *entry = nullptr;
  const std::atomic<bool> *cancelled = nullptr;
  int threads = 1;
  bool observed = false;     // by a profile, by `inputs` or by `caller`
  unsigned lastDispatch = 0; // one past the last that runs, relative to the entry's first
  unsigned long long startTime = 0;
  Parking progress;
};

} // namespace facet
#endif
