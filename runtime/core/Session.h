// All that changes while a model runs: sequences, KV pages, arena, outputs. One thread at a time, but for
// cancel. Everything is allocated when it is created.
#ifndef FACET_RUNTIME_CORE_SESSION_H
#define FACET_RUNTIME_CORE_SESSION_H

#include "runtime/core/KvPool.h"
#include "runtime/core/Pass.h"
#include "runtime/core/Plan.h"
#include "runtime/core/RowOrder.h"

struct facet_session {
public:
  static constexpr int maxKinds = FACET_MAX_KV_KINDS;

  static facet::Result<facet_session *> create(facet_model *model, const facet_session_options *options);
  void destroy();

  facet::Status step(const facet_row *input, int count, const facet_outputs *outputs);
  facet::Status prefill(facet_sequence *sequence, const int32_t *tokens, int count, uint32_t wants,
                        const facet_outputs *outputs);
  void cancel() {
    cancelled.store(true);
    pass.wake();
  }
  /// Row `index` of the last step's results of an output; null out of range.
  const float *result(unsigned output, int index) const;

  facet::Result<facet_sequence *> newSequence();
  void endSequence(facet_sequence *sequence);
  facet::Status truncate(facet_sequence *sequence, int length);
  facet::Result<facet_sequence *> fork(facet_sequence *sequence);

  facet_model &model() const { return *owner; }
  const facet_session_options &options() const { return plan.memory.options; }
  int kinds() const { return kindCount; }
  facet::KvPool &pool(int kind) { return pools[kind]; }
  const facet_counters &totals() const { return counters; }
  facet::Pass &runner() { return pass; }

private:
  friend class facet::Allocator;
  explicit facet_session(const facet::Allocator &allocator) : allocator(allocator) {}
  ~facet_session();
  facet::Status initialise(facet_model *model, const facet_session_options *options);

  // The parts of a step.
  facet::Status checkOutputs(const facet_row *input, int count) const;
  facet::Status checkCuts() const;
  facet::Status takePages();
  void placeResults(const facet_outputs *outputs);
  facet::Status runPasses(facet_counters &counted);
  void commit();
  void rollBack();
  void copyResults(const facet_row *input, const facet_outputs *outputs, unsigned output);
  int widthOf(unsigned output) const;
  int entryFor(int rows) const;

  facet::Allocator allocator;
  facet_model *owner = nullptr;
  facet_executor *executor = nullptr;
  facet::SessionPlan plan{};
  facet::KvPool pools[maxKinds];
  int kindCount = 0;
  facet::Buffer<facet_kv_view> views;
  facet::Buffer<facet_sequence> sequences;
  facet::RowOrder order;
  facet::Pass pass;
  facet_counters counters{};
  std::atomic<bool> cancelled{false};

  // Results: by facet_output. `target` is where set 1's rows of the step go, one after another: the session's
  // buffer or the caller's. `resultRows` maps the caller's numbering to them.
  facet::Buffer<float> buffers[2];
  float *targets[2] = {};
  facet::Buffer<int> resultRows[2];
  facet::Buffer<facet_row> prefillRows; // [max_rows]
  facet::Buffer<int> rowNumbers;        // [max_rows] by caller's index: row of set 1, or -1
  int resultCounts[2] = {};
  bool direct[2] = {};
};

#endif
