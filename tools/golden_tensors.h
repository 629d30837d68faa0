// The f32 tensors of a golden folder's safetensors file, for facet eval. The file is hostile.
#ifndef FACET_TOOLS_GOLDEN_TENSORS_H
#define FACET_TOOLS_GOLDEN_TENSORS_H

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace facet {

/// Whether lists and objects are nested at most 100 deep in Text: then no recursion over what it parses to
/// can exhaust the stack.
bool isShallowJson(std::string_view Text);

class GoldenTensors {
public:
  static constexpr size_t MaxBytes = size_t(1) << 30;

  /// Reads the whole file. Returns "" or "FILE: expected ..., found ...".
  std::string read(const std::string &Path);

  bool has(const std::string &Name) const { return Entries.count(Name) != 0; }
  /// A matrix of f32; returns "" or what is wrong with it. Every value is finite.
  std::string matrix(const std::string &Name, size_t Rows, size_t Columns, std::vector<float> &Values) const;

private:
  struct Entry {
    std::string Type;
    std::vector<uint64_t> Shape;
    uint64_t Begin, End; ///< in Bytes
  };
  std::string Path, Bytes;
  std::map<std::string, Entry> Entries;
};

} // namespace facet
#endif
