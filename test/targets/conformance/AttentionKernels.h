// The kernels of one attention layer as a step has them: K/V write, attention in parts, and the merge of the
// parts.
#pragma once

#include "test/targets/conformance/Support.h"

#include <cstdlib>
#include <memory>

namespace facet::test {

struct AttentionShape {
  int window, heads, kvHeads, dim;
  std::string element; // of keys and values: f32, bf16 or q8
  int slots = 64;      // segments that a row may have

  size_t positionBytes() const;
};

/// A pool of K/V pages of 2^shift positions in reverse order; what nobody wrote is not zero.
class KvPages {
public:
  KvPages(const AttentionShape &shape, int positions, int shift = 4);
  const facet_kv_view *view() const { return &kv; }

private:
  std::unique_ptr<char, decltype(&std::free)> pool; // in huge pages, as the runtime's
  std::vector<int> table;
  facet_kv_view kv;
};

/// Compiled for one variant.
class AttentionKernels {
public:
  AttentionKernels(const AttentionShape &shape, const mlir::facet::TargetVariant &variant);

  void write(const RowSet &set, const std::vector<float> &k, const std::vector<float> &v,
             const facet_kv_view &kv, int pieces = 1) const;
  std::vector<float> attend(const RowSet &set, const std::vector<float> &q, const facet_kv_view &kv,
                            int pieces = 1) const;
  /// The states of attend(), for `rows` rows.
  std::vector<Line> makeParts(int rows) const;
  const KernelRunner &parts() const { return partsRunner; }
  const KernelRunner &merge() const { return mergeRunner; }

private:
  AttentionShape shape;
  KernelRunner writeRunner, partsRunner, mergeRunner;
};

} // namespace facet::test
