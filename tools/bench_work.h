// What a pass must do at least, from an artifact's tables: bytes that it must read and operations that it
// must carry out.
#ifndef FACET_TOOLS_BENCH_WORK_H
#define FACET_TOOLS_BENCH_WORK_H

#include "runtime/facet.h"
#include "tools/ceilings.h"

namespace facet {

struct Work {
  double Bytes = 0;                     // weights, rows of tables, keys and values; each once
  double Operations[kArithmetics] = {}; // by Arithmetic; a multiply-add counts two
  Work &operator+=(const Work &Other);
  double operations() const;
};

/// Rows of one sequence that go through a pass together.
struct PassShape {
  int First = 0; // position of the first row
  int Count = 1;
  int Wanted = 1;     // of them go on after the last K/V write
  bool Logits = true; // what they want; else their hidden states
};

class WorkModel {
public:
  explicit WorkModel(const facet_model *Model);

  /// Of a dispatch of any ladder entry. A linear's weight is read once, whatever the rows; keys and values
  /// that some row sees once for each layer that reads them; of weights of experts those of `Experts`
  /// experts.
  Work dispatch(int Index, const PassShape &Shape, int Experts) const;
  /// Of all dispatches that such a pass runs, without the weights of experts.
  Work pass(const PassShape &Shape) const;

private:
  Work weight(const facet_operand_details &Operand, int Rows, int Experts, int Choices, int Plan) const;
  Work attention(const facet_operand_details &Stream, const PassShape &Shape, double OutputWidth) const;
  bool writesLogits(int Index, const facet_dispatch_details &Dispatch) const;
  /// Columns that a dispatch writes for each row; 0 if it writes none.
  double outputWidth(int Index) const;
  Arithmetic arithmeticOf(const char *Format) const;

  const facet_model *Model;
  facet_model_details Info;
  unsigned Features = 0;
};

} // namespace facet
#endif
