// Counting bytes and operations, operand by operand.
#include "tools/bench_work.h"

#include "runtime/artifact_format.h"

#include <algorithm>
#include <cstring>
#include <vector>

namespace facet {
namespace {

bool is(const char *A, const char *B) { return std::strcmp(A, B) == 0; }

/// Keys that rows First .. First + Count - 1 see together, and the sum of what each sees.
struct SeenKeys {
  double Distinct = 0, Pairs = 0;
  SeenKeys(const PassShape &Shape, int Window) {
    const int Last = Shape.First + Shape.Count - 1;
    const int From = Window ? std::max(0, Shape.First - Window + 1) : 0;
    Distinct = Last + 1 - From;
    for (int Position = Shape.First; Position <= Last; ++Position)
      Pairs += Window ? std::min(Position + 1, Window) : Position + 1;
  }
};

} // namespace

Work &Work::operator+=(const Work &Other) {
  Bytes += Other.Bytes;
  for (int I = 0; I < kArithmetics; ++I)
    Operations[I] += Other.Operations[I];
  return *this;
}

double Work::operations() const {
  double Sum = 0;
  for (double Count : Operations)
    Sum += Count;
  return Sum;
}

WorkModel::WorkModel(const facet_model *Model) : Model(Model) {
  facet_model_describe(Model, &Info);
  facet_variant_details Variant;
  if (facet_model_variant(Model, Info.variant, &Variant))
    Features = Variant.features;
}

Arithmetic WorkModel::arithmeticOf(const char *Format) const {
  if (*Format == 'q')
    return Arithmetic::Int8;
  return is(Format, "bf16") && (Features & FACET_FEATURE_BF16) ? Arithmetic::Bf16 : Arithmetic::F32;
}

Work WorkModel::weight(const facet_operand_details &Operand, int Rows, int Experts, int Choices,
                       int Plan) const {
  Work Result;
  facet_weight_details Weight;
  if (!facet_model_weight(Model, Operand.index, &Weight))
    return Result;
  const double Elements = double(Weight.rows) * double(Weight.columns);
  double &Operations = Result.Operations[int(arithmeticOf(Weight.format))];
  if (is(Operand.kind, "gathered") || Operand.reads == 1) {
    Result.Bytes = double(Weight.bytes) / double(Weight.rows) * Rows;
  } else if (Operand.reads == 2) {
    Result.Bytes = double(Weight.bytes) / Plan * Experts;
    Operations = 2 * Elements / Plan * Choices * Rows;
  } else {
    Result.Bytes = double(Weight.bytes);
    if (is(Weight.layout, "panels")) // a matrix; vectors scale rows
      Operations = 2 * Elements * Rows;
  }
  return Result;
}

Work WorkModel::attention(const facet_operand_details &Stream, const PassShape &Shape,
                          double OutputWidth) const {
  Work Result;
  facet_stream_details Details;
  facet_kv_details Kind;
  if (!facet_model_stream(Model, Stream.index, &Details) || !facet_model_kv(Model, Details.kind, &Kind))
    return Result;
  const SeenKeys Keys(Shape, Kind.window);
  Result.Bytes = double(Details.bytes_per_position) * Keys.Distinct;
  const char *Format = is(Kind.format, "f32") ? "f32" : "bf16"; // q8 is multiplied as bf16
  // Scores, and their sum of values.
  Result.Operations[int(arithmeticOf(Format))] = 4 * OutputWidth * Keys.Pairs;
  return Result;
}

double WorkModel::outputWidth(int Index) const {
  facet_dispatch_details Dispatch;
  facet_entry_details Entry;
  double Width = 0;
  if (!facet_model_dispatch(Model, Index, &Dispatch) || !facet_model_entry(Model, Dispatch.entry, &Entry))
    return Width;
  for (int I = 0; I < Dispatch.operand_count; ++I) {
    facet_operand_details Operand;
    facet_model_operand(Model, Index, I, &Operand);
    if (is(Operand.kind, "arena") && !Operand.index && (Operand.access & FACET_WRITE))
      Width = double(Operand.bytes) / 4 / Entry.rows;
  }
  return Width;
}

bool WorkModel::writesLogits(int Index, const facet_dispatch_details &Dispatch) const {
  for (int I = 0; I < Dispatch.operand_count; ++I) {
    facet_operand_details Operand;
    facet_model_operand(Model, Index, I, &Operand);
    if (is(Operand.kind, "output") && is(Operand.name, "logits"))
      return true;
  }
  return false;
}

Work WorkModel::dispatch(int Index, const PassShape &Shape, int Experts) const {
  facet_dispatch_details Dispatch;
  facet_entry_details Entry;
  Work Sum;
  if (!facet_model_dispatch(Model, Index, &Dispatch) || !facet_model_entry(Model, Dispatch.entry, &Entry))
    return Sum;
  PassShape Rows = Shape;
  if (Dispatch.row_set == 1) {
    Rows.First += Shape.Count - Shape.Wanted;
    Rows.Count = Shape.Wanted;
  }
  if (Rows.Count == 0 || (!Shape.Logits && writesLogits(Index, Dispatch)))
    return Sum;
  std::vector<facet_operand_details> Operands(size_t(Dispatch.operand_count));
  int Plan = 0, Choices = 0;
  for (int I = 0; I < Dispatch.operand_count; ++I) {
    facet_operand_details &Operand = Operands[size_t(I)];
    facet_model_operand(Model, Index, I, &Operand);
    if (is(Operand.kind, "arena") &&
        Operand.index) { // experts + 1 offsets, then an entry for each choice of each row
      Plan = Operand.index;
      Choices = (int(Operand.bytes / 4) - Plan - 1) / Entry.rows;
    }
  }
  for (const facet_operand_details &Operand : Operands) {
    if (is(Operand.kind, "weight") || is(Operand.kind, "gathered"))
      Sum += weight(Operand, Rows.Count, Experts, Choices, Plan);
    else if (is(Operand.kind, "kv") && !(Operand.access & FACET_WRITE))
      Sum += attention(Operand, Rows, outputWidth(Index + 1)); // it leaves states, which the next one adds
  }
  return Sum;
}

Work WorkModel::pass(const PassShape &Shape) const {
  facet_entry_details Entry = {};
  facet_model_entry(Model, 0, &Entry);
  Work Sum;
  for (int I = 0; I < Entry.dispatch_count; ++I)
    Sum += dispatch(Entry.first_dispatch + I, Shape, 0);
  return Sum;
}

} // namespace facet
