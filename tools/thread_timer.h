// Times work that some threads begin together.
#ifndef FACET_TOOLS_THREAD_TIMER_H
#define FACET_TOOLS_THREAD_TIMER_H

#include <functional>

namespace facet {

/// Calls Work(thread) on `Threads` threads, this one among them, all from the moment when the last is ready.
/// Returns the seconds until all are done.
double secondsOf(int Threads, const std::function<void(int)> &Work);

} // namespace facet
#endif
