// Reads an artifact in place and checks everything that steers code or addresses, so that what comes after
// may trust every index, offset and size in it. Immutable once read; views live as long as the FileBytes.
#ifndef FACET_RUNTIME_CORE_ARTIFACT_H
#define FACET_RUNTIME_CORE_ARTIFACT_H

#include "runtime/artifact_format.h"
#include "runtime/core/File.h"

namespace facet {

/// A section seen as an array.
template <typename T> struct Table {
  const T *data = nullptr;
  size_t size = 0;
  const T &operator[](size_t index) const { return data[index]; }
  const T *begin() const { return data; }
  const T *end() const { return data + size; }
};

struct Artifact {
  const unsigned char *bytes = nullptr;
  const facet_header *header = nullptr;
  const facet_model_info *model = nullptr;
  Table<char> strings;
  Table<facet_variant> variants;
  Table<unsigned char> code;
  Table<facet_kernel_info> kernels;
  Table<facet_ladder_entry> entries;
  Table<facet_dispatch> dispatches;
  Table<facet_operand> operands;
  Table<unsigned> waits;
  Table<facet_kv_kind> kvKinds;
  Table<facet_kv_stream> streams;
  Table<unsigned char> weights, weightHashes;
  Table<facet_weight_info> weightTable;
  Table<unsigned long long> kernelEntries;

  /// The kernels are part of the program: there is no code here.
  bool linked = false;

  const char *string(unsigned offset) const { return strings.data + offset; }
  /// Null if there is none.
  const facet_section *section(unsigned kind) const;
  /// The operand that a linear multiplies its input with: the only matrix that it does not look rows up in.
  /// Null if there is none.
  const facet_operand *matrixOf(const facet_dispatch &dispatch) const;
  unsigned long long kernelEntry(size_t variant, size_t kernel) const {
    return kernelEntries[variant * kernels.size + kernel];
  }
  /// Bytes per position of one stream: keys and values, in q8 with an f16 scale for each 32.
  unsigned long long streamBytes(const facet_kv_stream &stream) const {
    static constexpr unsigned bytesOf32[] = {128, 64, 34};
    return 2ull * stream.heads * stream.head_dim * bytesOf32[kvKinds[stream.kind].format] / 32;
  }
};

/// "weights", ...; null for a kind that this version does not know.
const char *sectionName(unsigned kind);

/// Makes failures that begin with the artifact's name.
class Complaint {
public:
  explicit Complaint(const char *path) : path(path) {}
  Failure operator()(const char *format, ...) const __attribute__((format(printf, 2, 3)));
  const char *const path;
};

/// True if [offset, offset + size) lies within [0, limit).
inline bool within(unsigned long long offset, unsigned long long size, unsigned long long limit) {
  return offset <= limit && size <= limit - offset;
}

bool allZero(const unsigned char *bytes, size_t size);

/// Header, digests of all sections but the weights, and all tables. `root`: 32 pinned bytes or null.
Result<Artifact> readArtifact(const FileBytes &file, const char *path, const unsigned char *root);
/// The same of a model that is part of a program: its weights and kernels lie elsewhere.
Result<Artifact> readEmbeddedTables(const FileBytes &tables, Table<unsigned char> weights, const char *name,
                                    const unsigned char *root);
/// The tables that describe model, code, weights and KV; called by readArtifact().
Status checkTables(const Artifact &artifact, const Complaint &bad);
/// Entries, dispatches, operands and waits; needs checkTables().
Status checkSchedule(const Artifact &artifact, const Complaint &bad);

/// Hashes all blocks of the weights, which begin at `start` of `file`, on `threads` threads. Of the
/// options, `cancel` and `progress` are heeded.
Status checkWeights(const FileBytes &file, size_t start, const Artifact &artifact, const Complaint &bad,
                    int threads, const Allocator &allocator, const facet_open_options &options);

/// The cache that says which files were checked: named by root digest, in $XDG_CACHE_HOME/facet or
/// ~/.cache/facet. Nothing here fails: without a cache there is no stamp.
bool hasVerifyStamp(const FileBytes &file, const unsigned char *root);
/// Only if the file is as it was when opened.
void writeVerifyStamp(const FileBytes &file, const unsigned char *root);

} // namespace facet
#endif
