// Sorting by counting, checks, cutting, row sets and query blocks.
#include "runtime/core/RowOrder.h"

#include <algorithm>

using namespace facet;

Status RowOrder::create(int maxRows, int passRows, int sequenceCount, const Allocator &allocator) {
  const auto all = static_cast<size_t>(maxRows), pass = static_cast<size_t>(passRows);
  for (Buffer<int> *buffer : {&tokens, &positions, &visible, &sequences, &callers})
    FACET_TRY(allocateInto(*buffer, allocator, all, "rows"));
  FACET_TRY(allocateInto(wanted, allocator, all, "rows"));
  for (Buffer<int> *buffer : {&perSlot, &starts})
    FACET_TRY(allocateInto(*buffer, allocator, static_cast<size_t>(sequenceCount), "rows", true));
  for (Buffer<int> *buffer : {&ownIndex, &parents, &setTokens, &setPositions, &setVisible, &setSequences})
    FACET_TRY(allocateInto(*buffer, allocator, pass, "rows"));
  for (Buffer<facet_query_block> &buffer : blocks)
    FACET_TRY(allocateInto(buffer, allocator, pass, "rows"));
  for (int i = 0; i < passRows; ++i)
    ownIndex[static_cast<size_t>(i)] = i;
  return success();
}

/// Counts the row to its sequence's, whose next position it must be.
Status RowOrder::checkRow(const facet_session *session, const facet_row *input, int index, int vocabSize,
                          int context) {
  const facet_row &row = input[index];
  if (!row.sequence || row.sequence->session != session || !row.sequence->live)
    return failure(FACET_BAD_ARGUMENT, "row %d: its sequence is not one of this session", index);
  int &rowsBefore = perSlot[static_cast<size_t>(row.sequence->slot)];
  const long long next = static_cast<long long>(row.sequence->length) + rowsBefore;
  if (row.position != next)
    return failure(FACET_BAD_ARGUMENT, "row %d: position %d, expected %lld, the next one of its sequence",
                   index, row.position, next);
  if (next >= context)
    return failure(
        FACET_OUT_OF_CONTEXT,
        "row %d: position %lld is beyond the session's context of %d positions: create the session with a "
        "larger context",
        index, next, context);
  if (row.token < 0 || row.token >= vocabSize)
    return failure(FACET_BAD_ARGUMENT, "row %d: token %d, expected 0 to %d", index, row.token, vocabSize - 1);
  if (row.last_visible != FACET_CAUSAL && row.last_visible < row.position)
    return failure(FACET_BAD_ARGUMENT,
                   "row %d: last_visible %d, expected FACET_CAUSAL or at least its position, %d", index,
                   row.last_visible, row.position);
  if (row.wants & ~(FACET_WANTS_LOGITS | FACET_WANTS_HIDDEN))
    return failure(FACET_BAD_ARGUMENT, "row %d: wants %u, expected FACET_WANTS bits", index, row.wants);
  ++rowsBefore;
  return success();
}

/// A row sees no position beyond this step's rows of its sequence.
Status RowOrder::checkVisible(int row) const {
  const auto r = static_cast<size_t>(row), slot = static_cast<size_t>(sequences[r]);
  const int last = positions[static_cast<size_t>(starts[slot] - 1)]; // `starts` has moved to the slot's end
  if (visible[r] <= last)
    return success();
  return failure(FACET_BAD_ARGUMENT, "row %d: last_visible %d, expected at most %d, the last of this step",
                 callers[r], visible[r], last);
}

Status RowOrder::arrange(const facet_session *session, const facet_row *input, int count, int vocabSize,
                         int context) {
  rows = 0;
  std::fill(perSlot.begin(), perSlot.end(), 0);
  for (int i = 0; i < count; ++i)
    FACET_TRY(checkRow(session, input, i, vocabSize, context));
  // Slots in their own order; a decode batch that lists sequences as they were created stays as it is.
  for (int slot = 0, start = 0; slot < static_cast<int>(starts.size()); ++slot) {
    starts[static_cast<size_t>(slot)] = start;
    start += perSlot[static_cast<size_t>(slot)];
  }
  identity = true;
  for (int i = 0; i < count; ++i) {
    const facet_row &row = input[i];
    int at = starts[static_cast<size_t>(row.sequence->slot)]++;
    const auto a = static_cast<size_t>(at);
    identity &= at == i;
    tokens[a] = row.token;
    positions[a] = row.position;
    visible[a] = row.last_visible == FACET_CAUSAL ? row.position : row.last_visible;
    sequences[a] = row.sequence->slot;
    callers[a] = i;
    wanted[a] = row.wants;
  }
  for (int i = 0; i < count; ++i)
    FACET_TRY(checkVisible(i));
  rows = count;
  return success();
}

int RowOrder::cut(int first, int limit) const {
  int end = first;
  long long reach = -1; // last sorted row that an earlier one sees
  for (int i = first; i < rows && i < first + limit; ++i) {
    const auto r = static_cast<size_t>(i);
    reach = std::max(reach, static_cast<long long>(i) + visible[r] - positions[r]);
    if (reach <= i)
      end = i + 1;
  }
  return end;
}

/// Rows of one sequence whose positions follow one another, FACET_QUERY_BLOCK at most.
int RowOrder::makeBlocks(const facet_row_set &set, facet_query_block *out) const {
  int count = 0;
  for (int i = 0; i < set.count; ++i) {
    facet_query_block *last = count ? &out[count - 1] : nullptr;
    if (last && last->sequence == set.sequence[i] && set.position[i] == set.position[i - 1] + 1 &&
        last->rows < FACET_QUERY_BLOCK)
      ++last->rows;
    else
      out[count++] = {i, 1, set.sequence[i], 0};
  }
  return count;
}

void RowOrder::makeSets(int first, int end, facet_row_set sets[2]) {
  sets[0] = {end - first,
             0,
             tokens.data() + first,
             positions.data() + first,
             visible.data() + first,
             sequences.data() + first,
             ownIndex.data(),
             blocks[0].data()};
  int count = 0;
  for (int i = first; i < end; ++i) {
    const auto r = static_cast<size_t>(i), s = static_cast<size_t>(count);
    if (!wanted[r])
      continue;
    setTokens[s] = tokens[r];
    setPositions[s] = positions[r];
    setVisible[s] = visible[r];
    setSequences[s] = sequences[r];
    parents[s] = i - first;
    ++count;
  }
  sets[1] = {count,
             0,
             setTokens.data(),
             setPositions.data(),
             setVisible.data(),
             setSequences.data(),
             parents.data(),
             blocks[1].data()};
  for (int s = 0; s < 2; ++s)
    sets[s].block_count = makeBlocks(sets[s], blocks[s].data());
}
