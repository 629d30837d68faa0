// One section of a .facet file, mapped read-only, for tools that need nothing else of it.
#ifndef FACET_TOOLS_ARTIFACT_SECTION_H
#define FACET_TOOLS_ARTIFACT_SECTION_H

#include <cstddef>
#include <string>
#include <utility>

namespace facet {

/// A mapping, released with the object. Either Error is empty and the bytes are there, or the other way
/// round.
class ArtifactSection {
public:
  ArtifactSection() = default;
  ArtifactSection(ArtifactSection &&Other) noexcept { *this = std::move(Other); }
  ArtifactSection &operator=(ArtifactSection &&Other) noexcept; ///< swaps
  ~ArtifactSection();

  const void *data() const { return Bytes; } ///< aligned to 4096
  size_t size() const { return Size; }
  const std::string &error() const { return Error; } ///< "FILE: what: expected ..., found ...; what to do"
  explicit operator bool() const { return Error.empty(); }

private:
  friend ArtifactSection mapArtifactSection(const std::string &Path, unsigned Kind);
  void *Bytes = nullptr;
  size_t Size = 0;
  std::string Error;
};

/// Maps the section of this facet_section_kind. The header is checked against the file's size; what the
/// section holds is not. A file that shrinks while it is mapped ends the program with SIGBUS.
ArtifactSection mapArtifactSection(const std::string &Path, unsigned Kind);

/// A mapped file that shrinks raises SIGBUS when its lost part is read, and so does a part that the disk
/// fails to give. From now on that ends the program with status 1 and a message that names Path and says
/// which. For tools, which own their process.
void exitWhenShrunk(const std::string &Path);

} // namespace facet
#endif
