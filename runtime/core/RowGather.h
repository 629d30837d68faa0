// Rows of tables that are only looked up by token. They are read from the file for each pass: a table of
// gigabytes takes no memory, and a failing disk is an error instead of a signal.
#ifndef FACET_RUNTIME_CORE_ROWGATHER_H
#define FACET_RUNTIME_CORE_ROWGATHER_H

#include "runtime/abi.h"
#include "runtime/core/Model.h"

namespace facet {

class RowGather {
public:
  /// A GATHERED operand and where its rows lie during a pass.
  struct Table {
    unsigned entry, dispatch, operand, rowSet;
    size_t offset, rowBytes; // in the weights
    char *rows;
  };

  /// For the first `entries` ladder entries.
  Status create(const facet_model &model, int entries, const Allocator &allocator);
  /// The memory that create() takes for rows.
  static size_t bytes(const Artifact &artifact, int entries);

  const Buffer<Table> &tables() const { return all; }
  /// Reads the rows of a pass over a ladder entry. Allocates nothing.
  Status read(int entry, const facet_row_set sets[2]) const;

private:
  Status readTable(const Table &table, const facet_row_set &set) const;

  const facet_model *model = nullptr;
  Buffer<Table> all;
  Buffer<char> memory; // entries share it
};

} // namespace facet
#endif
