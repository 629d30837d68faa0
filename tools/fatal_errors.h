// Errors that end a program which uses LLVM where they arise.
#ifndef FACET_TOOLS_FATAL_ERRORS_H
#define FACET_TOOLS_FATAL_ERRORS_H

namespace facet {

/// Memory or threads that run out, and errors that LLVM calls fatal, end the program with one line and exit
/// status 70 instead of a signal; temporary files are removed. `verb` must live as long as the program.
void exitOnFatalErrors(const char *verb);

} // namespace facet
#endif
