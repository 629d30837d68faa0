// What someone named as a model who may have mixed up checkpoints and artifacts, and what to do about it.
#ifndef FACET_TOOLS_COMMAND_MODEL_PATH_H
#define FACET_TOOLS_COMMAND_MODEL_PATH_H

#include <string>

namespace facet::command {

/// "" if Path may be an artifact, else what it is and what to do. Readers check the rest.
std::string whyNotAnArtifact(const std::string &Path);

/// "" if Path may be a checkpoint's directory, else what it is and what to do. A Hugging Face id such as
/// google/gemma-4-E2B-it is replaced as findModel does.
std::string whyNotACheckpoint(std::string &Path);

/// Replaces a Hugging Face id, where no file has that name, by its directory in the local cache:
/// $HF_HUB_CACHE, $HF_HOME/hub, $XDG_CACHE_HOME/huggingface/hub or ~/.cache/huggingface/hub. Returns "" or
/// why there is none. Links must not lead out of the cache. Nothing is ever downloaded.
std::string findModel(std::string &Path);

} // namespace facet::command
#endif
