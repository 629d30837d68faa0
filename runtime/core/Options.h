// Option structs as callers give them: of this header's size, of an older one, or of a newer one.
#ifndef FACET_RUNTIME_CORE_OPTIONS_H
#define FACET_RUNTIME_CORE_OPTIONS_H

#include "runtime/core/Result.h"

#include <cstring>

namespace facet {

/// A copy of `given`, which may be null, with defaults (zeros) for what it does not have. Fails where it says
/// something that this version cannot know.
template <typename T> Result<T> readOptions(const T *given) {
  T options = {};
  if (!given)
    return options;
  const size_t size = given->size ? given->size : sizeof(T);
  if (size < sizeof(size_t) || size > 4096)
    return failure(FACET_BAD_ARGUMENT, "options.size is %zu: expected 0 or the size of the struct, %zu", size,
                   sizeof(T));
  auto *bytes = reinterpret_cast<const unsigned char *>(given);
  for (size_t i = sizeof(T); i < size; ++i)
    if (bytes[i])
      return failure(FACET_BAD_ARGUMENT,
                     "options of %zu bytes ask for what this runtime does not know (its struct has %zu): "
                     "build with its own facet.h",
                     size, sizeof(T));
  std::memcpy(&options, given, size < sizeof(T) ? size : sizeof(T));
  options.size = sizeof(T);
  return options;
}

/// Whether the owner of `token`, which may be null, asked to stop.
inline bool isRequested(const facet_cancel_token *token) {
  return token && __atomic_load_n(&token->requested, __ATOMIC_ACQUIRE) != 0;
}

/// Tells the embedder; a message longer than an error's is cut off.
void tell(const facet_log &log, facet_log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

} // namespace facet
#endif
