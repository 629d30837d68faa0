// The weights' hashes, block by block on all threads: hashing 10 GB on one core takes seconds. Blocks are
// read, not mapped, so that weights which no pass touches never become resident.
#include "runtime/core/Artifact.h"
#include "runtime/core/Executor.h"
#include "runtime/core/Sha256.h"

#include <algorithm>
#include <cstring>

using namespace facet;

namespace {
struct BlockHasher {
  const FileBytes &file;
  const Artifact &artifact;
  const char *path;
  size_t blocks;
  std::atomic<size_t> next{0}, damaged; // the first damaged block, or `blocks`
  std::atomic<bool> unreadable{false};
  Failure failed{}; // of the thread that set `unreadable`

  void work() {
    for (size_t block; !unreadable && (block = next.fetch_add(1)) < blocks;) {
      unsigned char digest[32];
      if (Status read = hash(block, digest); !read) {
        if (!unreadable.exchange(true))
          failed = read.error();
        return;
      }
      if (std::memcmp(digest, artifact.weightHashes.data + 32 * block, 32) == 0)
        continue;
      for (size_t lowest = damaged; block < lowest && !damaged.compare_exchange_weak(lowest, block);) {
      }
    }
  }

  Status hash(size_t block, unsigned char digest[32]) const {
    unsigned char bytes[1 << 16];
    const size_t start = artifact.section(FACET_SECTION_WEIGHTS)->offset;
    const size_t end = std::min<size_t>((block + 1) * FACET_HASH_BLOCK, artifact.weights.size);
    Sha256 hash;
    for (size_t at = block * FACET_HASH_BLOCK; at < end; at += sizeof bytes) {
      const size_t size = std::min(sizeof bytes, end - at);
      FACET_TRY(file.read(start + at, bytes, size, path));
      hash.update(bytes, size);
    }
    hash.finish(digest);
    return success();
  }
};
} // namespace

Status facet::checkWeights(const FileBytes &file, const Artifact &artifact, const Complaint &bad, int threads,
                           const Allocator &allocator) {
  const size_t blocks = artifact.weightHashes.size / 32;
  BlockHasher hasher{file, artifact, bad.path, blocks, {}, {blocks}};
  auto executor = facet_executor::create(static_cast<int>(std::clamp<size_t>(blocks, 1, threads)), allocator);
  if (!executor)
    return executor.error();
  (*executor)->run([](void *context, int) { static_cast<BlockHasher *>(context)->work(); }, &hasher);
  (*executor)->release();
  if (hasher.unreadable)
    return hasher.failed;
  if (hasher.damaged == blocks)
    return success();
  const unsigned long long start = artifact.section(FACET_SECTION_WEIGHTS)->offset;
  return bad("damaged artifact: section 'weights': the block at offset %llu does not match its hash; copy or "
             "compile "
             "it again",
             start + hasher.damaged.load() * FACET_HASH_BLOCK);
}
