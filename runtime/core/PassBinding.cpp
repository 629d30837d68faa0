// Binding of dispatches when a session is created: addresses, bytes, what is needed for which output, and
// what to prefetch.
#include "runtime/core/Pass.h"
#include "runtime/core/Plan.h"

#include <algorithm>

using namespace facet;

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
    findNextMatrix(bound);
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
      if (o.reads == 0) {
        f.streamedBytes += o.size;
        if (weight.layout == 1) { // a matrix; vectors beside it are small
          f.matrix = artifact->weights.data + o.offset;
          f.matrixBytes = o.size;
        }
      } else if (o.reads == 1)
        f.rowBytes += weight.size / weight.rows;
      else
        f.expertBytes += o.size; // of all, until the plan is known
      break;
    }
    case FACET_OPERAND_ARENA:
      operands[i] = arena.data() + o.offset;
      f.arenaBytes += o.size;
      if (o.index && (o.access & FACET_READ)) {
        f.plan = reinterpret_cast<const int *>(operands[i]);
        f.experts = o.index;
      }
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
  if (f.plan)
    f.expertBytes /= f.experts;
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

void Pass::findNextMatrix(const facet_ladder_entry &bound) {
  const Facts *next = nullptr;
  for (unsigned i = bound.dispatch_count; i-- > 0;) {
    Facts &f = facts[bound.first_dispatch + i];
    f.nextMatrix = next;
    if (f.matrix)
      next = &f;
  }
}
