#include "test/targets/conformance/AttentionKernels.h"

#include <cstring>
#include <sys/mman.h>

namespace facet::test {

static std::string rowsOf(int width) { return "tensor<?x" + std::to_string(width) + "xf32>"; }

static std::string kvOf(const AttentionShape &s) {
  return "<window = " + std::to_string(s.window) + ", heads = " + std::to_string(s.kvHeads) +
         ", head_dim = " + std::to_string(s.dim) + ", " + (s.element == "q8" ? "!facet.q8" : s.element) + ">";
}

static std::string partsOf(const AttentionShape &s) {
  return "!facet.attention_parts<window = " + std::to_string(s.window) +
         ", slots = " + std::to_string(s.slots) + ", heads = " + std::to_string(s.heads) +
         ", head_dim = " + std::to_string(s.dim) + ">";
}

static std::string writeText(const AttentionShape &s) {
  std::string side = rowsOf(s.kvHeads * s.dim), kv = "!facet.kv" + kvOf(s);
  return "func.func @w(%rows: !facet.rows, %k: " + side + ", %v: " + side + ", %kv: " + kv +
         ") attributes {facet.kernel = \"rows\"} { facet.kv_write %k, %v, %rows, %kv : " + side + ", " + kv +
         "\n return }";
}

static std::string partsText(const AttentionShape &s) {
  std::string q = rowsOf(s.heads * s.dim), kv = "!facet.kv" + kvOf(s), parts = partsOf(s);
  return "func.func @a(%rows: !facet.rows, %q: " + q + ", %kv: " + kv + ") -> " + parts +
         " attributes {facet.kernel = \"attention\"} { %0 = facet.attention_parts %q, %rows, %kv : " + q +
         ", " + kvOf(s) + " -> " + parts + "\n return %0 : " + parts + " }";
}

static std::string mergeText(const AttentionShape &s) {
  std::string y = rowsOf(s.heads * s.dim), parts = partsOf(s);
  return "func.func @m(%rows: !facet.rows, %parts: " + parts + ") -> " + y +
         " attributes {facet.kernel = \"attention_merge\"} { %0 = facet.attention_merge %parts, %rows : " +
         parts + " -> " + y + "\n return %0 : " + y + " }";
}

size_t AttentionShape::positionBytes() const {
  size_t bytesOf32 = element == "f32" ? 128 : element == "bf16" ? 64 : 34;
  return size_t(2) * kvHeads * dim / 32 * bytesOf32;
}

KvPages::KvPages(const AttentionShape &shape, int positions, int shift) : pool(nullptr, &std::free) {
  size_t pages = (positions + (1 << shift) - 1) >> shift, pageBytes = shape.positionBytes() << shift;
  const size_t huge = size_t(2) << 20, size = (pageBytes * pages + huge - 1) / huge * huge;
  pool.reset(static_cast<char *>(std::aligned_alloc(huge, size)));
  madvise(pool.get(), size, MADV_HUGEPAGE);
  std::memset(pool.get(), 0x77, size); // 5e33 in f32 and bf16, 119 x 30,576 in q8
  for (size_t page = pages; page-- > 0;)
    table.push_back(int(page));
  kv = {pool.get(), (long long)pageBytes, shift, table.data(), (long long)pages};
}

AttentionKernels::AttentionKernels(const AttentionShape &shape, const mlir::facet::TargetVariant &variant)
    : shape(shape), writeRunner(writeText(shape), variant), partsRunner(partsText(shape), variant),
      mergeRunner(mergeText(shape), variant) {}

void AttentionKernels::write(const RowSet &set, const std::vector<float> &k, const std::vector<float> &v,
                             const facet_kv_view &kv, int pieces) const {
  writeRunner.run({&set.set, k.data(), v.data(), &kv}, pieces);
}

std::vector<Line> AttentionKernels::makeParts(int rows) const {
  size_t states = std::max(rows, std::min(rows, FACET_SPLIT_ROWS) * shape.slots) * shape.heads;
  return std::vector<Line>(states * (16 + shape.dim) * sizeof(float) / sizeof(Line));
}

std::vector<float> AttentionKernels::attend(const RowSet &set, const std::vector<float> &q,
                                            const facet_kv_view &kv, int pieces) const {
  std::vector<Line> parts = makeParts(set.set.count);
  std::vector<float> y(q.size());
  partsRunner.run({&set.set, q.data(), &kv, parts.data()}, pieces);
  mergeRunner.run({&set.set, parts.data(), y.data()}, pieces);
  return y;
}

} // namespace facet::test
