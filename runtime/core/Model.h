// An open model, from an artifact or from the program itself: its bytes, its checked tables and the code of
// the variant that was chosen. Immutable and shared by threads; reference-counted by its handle and by
// sessions.
#ifndef FACET_RUNTIME_CORE_MODEL_H
#define FACET_RUNTIME_CORE_MODEL_H

#include "runtime/abi.h"
#include "runtime/core/Artifact.h"
#include "runtime/embedded_format.h"

#include <atomic>

namespace facet {

/// Where a model comes from.
struct ModelSource {
  FileBytes file;                                 // an artifact, or the tables of `embedded`
  const char *path = "";                          // for messages and facet_model_details
  const facet_embedded_model *embedded = nullptr; // a model that is part of the program
  FileBytes weights = {};                         // its weights, from `weightStart` on
  size_t weightStart = 0;
};

} // namespace facet

struct facet_model {
public:
  enum class Purpose { Run, Inspect };

  static facet::Result<facet_model *> open(facet::ModelSource source, const facet_open_options &options,
                                           Purpose purpose, const facet::Allocator &allocator);
  void retain() { references.fetch_add(1); }
  /// The last release frees this.
  void release();

  const facet::Artifact &artifact() const { return view; }
  const char *path() const { return name.data(); }
  /// Bytes of the WEIGHTS section, read as FileBytes::read() does.
  facet::Status readWeights(size_t offset, void *into, size_t size) const;
  void announceWeights(size_t offset, size_t size) const;
  int variant() const { return chosen; }
  int weightsVerified() const { return verified; }
  /// Only where a variant was chosen.
  facet_kernel_fn kernel(size_t index) const;

private:
  friend class facet::Allocator;
  explicit facet_model(const facet::Allocator &allocator) : allocator(allocator) {}
  ~facet_model();
  /// For messages.
  const char *shownName() const {
    return name[0] ? path() : embedded ? embedded->name : "artifact in memory";
  }
  facet::Status prepare(facet::ModelSource source, const facet_open_options &options, Purpose purpose);
  facet::Status readTables(const unsigned char *root);
  facet::Status verifyWeights(const facet_open_options &options);
  facet::Status chooseVariant();
  facet::Status mapVariant();
  /// The file that holds the weights.
  const facet::FileBytes &weightBytes() const { return embedded ? weights : file; }

  facet::Allocator allocator;
  facet::FileBytes file, weights; // see facet::ModelSource
  const facet_embedded_model *embedded = nullptr;
  size_t weightStart = 0;
  facet::Artifact view;
  facet::Buffer<char> name;
  const void *code = nullptr;
  size_t codeSize = 0;
  int chosen = -1, verified = 0;
  std::atomic<unsigned> references{1};
};

#endif
