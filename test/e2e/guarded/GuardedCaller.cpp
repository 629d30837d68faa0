#include "GuardedCaller.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <unistd.h>
#include <vector>

using namespace facet;
using namespace facet::test;

static GuardedCaller *active = nullptr; // for the signal handler

GuardedCaller::GuardedCaller(facet_session *session, Guard guard, int pieces)
    : session(session), guard(guard), mostPieces(pieces) {
  session->runner().caller = {
      [](void *self, const KernelCall &call) { static_cast<GuardedCaller *>(self)->call(call); }, this};
  active = this;
  struct sigaction action = {};
  action.sa_sigaction = onFault;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGSEGV, &action, nullptr);
}

GuardedCaller::~GuardedCaller() {
  session->runner().caller = {};
  active = nullptr;
  signal(SIGSEGV, SIG_DFL);
}

void GuardedCaller::call(const KernelCall &call) {
  running = &call.dispatch;
  std::vector<void *> operands;
  for (unsigned i = 0; i < call.dispatch.operand_count; ++i)
    operands.push_back(copyOperand(call, i));
  runPieces(call, operands.data());
  copyBack();
  copies.clear();
  running = nullptr;
}

void GuardedCaller::runPieces(const KernelCall &call, void *const *operands) {
  const size_t scratchBytes = session->model().artifact().kernels[call.dispatch.kernel].scratch_bytes;
  const long long pieces =
      std::clamp<long long>(unitsOf(call.dispatch, call.rowSets[call.dispatch.row_set]), 1, mostPieces);
  for (long long piece = 0; piece < pieces; ++piece) {
    void *scratch = copyBytes({GuardedMemory(scratchBytes, 64, guard), nullptr, scratchBytes, 1, 0,
                               call.dispatch.operand_count, true},
                              true);
    long long prepared = -1;
    call.kernel(operands, piece, pieces, scratch, &prepared);
    ++callCount;
  }
}

void *GuardedCaller::copyOperand(const KernelCall &call, unsigned index) {
  const Artifact &artifact = session->model().artifact();
  const facet_operand &o = artifact.operands[call.dispatch.first_operand + index];
  char *home = static_cast<char *>(call.operands[index]);
  size_t size = o.size, alignment = 64;
  switch (o.kind) {
  case FACET_OPERAND_ROWS:
    return copyRows(call.rowSets[o.index], index);
  case FACET_OPERAND_KV:
    return copyView(o, *reinterpret_cast<const facet_kv_view *>(home), index);
  case FACET_OPERAND_OUTPUT: {
    const facet_model_info &model = *artifact.model;
    const unsigned width = o.index == FACET_OUTPUT_LOGITS ? model.vocab_size : model.hidden_size;
    size = static_cast<size_t>(call.rowSets[1].count) * width * sizeof(float);
    alignment = sizeof(float);
    break;
  }
  case FACET_OPERAND_GATHERED:
    size = o.size / artifact.weightTable[o.index].rows *
           static_cast<size_t>(call.rowSets[call.dispatch.row_set].count);
    break;
  default:
    break;
  }
  return copyBytes(
      {GuardedMemory(size, alignment, guard), home, size, 1, 0, index, (o.access & FACET_WRITE) != 0},
      !(o.access & FACET_READ));
}

void *GuardedCaller::copyRows(const facet_row_set &rows, unsigned index) {
  const auto count = static_cast<size_t>(rows.count);
  const facet_row_set copy = {rows.count,
                              rows.block_count,
                              copyArray(rows.token, count, index),
                              copyArray(rows.position, count, index),
                              copyArray(rows.last_visible, count, index),
                              copyArray(rows.sequence, count, index),
                              copyArray(rows.parent, count, index),
                              copyArray(rows.blocks, static_cast<size_t>(rows.block_count), index)};
  return copyArray(&copy, 1, index);
}

/// Each page of the stream, the null page included, becomes a block of its own.
void *GuardedCaller::copyView(const facet_operand &operand, const facet_kv_view &view, unsigned index) {
  const Artifact &artifact = session->model().artifact();
  const facet_kv_stream &stream = artifact.streams[operand.index];
  const auto pages = static_cast<size_t>(session->pool(static_cast<int>(stream.kind)).shape().pages) + 1;
  const size_t size = artifact.streamBytes(stream) << view.page_shift;
  const size_t entries =
      static_cast<size_t>(session->options().sequences) * static_cast<size_t>(view.table_stride);
  GuardedMemory memory(size, 64, guard, pages);
  facet_kv_view copy = view;
  copy.page_bytes = static_cast<long long>(memory.distance());
  copy.tables = copyArray(view.tables, entries, index);
  copy.base = static_cast<char *>(
      copyBytes({std::move(memory), view.base, size, pages, static_cast<size_t>(view.page_bytes), index,
                 (operand.access & FACET_WRITE) != 0},
                false));
  return copyArray(&copy, 1, index);
}

template <typename T> T *GuardedCaller::copyArray(const T *from, size_t count, unsigned index) {
  const size_t size = count * sizeof(T);
  char *home = reinterpret_cast<char *>(const_cast<T *>(from)); // never written
  return static_cast<T *>(
      copyBytes({GuardedMemory(size, alignof(T), guard), home, size, 1, 0, index, false}, false));
}

void *GuardedCaller::copyBytes(Copy copy, bool poisoned) {
  for (size_t i = 0; i < copy.count && !poisoned; ++i)
    std::memcpy(copy.memory.at(i), copy.home + i * copy.homeDistance, copy.size);
  if (!copy.writes)
    copy.memory.makeReadOnly();
  copies.push_back(std::move(copy));
  return copies.back().memory.at(0);
}

void GuardedCaller::copyBack() {
  for (const Copy &copy : copies) {
    if (!copy.writes)
      continue;
    if (!copy.memory.marginsIntact())
      complain(copy, "writes beside");
    for (size_t i = 0; i < copy.count && copy.home; ++i)
      std::memcpy(copy.home + i * copy.homeDistance, copy.memory.at(i), copy.size);
  }
}

void GuardedCaller::complain(const Copy &copy, const char *what) const {
  const Artifact &artifact = session->model().artifact();
  const char *kernel = artifact.string(artifact.kernels[running->kernel].name);
  if (copy.operand == running->operand_count)
    dprintf(STDERR_FILENO, "%s (%s) %s its scratch\n", artifact.string(running->name), kernel, what);
  else
    dprintf(STDERR_FILENO, "%s (%s) %s operand %u\n", artifact.string(running->name), kernel, what,
            copy.operand);
  _exit(1);
}

void GuardedCaller::onFault(int, siginfo_t *info, void *) {
  if (active && active->running)
    for (const Copy &copy : active->copies)
      if (copy.memory.contains(info->si_addr))
        active->complain(copy, copy.memory.allows(info->si_addr) ? "writes, though it may only read,"
                                                                 : "touches what is beside");
  signal(SIGSEGV, SIG_DFL); // of the program itself: it comes again
}
