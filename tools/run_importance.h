// facet run --collect-importance: what matters to the inputs of each matrix, over a file of conversations.
#ifndef FACET_TOOLS_RUN_IMPORTANCE_H
#define FACET_TOOLS_RUN_IMPORTANCE_H

#include "runtime/text/generate/TextSession.h"
#include "tools/run_options.h"

namespace facet {

/// The session options that collecting needs: rows of one row group, all of which may want logits.
facet_session_options collectingOptions(facet_session_options Options);

/// Runs the conversations of the file O.Prompt, answers prompts first (at most O.MaxTokens, or 256), and
/// writes the file O.Importance. The session's executor has one thread. Returns "" or an error.
std::string collectImportance(const RunOptions &O, const TextModel &Text, TextSession &Session);

} // namespace facet
#endif
