// The weights' hashes, block by block on all threads: reading 10 GB through one core takes seconds.
#include "runtime/core/Artifact.h"
#include "runtime/core/Executor.h"
#include "runtime/core/Sha256.h"

#include <algorithm>
#include <cstring>

using namespace facet;

namespace {
struct BlockHasher {
  const Artifact &artifact;
  size_t blocks;
  std::atomic<size_t> next{0}, damaged; // the first damaged block, or `blocks`

  void work() {
    for (size_t block; (block = next.fetch_add(1)) < blocks;) {
      size_t offset = block * FACET_HASH_BLOCK;
      unsigned char digest[32];
      sha256(artifact.weights.data + offset,
             std::min<size_t>(FACET_HASH_BLOCK, artifact.weights.size - offset), digest);
      if (std::memcmp(digest, artifact.weightHashes.data + 32 * block, 32) == 0)
        continue;
      for (size_t lowest = damaged; block < lowest && !damaged.compare_exchange_weak(lowest, block);) {
      }
    }
  }
};
} // namespace

Status facet::checkWeights(const Artifact &artifact, const Complaint &bad, int threads,
                           const Allocator &allocator) {
  const size_t blocks = artifact.weightHashes.size / 32;
  BlockHasher hasher{artifact, blocks, {}, {blocks}};
  auto executor = facet_executor::create(static_cast<int>(std::clamp<size_t>(blocks, 1, threads)), allocator);
  if (!executor)
    return executor.error();
  (*executor)->run([](void *context, int) { static_cast<BlockHasher *>(context)->work(); }, &hasher);
  (*executor)->release();
  if (hasher.damaged == blocks)
    return success();
  const unsigned long long start = artifact.section(FACET_SECTION_WEIGHTS)->offset;
  return bad("damaged artifact: section 'weights': the block at offset %llu does not match its hash; copy or "
             "compile "
             "it again",
             start + hasher.damaged.load() * FACET_HASH_BLOCK);
}
