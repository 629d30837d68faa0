// What differs between two artifacts, for facet inspect --diff.
#ifndef FACET_TOOLS_INSPECT_DIFF_H
#define FACET_TOOLS_INSPECT_DIFF_H

#include "runtime/facet.h"

namespace facet {

/// Prints a line for each difference in model, levels, sections, weights, K/V, memory plan, kernels, and in
/// the schedule for `Rows` rows; as JSON, an object. Returns whether there is any: the digests of equal
/// artifacts are equal.
bool printDifferences(const facet_model *Old, const facet_model *New, int Rows, bool Json);

} // namespace facet
#endif
