// Two sessions through the same conversations, side by side.
#include "tools/eval_divergence.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

using namespace facet;
using json = nlohmann::ordered_json;

namespace {

/// Log probabilities from logits.
void normalise(const float *Logits, std::vector<double> &Out) {
  const double Most = *std::max_element(Logits, Logits + Out.size());
  double Sum = 0;
  for (size_t I = 0; I < Out.size(); ++I)
    Sum += std::exp(Logits[I] - Most);
  const double Shift = Most + std::log(Sum);
  for (size_t I = 0; I < Out.size(); ++I)
    Out[I] = Logits[I] - Shift;
}

class Comparison {
public:
  Comparison(int32_t VocabSize, TextSession &Reference, TextSession &Session, Divergence &Result)
      : Sessions{&Reference, &Session}, Result(Result), P(static_cast<size_t>(VocabSize)),
        Q(static_cast<size_t>(VocabSize)) {}

  /// Predicted: the ids that count.
  std::string run(const std::vector<int32_t> &Ids, const std::vector<bool> &Predicted) {
    facet_error Error = {};
    size_t Most = Ids.size();
    for (TextSession *S : Sessions) {
      if (facet_sequence_truncate(S->sequence(), 0, &Error) != FACET_OK)
        return Error.message;
      facet_session_options Limits = {};
      facet_session_describe(S->session(), &Limits);
      Most = std::min({Most, static_cast<size_t>(Limits.max_rows), static_cast<size_t>(Limits.max_outputs)});
    }
    for (size_t Begin = 0, End; Begin < Ids.size(); Begin = End) {
      End = std::min(Begin + Most, Ids.size());
      for (TextSession *S : Sessions)
        if (std::string Problem = step(*S, Ids, Predicted, Begin, End); !Problem.empty())
          return Problem;
      int32_t Row = 0;
      for (size_t I = Begin; I < End; ++I)
        if (counts(Predicted, I))
          compare(Row++, static_cast<size_t>(Ids[I + 1]));
    }
    return "";
  }

private:
  /// Position I predicts id I + 1.
  static bool counts(const std::vector<bool> &Predicted, size_t I) {
    return I + 1 < Predicted.size() && Predicted[I + 1];
  }

  std::string step(TextSession &S, const std::vector<int32_t> &Ids, const std::vector<bool> &Predicted,
                   size_t Begin, size_t End) {
    Rows.clear();
    for (size_t I = Begin; I < End; ++I)
      Rows.push_back({S.sequence(), static_cast<int32_t>(I), Ids[I], FACET_CAUSAL,
                      counts(Predicted, I) ? FACET_WANTS_LOGITS : FACET_WANTS_NOTHING});
    facet_error Error = {};
    return facet_session_step(S.session(), Rows.data(), static_cast<int32_t>(Rows.size()), nullptr, &Error) ==
                   FACET_OK
               ? ""
               : Error.message;
  }

  void compare(int32_t Row, size_t Answer) {
    normalise(facet_session_logits(Sessions[0]->session(), Row), P);
    normalise(facet_session_logits(Sessions[1]->session(), Row), Q);
    for (size_t I = 0; I < P.size(); ++I)
      Result.Kl += std::exp(P[I]) * (P[I] - Q[I]);
    Result.Reference -= P[Answer];
    Result.Nll -= Q[Answer];
    Result.SameTop +=
        std::max_element(P.begin(), P.end()) - P.begin() == std::max_element(Q.begin(), Q.end()) - Q.begin();
    ++Result.Tokens;
  }

  TextSession *Sessions[2]; // the reference first
  Divergence &Result;
  std::vector<double> P, Q;
  std::vector<facet_row> Rows;
};

} // namespace

std::string facet::measureDivergence(const GoldenFolder &Folder, int32_t VocabSize, TextSession &Reference,
                                     TextSession &Session, Divergence &Result) {
  const std::string Path = Folder.Path + "/perplexity.json";
  Comparison Both(VocabSize, Reference, Session, Result);
  for (const json &Conversation : member(Folder.Perplexity, "conversations")) {
    std::vector<int32_t> Ids, Mask;
    if (!readIds(member(Conversation, "ids"), VocabSize, Ids) || Ids.empty() ||
        !readIds(member(Conversation, "answer"), 2, Mask) || Mask.size() != Ids.size())
      return Path + ": expected conversations with ids and a mask of answer tokens";
    const std::vector<bool> Predicted(Mask.begin(), Mask.end());
    if (std::string Problem = Both.run(Ids, Predicted); !Problem.empty())
      return Problem;
  }
  if (Result.Tokens == 0)
    return Path + ": expected answer tokens, found none";
  for (double *Sum : {&Result.Kl, &Result.Nll, &Result.Reference})
    *Sum /= static_cast<double>(Result.Tokens);
  return "";
}

std::string facet::printDivergence(const Divergence &D, bool Json) {
  char Text[320];
  std::snprintf(Text, sizeof(Text),
                Json ? "{\"tokens\":%llu,\"kl\":%.6e,\"nll\":%.6f,\"reference_nll\":%.6f,\"same_top\":%.6f}\n"
                     : "answer tokens            %llu\n"
                       "KL(reference || model)   %.6e nats\n"
                       "NLL                      %.6f nats\n"
                       "NLL of the reference     %.6f nats\n"
                       "same likeliest token     %.6f\n",
                static_cast<unsigned long long>(D.Tokens), D.Kl, D.Nll, D.Reference,
                static_cast<double>(D.SameTop) / static_cast<double>(D.Tokens));
  return Text;
}
