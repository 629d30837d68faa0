// facet render --cases: checks templates against recorded renderings.
#ifndef FACET_TOOLS_RENDER_CASES_H
#define FACET_TOOLS_RENDER_CASES_H

#include <string>

namespace facet {

/// Renders every case of a JSON file: a list of objects with "messages", "tools" and "options", and what is
/// expected: "text" (or "prompt"), "raises" (the template's own message) or "fails". "template" names a file
/// in the folder Model; without it Model itself is the template. Differences go to stderr, and last a line "N
/// passed, N failed". True if all agree.
bool checkCases(const std::string &Model, const std::string &CasesPath);

} // namespace facet
#endif
