// The weights of a model that is part of a program: in the program too, or in a file beside it.
#ifndef FACET_RUNTIME_CORE_EMBEDDED_H
#define FACET_RUNTIME_CORE_EMBEDDED_H

#include "runtime/core/Model.h"

namespace facet {

/// A weights file says whose it is: an error where its digest is not that of the tables' weights. Weights
/// without a file (`start` is 0) belong to their tables.
Status checkWeightsBelong(const FileBytes &weights, size_t start, const Artifact &tables, const char *path);

} // namespace facet
#endif
