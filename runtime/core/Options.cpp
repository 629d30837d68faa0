// What the embedder may hear and ask at any time.
#include "runtime/core/Options.h"

#include <cstdarg>
#include <cstdio>

void facet::tell(const facet_log &log, facet_log_level level, const char *format, ...) {
  if (!log.write)
    return;
  char text[FACET_ERROR_MESSAGE];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  log.write(log.context, level, text);
}

void facet_cancel_request(facet_cancel_token *token) {
  __atomic_store_n(&token->requested, 1, __ATOMIC_RELEASE);
}

void facet_cancel_reset(facet_cancel_token *token) {
  __atomic_store_n(&token->requested, 0, __ATOMIC_RELEASE);
}
