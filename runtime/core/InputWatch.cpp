// Finds a linear's input where the kernel left it.
#include "runtime/core/InputWatch.h"

using namespace facet;

struct InputWatch::Linear {
  int weight, width;
  const float *values;
  int rows;
  bool rowOfEachChoice; // of experts
};

static const facet_operand *planOf(const Artifact &artifact, const facet_dispatch &d, unsigned &index) {
  for (index = 0; index < d.operand_count; ++index) {
    const facet_operand &o = artifact.operands[d.first_operand + index];
    if (o.kind == FACET_OPERAND_ARENA && o.index)
      return &o;
  }
  return nullptr;
}

void InputWatch::show(const Artifact &artifact, const facet_dispatch &d, unsigned entryRows,
                      const facet_row_set &rows, void *const *operands, const void *scratch) const {
  const facet_operand *matrix = d.input ? artifact.matrixOf(d) : nullptr;
  if (!matrix)
    return;
  const bool inScratch = d.input == FACET_INPUT_SCRATCH;
  Linear linear = {
      static_cast<int>(matrix->index), static_cast<int>(artifact.weightTable[matrix->index].columns),
      static_cast<const float *>(inScratch ? scratch : operands[d.input - 1]), rows.count, false};
  unsigned index = 0;
  if (const facet_operand *plan = planOf(artifact, d, index); plan && matrix->reads == 2) {
    const facet_operand &input = artifact.operands[d.first_operand + d.input - 1];
    linear.rowOfEachChoice = input.size > 4ull * entryRows * static_cast<unsigned>(linear.width);
    return showExperts(linear, static_cast<const int *>(operands[index]), static_cast<int>(plan->index));
  }
  const facet_input input = {linear.weight, 0, 1, linear.rows, linear.width, linear.values};
  fn(context, &input);
}

void InputWatch::showExperts(const Linear &linear, const int *plan, int experts) const {
  const int choices = plan[experts] / linear.rows;
  const int *pairs = plan + experts + 1;
  for (int e = 0; e < experts; ++e)
    for (int i = plan[e]; i < plan[e + 1]; ++i) {
      const int row = linear.rowOfEachChoice ? pairs[i] : pairs[i] / choices;
      const facet_input input = {
          linear.weight, e,
          experts,       1,
          linear.width,  linear.values + static_cast<size_t>(row) * static_cast<size_t>(linear.width)};
      fn(context, &input);
    }
}

const facet_weight_info *facet::hiddenMatrix(const Artifact &artifact) {
  for (const facet_dispatch &d : artifact.dispatches)
    if (const facet_operand *matrix = artifact.matrixOf(d); matrix && !d.input)
      return &artifact.weightTable[matrix->index];
  return nullptr;
}
