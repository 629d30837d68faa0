// An open artifact: its bytes, its checked tables and the code of the variant that was chosen. Immutable and
// shared by threads; reference-counted by its handle and by sessions.
#ifndef FACET_RUNTIME_CORE_MODEL_H
#define FACET_RUNTIME_CORE_MODEL_H

#include "runtime/abi.h"
#include "runtime/core/Artifact.h"

#include <atomic>

struct facet_model {
public:
  enum class Purpose { Run, Inspect };

  static facet::Result<facet_model *> open(facet::FileBytes file, const char *path,
                                           const facet_open_options &options, Purpose purpose,
                                           const facet::Allocator &allocator);
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
  const char *shownName() const { return name[0] ? path() : "artifact in memory"; }
  facet::Status verifyWeights(facet_verify verify);
  facet::Status chooseVariant();

  facet::Allocator allocator;
  facet::FileBytes file;
  facet::Artifact view;
  facet::Buffer<char> name;
  const void *code = nullptr;
  size_t codeSize = 0;
  int chosen = -1, verified = 0;
  std::atomic<unsigned> references{1};
};

#endif
