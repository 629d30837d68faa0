// The verbs of facet, in the order in which help lists them.
#ifndef FACET_TOOLS_COMMAND_VERBS_H
#define FACET_TOOLS_COMMAND_VERBS_H

#include <string>
#include <vector>

namespace facet::command {

struct Verb {
  std::string Name, Does;
  std::vector<std::string> OtherNames = {}; ///< of other programs: understood only to suggest this one
};

const std::vector<Verb> &verbs();

} // namespace facet::command
#endif
