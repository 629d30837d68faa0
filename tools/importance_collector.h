// Second moments of what each matrix of a model is multiplied with, summed over the rows that a session runs.
#ifndef FACET_TOOLS_IMPORTANCE_COLLECTOR_H
#define FACET_TOOLS_IMPORTANCE_COLLECTOR_H

#include "runtime/facet.h"
#include "runtime/importance_format.h"

#include <map>
#include <span>
#include <string>
#include <vector>

namespace facet {

class ImportanceCollector {
public:
  /// Sums take 2 GiB at most: blocks of columns are the largest power of two up to 1024 with which they fit,
  /// and 32 if none does.
  explicit ImportanceCollector(const facet_model *Model);

  /// The session must outlive this, and have one thread and max_rows of 64 at most. Returns "" or what is
  /// wrong.
  std::string watch(facet_session *Session);
  /// Runs the ids from an empty sequence; each of them counts. Returns "" or an error.
  std::string add(facet_session *Session, facet_sequence *Sequence, std::span<const int32_t> Ids);
  uint64_t rows() const { return Rows; }
  /// Replaces the file in one step. Returns "" or an error that names it.
  std::string write(const std::string &Path) const;

private:
  struct Weight {
    unsigned Columns, Matrices;
    std::vector<uint64_t> Rows; // [matrices]
    std::vector<float> Sums;    // [matrices][blocks][n][n], the upper triangles until they are written
  };
  static void onInput(void *Context, const facet_input *Input);
  void accumulate(Weight &W, const facet_input &Input) const;
  size_t sumsOf(unsigned Columns) const; ///< of one matrix
  unsigned matricesOf(int32_t Weight) const;
  void planBlock();

  const facet_model *Model;
  unsigned Block = 0;
  uint64_t Rows = 0;
  std::map<int32_t, Weight> Weights; // by index in the artifact
};

} // namespace facet
#endif
