// Puts a step's rows into the order in which kernels see them (each sequence's together, ascending), checks
// them, cuts them into passes, and makes the row sets of a pass. Memory is taken once.
#ifndef FACET_RUNTIME_CORE_ROWORDER_H
#define FACET_RUNTIME_CORE_ROWORDER_H

#include "runtime/abi.h"
#include "runtime/core/Memory.h"

struct facet_sequence {
  facet_session *session;
  int slot;
  bool live;
  int length;
};

namespace facet {

class RowOrder {
public:
  Status create(int maxRows, int passRows, int sequences, const Allocator &allocator);

  /// Checks rows against the session's sequences and sorts them. Leaves everything else as it is.
  Status arrange(const facet_session *session, const facet_row *rows, int count, int vocabSize, int context);
  int count() const { return rows; }
  /// Rows of the step by slot.
  int rowsOf(int slot) const { return perSlot[static_cast<size_t>(slot)]; }
  /// The caller's index of a sorted row, and what it wants.
  int caller(int row) const { return callers[static_cast<size_t>(row)]; }
  unsigned wants(int row) const { return wanted[static_cast<size_t>(row)]; }
  bool isIdentity() const { return identity; }

  /// The end of the pass that begins at `first`, at most `limit` rows later: rows that see later ones stay
  /// with them. Not after `first` if that is impossible.
  int cut(int first, int limit) const;
  /// The row sets of rows [first, end), at most passRows. They live until the next call. Set 1 holds those
  /// that want something.
  void makeSets(int first, int end, facet_row_set sets[2]);
  const int *callersFrom(int first) const { return callers.data() + first; }

private:
  Status checkRow(const facet_session *session, const facet_row *rows, int index, int vocabSize, int context);
  Status checkVisible(int row) const;
  int makeBlocks(const facet_row_set &set, facet_query_block *blocks) const;

  int rows = 0;
  bool identity = true;
  // Sorted: [maxRows].
  Buffer<int> tokens, positions, visible, sequences, callers;
  Buffer<unsigned> wanted;
  // [sequences]
  Buffer<int> perSlot, starts;
  // Of a pass: [passRows].
  Buffer<int> ownIndex, parents, setTokens, setPositions, setVisible, setSequences;
  Buffer<facet_query_block> blocks[2];
};

} // namespace facet
#endif
