// A file that is there whole or not at all.
#ifndef FACET_TOOLS_NEW_FILE_H
#define FACET_TOOLS_NEW_FILE_H

#include <cstdio>
#include <string>

namespace facet {

/// Written beside its place, and gone unless it is kept. errno tells what failed.
class NewFile {
public:
  explicit NewFile(const std::string &Path);
  ~NewFile();
  NewFile(const NewFile &) = delete;
  NewFile &operator=(const NewFile &) = delete;
  bool write(const void *Bytes, size_t Count);
  /// Puts it in its place; nothing can be written after that.
  bool keep();

private:
  std::string Path, Partial;
  std::FILE *Stream;
  bool Kept = false;
};

} // namespace facet
#endif
