// The numbers that facet eval compares: logits, hidden states and their statistics.
#include "tools/eval_checks.h"

#include <cmath>
#include <cstring>
#include <limits>

using namespace facet;
using json = nlohmann::ordered_json;

static constexpr double ExactLimit = 2e-5;   // relative to the golden row's norm
static constexpr double PrintedLimit = 1e-3; // of logits that were printed to four decimals

/// Norm of the difference over the golden row's norm.
static double rowError(const float *Found, const float *Golden, size_t Width) {
  double Difference = 0, Norm = 0;
  for (size_t I = 0; I < Width; ++I) {
    double D = static_cast<double>(Found[I]) - Golden[I];
    Difference += D * D;
    Norm += static_cast<double>(Golden[I]) * Golden[I];
  }
  return Norm > 0         ? std::sqrt(Difference / Norm)
         : Difference > 0 ? std::numeric_limits<double>::infinity()
                          : 0;
}

/// The larger, where NaN is largest.
static double worse(double A, double B) { return std::isnan(A) || A >= B ? A : B; }

bool Evaluation::limitOf(const std::string &Name, const char *Check, double &Limit) {
  Limit = ExactLimit;
  if (Exact)
    return true;
  const json &Known = member(member(member(Folder.Bf16, "cases"), Name.c_str()), Check);
  if (!Known.is_number()) {
    Report.skipped(Name, Check, "no limit for this artifact: bf16.json has none");
    return false;
  }
  Limit = Known.get<double>();
  return true;
}

namespace {

/// Collects the residual stream of one row of a step.
struct Tracer {
  int32_t Row;
  size_t Layers, Width;
  std::vector<float> &Hidden;
  std::vector<bool> Seen;
};

void onTrace(void *Context, const facet_trace *Trace) {
  Tracer &T = *static_cast<Tracer *>(Context);
  if (Trace->layers < 0 || static_cast<size_t>(Trace->layers) >= T.Layers ||
      static_cast<size_t>(Trace->width) != T.Width)
    return;
  for (int32_t I = 0; I < Trace->count; ++I)
    if (Trace->rows[I] == T.Row) {
      size_t Layer = static_cast<size_t>(Trace->layers);
      std::memcpy(&T.Hidden[Layer * T.Width], Trace->values + static_cast<size_t>(I) * T.Width,
                  T.Width * sizeof(float));
      T.Seen[Layer] = true;
    }
}

} // namespace

std::string Evaluation::runIds(const std::vector<int32_t> &Ids, const std::vector<bool> &Wanted,
                               std::vector<float> *Hidden, size_t &LayersSeen,
                               const std::function<void(size_t, const float *)> &OnLogits) {
  facet_error Error = {};
  facet_sequence *Sequence = Session.sequence();
  if (facet_sequence_truncate(Sequence, 0, &Error) != FACET_OK)
    return Error.message;
  facet_session_options Limits = {};
  facet_session_describe(Session.session(), &Limits);
  const size_t Layers = static_cast<size_t>(Text.details().layer_count);
  const size_t Width = static_cast<size_t>(Text.details().hidden_size);
  LayersSeen = 0;
  std::vector<facet_row> Rows;
  std::vector<size_t> Positions;
  for (size_t Begin = 0; Begin < Ids.size();) {
    Rows.clear();
    Positions.clear();
    size_t At = Begin;
    int32_t Outputs = 0;
    bool Last = false;
    for (; At < Ids.size() && Rows.size() < static_cast<size_t>(Limits.max_rows); ++At) {
      uint32_t Wants = Wanted[At] ? FACET_WANTS_LOGITS : FACET_WANTS_NOTHING;
      Last = At + 1 == Ids.size();
      if (Hidden && Last)
        Wants |= FACET_WANTS_HIDDEN;
      if (Wants && Outputs == Limits.max_outputs) {
        Last = false;
        break;
      }
      Outputs += Wants != 0;
      if (Wanted[At])
        Positions.push_back(At);
      Rows.push_back({Sequence, static_cast<int32_t>(At), Ids[At], FACET_CAUSAL, Wants});
    }
    const bool Traced = Hidden && Last;
    std::vector<float> Unused;
    Tracer Trace = {static_cast<int32_t>(Rows.size()) - 1, Layers, Width, Hidden ? *Hidden : Unused,
                    std::vector<bool>(Layers)};
    if (Traced) {
      Hidden->assign((Layers + 1) * Width, std::numeric_limits<float>::quiet_NaN());
      facet_session_set_trace(Session.session(), onTrace, &Trace);
    }
    facet_code Code = facet_session_step(Session.session(), Rows.data(), static_cast<int32_t>(Rows.size()),
                                         nullptr, &Error);
    facet_session_set_trace(Session.session(), nullptr, nullptr);
    if (Code != FACET_OK)
      return Error.message;
    for (size_t I = 0; I < Positions.size(); ++I)
      OnLogits(Positions[I], facet_session_logits(Session.session(), static_cast<int32_t>(I)));
    if (Traced) {
      for (bool Seen : Trace.Seen)
        LayersSeen += Seen;
      std::memcpy(&(*Hidden)[Layers * Width], facet_session_hidden(Session.session(), 0),
                  Width * sizeof(float));
    }
    Begin = At;
  }
  return "";
}

void Evaluation::checkTensors(const std::string &Name, const json &Case, const std::vector<int32_t> &Ids) {
  const size_t Vocab = static_cast<size_t>(Text.details().vocab_size);
  const bool WantsLogits = Folder.Tensors.has(Name + ".logits"),
             WantsHidden = Folder.Tensors.has(Name + ".hidden");
  const bool WantsStatistics = member(Case, "top_logits").is_array() || member(Case, "stats").is_object();
  if (!WantsLogits && !WantsHidden && !WantsStatistics)
    return;
  std::vector<bool> Wanted(Ids.size());
  std::vector<size_t> RowOf(Ids.size());
  std::vector<float> Golden, Hidden, LastLogits;
  if (WantsLogits) {
    std::vector<int32_t> Positions;
    if (!readIds(member(Case, "logit_rows"), static_cast<int32_t>(Ids.size()), Positions))
      return Report.failed(Name, "logits", "expected logit_rows below " + std::to_string(Ids.size()));
    for (size_t I = 0; I < Positions.size(); ++I) {
      size_t Position = static_cast<size_t>(Positions[I]);
      if (Wanted[Position])
        return Report.failed(Name, "logits", "expected each of logit_rows once");
      Wanted[Position] = true;
      RowOf[Position] = I;
    }
    std::string Error = Folder.Tensors.matrix(Name + ".logits", Positions.size(), Vocab, Golden);
    if (!Error.empty())
      return Report.failed(Name, "logits", Error);
  }
  const std::vector<bool> Compared = Wanted;
  Wanted.back() = Wanted.back() || WantsStatistics;
  double Worst = 0;
  size_t LayersSeen = 0;
  std::string Error = runIds(
      Ids, Wanted, WantsHidden ? &Hidden : nullptr, LayersSeen, [&](size_t Position, const float *Logits) {
        if (Compared[Position])
          Worst = worse(rowError(Logits, &Golden[RowOf[Position] * Vocab], Vocab), Worst);
        if (Position + 1 == Ids.size())
          LastLogits.assign(Logits, Logits + Vocab);
      });
  if (!Error.empty())
    return Report.failed(Name, "numbers", Error);
  double Limit = 0;
  if (WantsLogits && limitOf(Name, "logits", Limit))
    Report.measured(Name, "logits", Worst, Limit);
  if (WantsHidden)
    checkHidden(Name, Hidden, LayersSeen);
  if (WantsStatistics)
    checkStatistics(Name, Case, LastLogits.data());
}

void Evaluation::checkHidden(const std::string &Name, const std::vector<float> &Hidden, size_t LayersSeen) {
  const size_t Layers = static_cast<size_t>(Text.details().layer_count);
  const size_t Width = static_cast<size_t>(Text.details().hidden_size);
  std::vector<float> Golden;
  std::string Error = Folder.Tensors.matrix(Name + ".hidden", Layers + 1, Width, Golden);
  if (!Error.empty())
    return Report.failed(Name, "hidden", Error);
  if (LayersSeen != Layers)
    return Report.failed(Name, "hidden",
                         "expected a trace of " + std::to_string(Layers) + " layers, found " +
                             std::to_string(LayersSeen));
  double Worst = 0, Limit = 0;
  size_t WorstLayer = 0;
  for (size_t I = 0; I <= Layers; ++I) {
    double Row = rowError(&Hidden[I * Width], &Golden[I * Width], Width);
    if (worse(Row, Worst) != Worst)
      WorstLayer = I;
    Worst = worse(Row, Worst);
  }
  if (limitOf(Name, "hidden", Limit))
    Report.measured(Name, "hidden", Worst, Limit,
                    Worst <= Limit ? "" : "after layer " + std::to_string(WorstLayer));
}

void Evaluation::checkStatistics(const std::string &Name, const json &Case, const float *Logits) {
  if (!Exact)
    return Report.skipped(Name, "top_logits", RoundsNote);
  const size_t Vocab = static_cast<size_t>(Text.details().vocab_size);
  if (const json &Top = member(Case, "top_logits"); Top.is_array()) {
    double Worst = 0;
    for (const json &Pair : Top) {
      if (!Pair.is_array() || Pair.size() != 2 || !Pair[0].is_number_unsigned() ||
          Pair[0].get<uint64_t>() >= Vocab || !Pair[1].is_number())
        return Report.failed(Name, "top_logits", "expected pairs of an id and a logit");
      Worst = worse(std::fabs(Logits[Pair[0].get<size_t>()] - Pair[1].get<double>()), Worst);
    }
    Report.measured(Name, "top_logits", Worst, PrintedLimit);
  }
  const json &Golden = member(Case, "stats");
  if (!Golden.is_object())
    return;
  double Max = -std::numeric_limits<double>::infinity(), Min = -Max, Sum = 0, Squares = 0;
  for (size_t I = 0; I < Vocab; ++I) {
    double Value = Logits[I];
    Max = worse(Value, Max);
    Min = std::isnan(Value) || Value < Min ? Value : Min;
    Sum += Value;
  }
  const double Mean = Sum / static_cast<double>(Vocab);
  for (size_t I = 0; I < Vocab; ++I)
    Squares += (Logits[I] - Mean) * (Logits[I] - Mean);
  const double Found[] = {Max, Min, Mean, std::sqrt(Squares / static_cast<double>(Vocab))};
  const char *const Keys[] = {"max", "min", "mean", "std"};
  double Worst = 0;
  for (size_t I = 0; I < 4; ++I) {
    const json &Value = member(Golden, Keys[I]);
    if (!Value.is_number())
      return Report.failed(Name, "stats", "expected max, min, mean and std");
    Worst = worse(std::fabs(Found[I] - Value.get<double>()), Worst);
  }
  Report.measured(Name, "stats", Worst, PrintedLimit);
}
