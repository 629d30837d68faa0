// A file that is there whole or not at all.
#include "tools/new_file.h"

#include <unistd.h>

namespace facet {

NewFile::NewFile(const std::string &Path)
    : Path(Path), Partial(Path + ".partial"), Stream(std::fopen(Partial.c_str(), "wb")) {}

NewFile::~NewFile() {
  if (Stream)
    std::fclose(Stream);
  if (!Kept)
    unlink(Partial.c_str());
}

bool NewFile::write(const void *Bytes, size_t Count) {
  return Stream && std::fwrite(Bytes, 1, Count, Stream) == Count;
}

bool NewFile::keep() {
  if (!Stream)
    return false;
  const bool Closed = std::fclose(Stream) == 0;
  Stream = nullptr;
  return Kept = Closed && std::rename(Partial.c_str(), Path.c_str()) == 0;
}

} // namespace facet
