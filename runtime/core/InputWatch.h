// Shows what matrices are multiplied with, for those who ask how much each column of a weight matters.
#ifndef FACET_RUNTIME_CORE_INPUTWATCH_H
#define FACET_RUNTIME_CORE_INPUTWATCH_H

#include "runtime/abi.h"
#include "runtime/core/Artifact.h"
#include "runtime/facet.h"

namespace facet {

/// Whom to show it to.
struct InputWatch {
  facet_input_fn fn = nullptr;
  void *context = nullptr;

  /// The rows of a linear whose kernel just ran as one piece over `rows`, at most FACET_ROW_GROUP of them.
  void show(const Artifact &artifact, const facet_dispatch &dispatch, unsigned entryRows,
            const facet_row_set &rows, void *const *operands, const void *scratch) const;

private:
  struct Linear; // one that ran
  void showExperts(const Linear &linear, const int *plan, int experts) const;
};

/// A matrix whose input cannot be shown, since its kernel rounds it; null if all can be.
const facet_weight_info *hiddenMatrix(const Artifact &artifact);

} // namespace facet
#endif
