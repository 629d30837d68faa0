// Ctrl-C as a flag. From the first call on it ends no more this program.
#ifndef FACET_TOOLS_INTERRUPTS_H
#define FACET_TOOLS_INTERRUPTS_H

namespace facet {

/// Forgets what came before.
void watchInterrupts();
bool interrupted();

} // namespace facet
#endif
