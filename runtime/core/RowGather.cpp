// Room for gathered rows, and reading them.
#include "runtime/core/RowGather.h"

#include <algorithm>

using namespace facet;

/// Calls visit(table, place of its rows) for each GATHERED operand; returns the bytes that the rows take.
template <typename Visit> static size_t visitTables(const Artifact &artifact, int entries, Visit visit) {
  size_t most = 0;
  for (unsigned e = 0; e < static_cast<unsigned>(entries); ++e) {
    const facet_ladder_entry &entry = artifact.entries[e];
    size_t used = 0;
    for (unsigned i = entry.first_dispatch; i < entry.first_dispatch + entry.dispatch_count; ++i) {
      const facet_dispatch &d = artifact.dispatches[i];
      for (unsigned k = 0; k < d.operand_count; ++k) {
        const facet_operand &o = artifact.operands[d.first_operand + k];
        if (o.kind != FACET_OPERAND_GATHERED)
          continue;
        size_t rowBytes = o.size / artifact.weightTable[o.index].rows;
        visit(RowGather::Table{e, i, k, d.row_set, o.offset, rowBytes, nullptr}, used);
        used += (rowBytes * entry.rows + 63) / 64 * 64;
      }
    }
    most = std::max(most, used);
  }
  return most;
}

size_t RowGather::bytes(const Artifact &artifact, int entries) {
  return visitTables(artifact, entries, [](const Table &, size_t) {});
}

Status RowGather::create(const facet_model &from, int entries, const Allocator &allocator) {
  model = &from;
  size_t count = 0;
  const size_t room = visitTables(from.artifact(), entries, [&](const Table &, size_t) { ++count; });
  FACET_TRY(allocateInto(all, allocator, count, "gathered rows"));
  FACET_TRY(allocateInto(memory, allocator, room, "gathered rows"));
  count = 0;
  visitTables(from.artifact(), entries, [&](Table table, size_t place) {
    table.rows = memory.data() + place;
    all[count++] = table;
  });
  return success();
}

Status RowGather::read(int entry, const facet_row_set sets[2]) const {
  for (const Table &table : all)
    if (table.entry == static_cast<unsigned>(entry))
      FACET_TRY(readTable(table, sets[table.rowSet]));
  return success();
}

Status RowGather::readTable(const Table &table, const facet_row_set &set) const {
  auto offset = [&](int row) { return table.offset + static_cast<size_t>(set.token[row]) * table.rowBytes; };
  if (set.count > 1) // so that a slow device sees all requests at once
    for (int row = 0; row < set.count; ++row)
      model->announceWeights(offset(row), table.rowBytes);
  for (int row = 0; row < set.count; ++row)
    FACET_TRY(model->readWeights(offset(row), table.rows + static_cast<size_t>(row) * table.rowBytes,
                                 table.rowBytes));
  return success();
}
