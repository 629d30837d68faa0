// Tells checkpoints, artifacts and other files apart by what lies at a path.
#include "tools/command/model_path.h"
#include "tools/command/hub_cache.h"

#include "runtime/artifact_format.h"

#include <cstdio>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

namespace facet::command {

namespace {

bool isThere(const std::string &Path) { return access(Path.c_str(), F_OK) == 0; }

bool isDirectory(const std::string &Path) {
  struct stat Info;
  return stat(Path.c_str(), &Info) == 0 && S_ISDIR(Info.st_mode);
}

bool isCheckpoint(const std::string &Path) { return isThere(Path + "/config.json"); }

bool beginsWith(const std::string &Path, std::string_view Magic) {
  std::string Bytes(Magic.size(), '\0');
  std::FILE *File = std::fopen(Path.c_str(), "rb");
  if (!File)
    return false;
  const size_t Count = std::fread(Bytes.data(), 1, Bytes.size(), File);
  std::fclose(File);
  return Count == Bytes.size() && Bytes == Magic;
}

std::string folderOf(const std::string &Path) {
  const size_t Slash = Path.rfind('/');
  return Slash == std::string::npos ? "." : Path.substr(0, Slash);
}

} // namespace

std::string whyNotAnArtifact(const std::string &Path) {
  const std::string Compile = "facet compile " + Path + " -o model.facet";
  if (!isThere(Path))
    return Path + ": no such file" +
           (isHubId(Path) ? "; a Hugging Face model is compiled first: " + Compile
                          : "; expected an artifact, which facet compile writes");
  if (isDirectory(Path))
    return Path + (isCheckpoint(Path) ? ": a checkpoint, not an artifact; compile it first: " + Compile
                                      : ": a directory; expected an artifact, which facet compile writes");
  if ((Path.ends_with(".json") || Path.ends_with(".safetensors")) && isCheckpoint(folderOf(Path)))
    return Path + ": a file of a checkpoint; compile its directory first: facet compile " + folderOf(Path) +
           " -o model.facet";
  if (Path.ends_with(".safetensors"))
    return Path + ": weights of a checkpoint; compile its directory first: facet compile DIR -o model.facet";
  if (beginsWith(Path, "GGUF"))
    return Path + ": a GGUF file; Facet compiles Hugging Face checkpoints (config.json and *.safetensors)";
  return "";
}

std::string findModel(std::string &Path) { return !isThere(Path) && isHubId(Path) ? findInCache(Path) : ""; }

std::string whyNotACheckpoint(std::string &Path) {
  if (std::string Problem = findModel(Path); !Problem.empty())
    return Problem;
  constexpr std::string_view Site = "https://huggingface.co/";
  if (Path.starts_with(Site) && isHubId(Path.substr(Site.size())))
    return Path + ": an address; give the model's id: " + Path.substr(Site.size());
  if (!isThere(Path))
    return Path + ": no such directory; expected a checkpoint: a directory with config.json, "
                  "tokenizer.json and *.safetensors, or a Hugging Face id";
  if (beginsWith(Path, FACET_MAGIC))
    return Path + ": an artifact, compiled already; run it: facet run " + Path + " \"...\"";
  if (beginsWith(Path, "GGUF"))
    return Path + ": a GGUF file; Facet compiles Hugging Face checkpoints (config.json and *.safetensors)";
  if (!isDirectory(Path))
    return Path + ": a file; expected the checkpoint's directory" +
           (isCheckpoint(folderOf(Path)) ? ": " + folderOf(Path) : "");
  for (const char *Needed : {"config.json", "tokenizer.json"})
    if (!isThere(Path + "/" + Needed))
      return Path + ": no " + Needed +
             " in it; expected a checkpoint as Hugging Face lays it out, with "
             "config.json, tokenizer.json and *.safetensors";
  return "";
}

} // namespace facet::command
