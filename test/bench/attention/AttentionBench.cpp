// Attention on one thread beside the ceilings of the same run: prompts against multiply-adds in registers,
// single tokens against a plain read loop. Keys and values in bf16 and q8, at the highest level of this
// machine.
#include "test/targets/conformance/AttentionKernels.h"
#include "tools/ceilings.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>

using namespace facet::test;

namespace {

constexpr int kDepth = 4096, kChunk = 256, kRepeats = 5;

double secondsOf(auto &&work) {
  auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Keys that the rows [first, first + count) see, summed over the rows.
double visiblePairs(const AttentionShape &shape, int first, int count) {
  double pairs = 0;
  for (int position = first; position < first + count; ++position)
    pairs += shape.window ? std::min(position + 1, shape.window) : position + 1;
  return pairs;
}

/// A prompt of kDepth tokens in chunks of kChunk, through one layer.
void benchPrefill(const char *name, const AttentionShape &shape, const mlir::facet::TargetVariant &variant,
                  const AttentionKernels &kernels) {
  KvPages pages(shape, kDepth, 8);
  auto side = randomFloats(size_t(kDepth) * shape.kvHeads * shape.dim, 1, 0.5f);
  kernels.write(RowSet(kDepth, 0), side, side, *pages.view());
  auto q = randomFloats(size_t(kChunk) * shape.heads * shape.dim, 2, 0.1f);
  double best = 0, ceiling = 0;
  for (int repeat = 0; repeat < kRepeats; ++repeat) {
    ceiling = std::max(
        ceiling, facet::measureArithmetic(variant.bf16Dot ? facet::Arithmetic::Bf16 : facet::Arithmetic::F32,
                                          variant.requiredFeatures, 1));
    double seconds = secondsOf([&] {
      for (int first = 0; first < kDepth; first += kChunk)
        kernels.attend(RowSet(kChunk, first), q, *pages.view());
    });
    best = std::max(best, 4 * visiblePairs(shape, 0, kDepth) * shape.heads * shape.dim / seconds);
  }
  std::printf("%-28s %-4s prompt of %d  %6.1f GFLOP/s  %5.1f %% of %.1f\n", name, shape.element.c_str(),
              kDepth, best / 1e9, 100 * best / ceiling, ceiling / 1e9);
}

/// The token behind kDepth others, again and again with other keys, so that they come from memory.
void benchDecode(const char *name, const AttentionShape &shape, const AttentionKernels &kernels,
                 facet::ReadBandwidth &bandwidth) {
  const size_t bytesOfToken = shape.positionBytes();
  const size_t seen = shape.window ? std::min(shape.window, kDepth) : kDepth,
               copies = (size_t(256) << 20) / (kDepth * bytesOfToken);
  std::vector<std::unique_ptr<KvPages>> layers;
  auto side = randomFloats(size_t(kDepth) * shape.kvHeads * shape.dim, 1, 0.5f);
  for (size_t i = 0; i < copies; ++i) {
    layers.push_back(std::make_unique<KvPages>(shape, kDepth, 8));
    kernels.write(RowSet(kDepth, 0), side, side, *layers.back()->view());
  }
  auto q = randomFloats(size_t(shape.heads) * shape.dim, 2, 0.1f);
  RowSet row(1, kDepth - 1);
  std::vector<Line> parts = kernels.makeParts(1);
  std::vector<float> y(q.size());
  double best = 0, ceiling = 0;
  for (int repeat = 0; repeat < kRepeats; ++repeat) {
    ceiling = std::max(ceiling, bandwidth.measure(1));
    double seconds = secondsOf([&] {
      for (const auto &layer : layers) {
        kernels.parts().run({&row.set, q.data(), layer->view(), parts.data()});
        kernels.merge().run({&row.set, parts.data(), y.data()});
      }
    });
    best = std::max(best, copies * seen * bytesOfToken / seconds);
  }
  std::printf("%-28s %-4s token at %d   %6.1f GB/s     %5.1f %% of %.1f, %.1f us\n", name,
              shape.element.c_str(), kDepth - 1, best / 1e9, 100 * best / ceiling, ceiling / 1e9,
              1e6 * seen * bytesOfToken / best);
}

} // namespace

int main() {
  const mlir::facet::TargetVariant *variant = nullptr;
  for (const auto &each : mlir::facet::allVariants())
    if (KernelRunner::supported(each))
      variant = &each;
  if (!variant)
    return 1;
  std::printf("%s\n", variant->name.c_str());
  facet::ReadBandwidth bandwidth;
  const struct {
    const char *name;
    AttentionShape shape;
  } cases[] = {
      {"8 heads of 1, 256, full", {0, 8, 1, 256, "", 64}},
      {"8 heads of 1, 512, full", {0, 8, 1, 512, "", 64}},
      {"8 heads of 1, 256, 512 seen", {512, 8, 1, 256, "", 4}},
      {"2 heads of 1, 256, 1024 seen", {1024, 4, 2, 256, "", 6}},
  };
  for (auto [name, shape] : cases)
    for (const char *element : {"bf16", "q8"}) {
      shape.element = element;
      AttentionKernels kernels(shape, *variant);
      benchPrefill(name, shape, *variant, kernels);
      benchDecode(name, shape, kernels, bandwidth);
    }
}
