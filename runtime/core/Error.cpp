// Failures: formatting, names of codes, and the way to the C API.
#include "runtime/core/Result.h"

#include <cstdarg>
#include <cstdio>
#include <cstring>

using namespace facet;

Failure facet::failure(facet_code code, const char *format, ...) {
  Failure result;
  result.code = code;
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(result.message, sizeof result.message, format, arguments);
  va_end(arguments);
  if (length >= static_cast<int>(sizeof result.message)) // a long path: show that something is missing
    std::memcpy(result.message + sizeof result.message - 4, "...", 4);
  return result;
}

facet_code facet::report(const Failure &failed, facet_error *error) {
  if (error) {
    error->code = failed.code;
    std::memcpy(error->message, failed.message, sizeof error->message);
  }
  return failed.code;
}

const char *facet_code_name(facet_code code) {
  switch (code) {
  case FACET_OK:
    return "ok";
  case FACET_BAD_ARGUMENT:
    return "bad argument";
  case FACET_IO:
    return "input/output";
  case FACET_BAD_ARTIFACT:
    return "bad artifact";
  case FACET_WRONG_ABI:
    return "wrong ABI";
  case FACET_WRONG_CPU:
    return "wrong CPU";
  case FACET_WRONG_DIGEST:
    return "wrong digest";
  case FACET_OUT_OF_MEMORY:
    return "out of memory";
  case FACET_OUT_OF_PAGES:
    return "out of pages";
  case FACET_OUT_OF_CONTEXT:
    return "out of context";
  case FACET_CANCELLED:
    return "cancelled";
  case FACET_BAD_INPUT:
    return "bad input";
  case FACET_BAD_STATE:
    return "bad state";
  case FACET_INTERNAL:
    return "internal";
  }
  return "unknown";
}
