// Ctrl-C as a flag.
#include "tools/interrupts.h"

#include <csignal>

namespace facet {

static volatile std::sig_atomic_t Came = 0;

void watchInterrupts() {
  struct sigaction Action = {};
  Action.sa_handler = [](int) { Came = 1; };
  Action.sa_flags = SA_RESTART;
  Came = 0;
  sigaction(SIGINT, &Action, nullptr);
}

bool interrupted() { return Came != 0; }

} // namespace facet
