// What someone may have meant who typed a word that does not exist.
#ifndef FACET_TOOLS_COMMAND_SUGGESTION_H
#define FACET_TOOLS_COMMAND_SUGGESTION_H

#include <string>
#include <string_view>
#include <vector>

namespace facet::command {

/// Insertions, deletions, substitutions and swaps of neighbours that make B of A.
size_t editDistance(std::string_view A, std::string_view B);

/// The closest word, the first of equals, if at most a third of its letters (but one at least) differ; else
/// "".
std::string closest(std::string_view Typed, const std::vector<std::string> &Words);

} // namespace facet::command
#endif
