// LLVM is built without exceptions, and so is the compiler: what cannot be returned as an error ends here.
#include "tools/fatal_errors.h"

#include "tools/command/command.h"

#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/Signals.h"

#include <cstdio>
#include <cstdlib>
#include <exception>

static const char *programVerb;

[[noreturn]] static void end(void *, const char *reason, bool) {
  llvm::sys::RunInterruptHandlers(); // removes temporary files
  std::fprintf(stderr, "facet %s: %s\n", programVerb, reason);
  std::_Exit(facet::command::Internal);
}

void facet::exitOnFatalErrors(const char *verb) {
  programVerb = verb;
  llvm::install_fatal_error_handler(end);
  llvm::install_bad_alloc_error_handler(
      [](void *, const char *, bool) { end(nullptr, "out of memory", false); });
  llvm::install_out_of_memory_new_handler();
  // An exception that nobody catches: the standard library found no memory, or could not start a thread.
  std::set_terminate([] { end(nullptr, "out of memory or threads", false); });
}
