// Files for parsers that take a path: one in memory, or a directory of them.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>

namespace facet::test {

inline void require(bool holds) {
  if (!holds)
    std::abort();
}

class MemoryFile {
public:
  MemoryFile() : descriptor(memfd_create("fuzz", 0)) { require(descriptor >= 0); }
  ~MemoryFile() { close(descriptor); }
  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor); }
  /// The whole file: `bytes`, then zeros up to `size`.
  void write(std::string_view bytes, size_t size) const {
    require(ftruncate(descriptor, 0) == 0 && ftruncate(descriptor, static_cast<off_t>(size)) == 0);
    require(pwrite(descriptor, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
  }

private:
  int descriptor;
};

/// Removed at the end. In memory where the system has a place for that: a disk can stall for seconds.
class ScratchDirectory {
public:
  ScratchDirectory() {
    const std::filesystem::path memory = "/dev/shm";
    const auto parent = access(memory.c_str(), W_OK) == 0 ? memory : std::filesystem::temp_directory_path();
    name = (parent / "facet-fuzz-XXXXXX").string();
    require(mkdtemp(name.data()));
  }
  ~ScratchDirectory() { std::filesystem::remove_all(name); }
  const std::string &path() const { return name; }
  void write(const std::string &file, std::string_view bytes) const {
    std::FILE *stream = std::fopen((name + "/" + file).c_str(), "wb");
    require(stream && std::fwrite(bytes.data(), 1, bytes.size(), stream) == bytes.size());
    std::fclose(stream);
  }

private:
  std::string name;
};

} // namespace facet::test
