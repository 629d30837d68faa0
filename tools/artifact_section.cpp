// Finds a section in a .facet file and maps it.
#include "tools/artifact_section.h"

#include "runtime/abi.h"
#include "runtime/artifact_format.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace facet {

ArtifactSection &ArtifactSection::operator=(ArtifactSection &&Other) noexcept {
  std::swap(Bytes, Other.Bytes);
  std::swap(Size, Other.Size);
  std::swap(Error, Other.Error);
  return *this;
}

ArtifactSection::~ArtifactSection() {
  if (Bytes && Size > 0)
    munmap(Bytes, Size);
}

static char MappedPath[900];
static off_t MappedSize;

static void onBusError(int) {
  struct stat Now;
  const bool Shrank = stat(MappedPath, &Now) != 0 || Now.st_size < MappedSize;
  const char *Parts[] = {MappedPath, Shrank ? ": the file shrank while it was being read\n"
                                            : ": a part of the file cannot be read; check the disk, copy or "
                                              "compile it again\n"};
  for (const char *Part : Parts) {
    // Nothing can be done if this fails, too.
    [[maybe_unused]] ssize_t Written = write(STDERR_FILENO, Part, std::strlen(Part));
  }
  _exit(1);
}

void exitWhenShrunk(const std::string &Path) {
  std::snprintf(MappedPath, sizeof(MappedPath), "%s", Path.c_str());
  struct stat Before;
  MappedSize = stat(MappedPath, &Before) == 0 ? Before.st_size : 0;
  std::signal(SIGBUS, onBusError);
}

ArtifactSection mapArtifactSection(const std::string &Path, unsigned Kind) {
  ArtifactSection Section;
  auto Fail = [&](const std::string &What) {
    Section.Error = Path + ": " + What;
    return std::move(Section);
  };
  int File = open(Path.c_str(), O_RDONLY | O_CLOEXEC);
  if (File < 0)
    return Fail(std::strerror(errno));
  struct Closer {
    int File;
    ~Closer() { close(File); }
  } Close{File};

  struct stat Info;
  if (fstat(File, &Info) != 0)
    return Fail(std::strerror(errno));
  if (!S_ISREG(Info.st_mode))
    return Fail("expected a regular file");
  const unsigned long long FileSize = static_cast<unsigned long long>(Info.st_size);
  facet_header Header;
  static_assert(sizeof(Header) <= FACET_PAGE);
  if (FileSize < FACET_PAGE ||
      pread(File, &Header, sizeof(Header), 0) != static_cast<ssize_t>(sizeof(Header)))
    return Fail("header: expected " + std::to_string(FACET_PAGE) + " bytes, found a file of " +
                std::to_string(FileSize));
  if (std::memcmp(Header.magic, FACET_MAGIC, sizeof(Header.magic)) != 0)
    return Fail("magic: expected " FACET_MAGIC ", found something else; is this a .facet file?");
  if (Header.abi != FACET_ABI_VERSION)
    return Fail("abi: expected " + std::to_string(FACET_ABI_VERSION) + ", found " +
                std::to_string(Header.abi) + "; compile the model again");
  if (Header.file_size != FileSize)
    return Fail("file size: expected " + std::to_string(Header.file_size) + " bytes, found " +
                std::to_string(FileSize) + "; the file is incomplete or damaged");
  if (Header.section_count > FACET_MAX_SECTIONS)
    return Fail("section count: expected at most " + std::to_string(FACET_MAX_SECTIONS) + ", found " +
                std::to_string(Header.section_count));
  for (unsigned I = 0; I < Header.section_count; ++I) {
    const facet_section &Entry = Header.sections[I];
    if (Entry.kind != Kind)
      continue;
    if (Entry.offset % FACET_PAGE != 0 || Entry.offset > FileSize || Entry.size > FileSize - Entry.offset)
      return Fail("section " + std::to_string(Kind) + ": expected it inside the file at a multiple of " +
                  std::to_string(FACET_PAGE) + ", found offset " + std::to_string(Entry.offset) + ", size " +
                  std::to_string(Entry.size));
    if (Entry.size == 0)
      return Section;
    void *Bytes = mmap(nullptr, Entry.size, PROT_READ, MAP_PRIVATE, File, static_cast<off_t>(Entry.offset));
    if (Bytes == MAP_FAILED)
      return Fail(std::strerror(errno));
    Section.Bytes = Bytes;
    Section.Size = Entry.size;
    return Section;
  }
  return Fail("section " + std::to_string(Kind) + ": expected in the section table, found none");
}

} // namespace facet
