// How far one artifact's predictions stray from another's of the same model.
#ifndef FACET_TOOLS_EVAL_DIVERGENCE_H
#define FACET_TOOLS_EVAL_DIVERGENCE_H

#include "tools/eval_checks.h"

namespace facet {

/// Means over the answer tokens of a folder's perplexity.json, in nats.
struct Divergence {
  uint64_t Tokens = 0;
  double Kl = 0;                 ///< of the model's distribution from the reference's, KL(reference || model)
  double Nll = 0, Reference = 0; ///< negative log likelihood of the answers
  uint64_t SameTop = 0;          ///< tokens whose likeliest prediction is the reference's
};

/// Both sessions are of one vocabulary and hold the longest conversation. Returns "" or an error.
std::string measureDivergence(const GoldenFolder &Folder, int32_t VocabSize, TextSession &Reference,
                              TextSession &Session, Divergence &Result);

/// A table, or an object as docs/json.md says.
std::string printDivergence(const Divergence &D, bool Json);

} // namespace facet
#endif
