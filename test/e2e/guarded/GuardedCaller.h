// Runs each kernel of a session over copies of its operands, every one between guard pages.
#ifndef FACET_TEST_E2E_GUARDED_GUARDEDCALLER_H
#define FACET_TEST_E2E_GUARDED_GUARDEDCALLER_H

#include "GuardedMemory.h"
#include "runtime/core/Session.h"

#include <csignal>
#include <deque>

namespace facet::test {

/// Lives shorter than its session, whose executor has one thread. Operands that a kernel only writes, and its
/// scratch, are poisoned before; those that it only reads cannot be written. A kernel that goes astray ends
/// the process with status 1 and a message on stderr.
class GuardedCaller {
public:
  /// Each dispatch is cut into at most `pieces`.
  GuardedCaller(facet_session *session, Guard guard, int pieces);
  ~GuardedCaller();

  int calls() const { return callCount; }

private:
  /// Blocks of an operand, there and here.
  struct Copy {
    GuardedMemory memory;
    char *home;
    size_t size, count, homeDistance;
    unsigned operand; // number of operands: scratch
    bool writes;
  };

  void call(const KernelCall &call);
  void runPieces(const KernelCall &call, void *const *operands);
  void *copyOperand(const KernelCall &call, unsigned index);
  void *copyRows(const facet_row_set &rows, unsigned index);
  void *copyView(const facet_operand &operand, const facet_kv_view &view, unsigned index);
  template <typename T> T *copyArray(const T *from, size_t count, unsigned index);
  void *copyBytes(Copy copy, bool poisoned);
  void copyBack();
  [[noreturn]] void complain(const Copy &copy, const char *what) const;
  static void onFault(int signal, siginfo_t *info, void *context);

  facet_session *session;
  Guard guard;
  int mostPieces, callCount = 0;
  std::deque<Copy> copies; // of the call in progress
  const facet_dispatch *running = nullptr;
};

} // namespace facet::test
#endif
