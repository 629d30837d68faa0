// Assembles a .facet file from structs, with hashes, and the toy model of ToyKernels.c. For tests of the
// runtime without the compiler.
#ifndef FACET_TEST_RUNTIME_CORE_ARTIFACTBUILDER_H
#define FACET_TEST_RUNTIME_CORE_ARTIFACTBUILDER_H

#include "runtime/artifact_format.h"
#include "runtime/facet.h"

#include <map>
#include <string>
#include <vector>

namespace facet::test {

constexpr int toyHidden = 16, toyVocab = 48, toyWindow = 80, toyContext = 4096, toyLayers = 2;

/// An ELF shared object whose first segment is all there is to map.
struct CodeImage {
  std::string bytes;
  uint64_t textSize;
  std::map<std::string, uint64_t> symbols;
  static CodeImage load(const std::string &path);
};

struct ArtifactBuilder {
  facet_model_info model{};
  std::string strings = std::string(1, '\0');
  std::vector<facet_variant> variants;
  std::vector<facet_kernel_info> kernels;
  std::vector<facet_ladder_entry> entries;
  std::vector<facet_dispatch> dispatches;
  std::vector<facet_operand> operands;
  std::vector<unsigned> waits;
  std::vector<facet_kv_kind> kvKinds;
  std::vector<facet_kv_stream> streams;
  std::vector<facet_weight_info> weightTable;
  std::vector<unsigned long long> kernelEntries;
  std::string code, weights;
  std::string tokenizer = "tokenizer bytes", chatTemplate = "{{ bos_token }}", metadata = "{}";

  unsigned string(const std::string &text);
  std::string build() const { return assemble(false); }
  /// Those of a model that is part of a program: without code and weights, but with the weights' hashes.
  std::string buildTables() const { return assemble(true); }

private:
  std::string assemble(bool linked) const;
};

/// One dispatch as tests write it.
struct ToyDispatch {
  const char *kernel;
  std::vector<facet_operand> operands;
  std::vector<unsigned> waits;
  unsigned unit, units, rowSet, layer, trace = 0, traceOperand = 0;
};

facet_operand weight(const ArtifactBuilder &builder, unsigned index, unsigned reads);
/// Of `rows` hidden states; an entry of the toy has four such buffers.
facet_operand arena(unsigned buffer, unsigned rows, unsigned access);
facet_operand rowSet(unsigned set);
void addEntry(ArtifactBuilder &builder, unsigned rows, const std::vector<ToyDispatch> &schedule);

struct ToyOptions {
  std::vector<unsigned> ladder = {1, 4, 16};
  size_t paddingWeight = 0; // bytes of a weight that nothing reads
  bool slow = false;        // a dispatch that takes long for the last token
  unsigned seed = 1;
  bool gathered = false; // the embedding stays in the file, on pages of its own at its end
};
/// A model of two layers: the first slides, the second is full and stops, for rows that want nothing, after
/// its KV write.
ArtifactBuilder toyArtifact(const ToyOptions &options = {});

/// Recomputes the digests of all sections but the weights, and the root, of an artifact that a test has
/// changed.
void seal(std::string &artifact);
facet_header &headerOf(std::string &artifact);
facet_section &sectionOf(std::string &artifact, unsigned kind);
/// The first entry of a table.
template <typename T> T *tableOf(std::string &artifact, unsigned kind) {
  return reinterpret_cast<T *>(artifact.data() + sectionOf(artifact, kind).offset);
}

/// A file in the test's own directory, removed with this.
class TemporaryFile {
public:
  explicit TemporaryFile(const std::string &bytes);
  ~TemporaryFile();
  const char *path() const { return name.c_str(); }

private:
  std::string name;
};

} // namespace facet::test
#endif
