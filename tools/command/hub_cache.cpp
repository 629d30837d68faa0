// The local cache of Hugging Face's downloads: models--ORGANISATION--NAME/{refs/main,snapshots/COMMIT/...},
// where the files of a snapshot are links into blobs beside it.
#include "tools/command/hub_cache.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace facet::command {

namespace fs = std::filesystem;

bool isHubId(const std::string &Text) {
  constexpr char Letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
  const size_t Slash = Text.find('/');
  return Slash != std::string::npos && Slash > 0 && Slash + 1 < Text.size() && Text[0] != '.' &&
         Text[Slash + 1] != '.' && Text.find_first_not_of(Letters) == Slash &&
         Text.find_first_not_of(Letters, Slash + 1) == std::string::npos && !Text.ends_with(".facet");
}

namespace {

std::string variable(const char *Name) {
  const char *Value = std::getenv(Name);
  return Value ? Value : "";
}

fs::path hubCache() {
  if (std::string Cache = variable("HF_HUB_CACHE"); !Cache.empty())
    return Cache;
  if (std::string Home = variable("HF_HOME"); !Home.empty())
    return fs::path(Home) / "hub";
  if (std::string Caches = variable("XDG_CACHE_HOME"); !Caches.empty())
    return fs::path(Caches) / "huggingface/hub";
  return fs::path(variable("HOME")) / ".cache/huggingface/hub";
}

/// As Hugging Face's library reads it.
bool isOffline() {
  std::string Value = variable("HF_HUB_OFFLINE");
  for (char &Letter : Value)
    Letter = Letter >= 'a' && Letter <= 'z' ? static_cast<char>(Letter - 'a' + 'A') : Letter;
  return Value == "1" || Value == "ON" || Value == "YES" || Value == "TRUE";
}

/// "" or the file in Folder that leads out of the cache, or to nothing.
std::string strayLink(const fs::path &Folder, const fs::path &Cache) {
  std::error_code Code;
  const fs::path Root = fs::canonical(Cache, Code);
  for (const fs::directory_entry &Entry : fs::directory_iterator(Folder, Code)) {
    const fs::path Real = fs::canonical(Entry.path(), Code);
    if (Code || Real.lexically_relative(Root).string().starts_with(".."))
      return Entry.path().filename().string();
  }
  return "";
}

} // namespace

std::string findInCache(std::string &Id) {
  const fs::path Cache = hubCache();
  std::error_code Code;
  std::string Name = "models--" + Id;
  Name.replace(Name.find('/'), 1, "--");
  std::string Commit;
  std::ifstream(Cache / Name / "refs/main") >> Commit;
  const fs::path Folder = Cache / Name / "snapshots" / Commit;
  const bool Sane = !Commit.empty() && Commit.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!Sane || !fs::exists(Folder / "config.json", Code)) {
    return Id + ": no such directory, and not a model in the local cache " + Cache.string() +
           "; download it with: hf download " + Id +
           (isOffline() ? " (HF_HUB_OFFLINE is set: unset it for that)" : "");
  }
  if (std::string Stray = strayLink(Folder, Cache); !Stray.empty())
    return Folder.string() + ": " + Stray +
           " leads out of the cache, or to nothing; download the model again";
  Id = Folder.string();
  return "";
}

} // namespace facet::command
