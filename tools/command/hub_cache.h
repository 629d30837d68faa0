// Models by their Hugging Face id, in the local cache of downloads.
#ifndef FACET_TOOLS_COMMAND_HUB_CACHE_H
#define FACET_TOOLS_COMMAND_HUB_CACHE_H

#include <string>

namespace facet::command {

/// "ORGANISATION/NAME" of the letters that Hugging Face allows.
bool isHubId(const std::string &Text);

/// Replaces an id by its directory. Returns "" or why there is none, and how to download it.
std::string findInCache(std::string &Id);

} // namespace facet::command
#endif
