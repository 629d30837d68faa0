// The weights' hashes, block by block on all threads: hashing 10 GB on one core takes seconds. Blocks are
// read, not mapped, so that weights which no pass touches never become resident.
#include "runtime/core/Artifact.h"
#include "runtime/core/Executor.h"
#include "runtime/core/Options.h"
#include "runtime/core/Sha256.h"

#include <algorithm>
#include <cstring>

using namespace facet;

namespace {
struct BlockHasher {
  const FileBytes &file;
  size_t start;
  const Artifact &artifact;
  const char *path;
  size_t blocks;
  const facet_open_options &options;
  std::atomic<size_t> next{0}, damaged; // the first damaged block, or `blocks`
  std::atomic<bool> unreadable{false};
  Failure failed{}; // of the thread that set `unreadable`

  void work(bool tells) {
    for (size_t block; !unreadable && !isRequested(options.cancel) && (block = next.fetch_add(1)) < blocks;) {
      unsigned char digest[32];
      if (Status read = hash(block, digest); !read) {
        if (!unreadable.exchange(true))
          failed = read.error();
        return;
      }
      if (tells && options.progress.update)
        options.progress.update(options.progress.context, bytesOf(std::min(next.load(), blocks)),
                                artifact.weights.size);
      if (std::memcmp(digest, artifact.weightHashes.data + 32 * block, 32) == 0)
        continue;
      for (size_t lowest = damaged; block < lowest && !damaged.compare_exchange_weak(lowest, block);) {
      }
    }
  }

  /// Of the first blocks.
  size_t bytesOf(size_t count) const {
    return std::min<size_t>(count * FACET_HASH_BLOCK, artifact.weights.size);
  }

  Status hash(size_t block, unsigned char digest[32]) const {
    unsigned char bytes[1 << 16];
    const size_t end = bytesOf(block + 1);
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

Status facet::checkWeights(const FileBytes &file, size_t start, const Artifact &artifact,
                           const Complaint &bad, int threads, const Allocator &allocator,
                           const facet_open_options &options) {
  const size_t blocks = artifact.weightHashes.size / 32;
  BlockHasher hasher{file, start, artifact, bad.path, blocks, options, {}, {blocks}};
  auto executor = facet_executor::create(static_cast<int>(std::clamp<size_t>(blocks, 1, threads)), allocator);
  if (!executor)
    return executor.error();
  (*executor)->run([](void *context, int worker) { static_cast<BlockHasher *>(context)->work(worker == 0); },
                   &hasher);
  (*executor)->release();
  if (isRequested(options.cancel))
    return failure(FACET_CANCELLED, "%s: cancelled while its weights were checked", bad.path);
  if (hasher.unreadable)
    return hasher.failed;
  if (hasher.damaged == blocks)
    return success();
  return bad("damaged artifact: section 'weights': the block at offset %zu does not match its hash; copy or "
             "compile "
             "it again",
             start + hasher.damaged.load() * FACET_HASH_BLOCK);
}
