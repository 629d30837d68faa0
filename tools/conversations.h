// Conversations to run a model on: prompts that it shall answer, or ids as they are.
#ifndef FACET_TOOLS_CONVERSATIONS_H
#define FACET_TOOLS_CONVERSATIONS_H

#include <cstdint>
#include <string>
#include <vector>

namespace facet {

/// One of the two.
struct Conversation {
  std::string Prompt;
  std::vector<int32_t> Ids; ///< prompt and answer
};

/// Reads a file: JSON as test/models/*/golden/perplexity.json (an object with a list `conversations`, each
/// with `ids`) or cases.json (a list, each with `input_ids` and maybe `greedy_ids`), or else UTF-8 text with
/// a prompt a line, empty ones ignored. Ids are from 0 to below VocabSize. Returns "" or an error that names
/// the file.
std::string readConversations(const std::string &Path, int32_t VocabSize, std::vector<Conversation> &List);

} // namespace facet
#endif
