// Sequences as bytes: a header, then for each KV kind its first position and its blocks of 16 positions,
// stream by stream. Blocks are the same whatever the page size. Saved bytes are hostile until checked; they
// hold keys and values, which never index memory.
#include "runtime/core/Session.h"
#include "runtime/core/Sha256.h"

#include <algorithm>
#include <cstring>

using namespace facet;

namespace {
struct SavedHeader {
  char magic[8];
  uint32_t version, kinds;
  uint64_t bytes; // of everything
  int32_t length;
  uint32_t reserved;
  unsigned char root[32];                 // of the artifact
  unsigned char sha256[32];               // of everything with this field zero
  int32_t first[facet_session::maxKinds]; // position, by kind
};
constexpr char savedMagic[8] = {'F', 'A', 'C', 'E', 'T', 'S', 'E', 'Q'};
constexpr uint32_t savedVersion = 1;

/// Walks the blocks of one kind: copies between pages and bytes.
class BlockWalk {
public:
  BlockWalk(facet_session &session, int slot) : session(session), slot(slot) {}
  void save(int kind, int first, int length, unsigned char *&to) {
    walk(kind, first, length, [&](char *block, size_t bytes) {
      std::memcpy(to, block, bytes);
      to += bytes;
    });
  }
  void restore(int kind, int first, int length, const unsigned char *&from) {
    walk(kind, first, length, [&](char *block, size_t bytes) {
      std::memcpy(block, from, bytes);
      from += bytes;
    });
  }

private:
  template <typename Copy> void walk(int kind, int first, int length, Copy copy) {
    const Artifact &artifact = session.model().artifact();
    for (int position = first; position < length; position += FACET_KV_BLOCK)
      for (const facet_kv_stream &stream : artifact.streams)
        if (static_cast<int>(stream.kind) == kind) {
          const unsigned long long bytes = artifact.streamBytes(stream);
          copy(session.pool(kind).block(slot, position, stream.position_offset, bytes),
               static_cast<size_t>(bytes) * FACET_KV_BLOCK);
        }
  }
  facet_session &session;
  int slot;
};
} // namespace

/// Of the blocks from `first` up to `length`.
static uint64_t blockBytes(const facet_session &session, int kind, int first, int length) {
  const auto blocks = static_cast<uint64_t>((length - first + FACET_KV_BLOCK - 1) / FACET_KV_BLOCK);
  return blocks * FACET_KV_BLOCK *
         session.model().artifact().kvKinds[static_cast<size_t>(kind)].bytes_per_position;
}

size_t facet_sequence_save_bytes(const facet_sequence *sequence) {
  facet_session &session = *sequence->session;
  uint64_t bytes = sizeof(SavedHeader);
  for (int k = 0; k < session.kinds(); ++k)
    bytes += blockBytes(session, k, session.pool(k).firstKept(sequence->slot), sequence->length);
  return bytes;
}

static void digestOf(const void *buffer, size_t size, unsigned char digest[32]) {
  SavedHeader header;
  std::memcpy(&header, buffer, sizeof header);
  std::memset(header.sha256, 0, sizeof header.sha256);
  Sha256 hash;
  hash.update(&header, sizeof header);
  hash.update(static_cast<const unsigned char *>(buffer) + sizeof header, size - sizeof header);
  hash.finish(digest);
}

facet_code facet_sequence_save(const facet_sequence *sequence, void *buffer, size_t capacity, size_t *written,
                               facet_error *err) {
  if (!sequence || !sequence->live || !buffer)
    return report(failure(FACET_BAD_ARGUMENT, "sequence or buffer is NULL"), err);
  const size_t size = facet_sequence_save_bytes(sequence);
  if (capacity < size)
    return report(failure(FACET_BAD_ARGUMENT, "buffer of %zu bytes: the sequence needs %zu", capacity, size),
                  err);
  facet_session &session = *sequence->session;
  SavedHeader header = {};
  std::memcpy(header.magic, savedMagic, sizeof savedMagic);
  header.version = savedVersion;
  header.kinds = static_cast<uint32_t>(session.kinds());
  header.bytes = size;
  header.length = sequence->length;
  std::memcpy(header.root, session.model().artifact().header->root, 32);
  auto *to = static_cast<unsigned char *>(buffer) + sizeof header;
  for (int k = 0; k < session.kinds(); ++k) {
    header.first[k] = session.pool(k).firstKept(sequence->slot);
    BlockWalk(session, sequence->slot).save(k, header.first[k], sequence->length, to);
  }
  std::memcpy(buffer, &header, sizeof header);
  digestOf(buffer, size, header.sha256);
  std::memcpy(buffer, &header, sizeof header);
  if (written)
    *written = size;
  return FACET_OK;
}

/// Everything that the copying relies on.
static Status checkSaved(facet_session &session, const SavedHeader &header, const void *buffer, size_t size) {
  if (std::memcmp(header.magic, savedMagic, sizeof savedMagic) != 0 || header.version != savedVersion)
    return failure(FACET_BAD_STATE, "not a saved sequence of version %u", savedVersion);
  if (header.bytes != size)
    return failure(FACET_BAD_STATE, "truncated saved sequence: expected %llu bytes, found %zu",
                   static_cast<unsigned long long>(header.bytes), size);
  unsigned char digest[32];
  digestOf(buffer, size, digest);
  if (std::memcmp(digest, header.sha256, 32) != 0)
    return failure(FACET_BAD_STATE, "damaged saved sequence: its SHA-256 differs");
  if (std::memcmp(header.root, session.model().artifact().header->root, 32) != 0)
    return failure(FACET_BAD_STATE, "the saved sequence is of another artifact than %s",
                   session.model().path());
  if (header.length < 0 || static_cast<int>(header.kinds) != session.kinds())
    return failure(FACET_BAD_STATE, "malformed saved sequence: length %d, %u KV kinds", header.length,
                   header.kinds);
  if (header.length > session.options().context)
    return failure(FACET_OUT_OF_CONTEXT, "the saved sequence has %d positions, the session's context is %d",
                   header.length, session.options().context);
  uint64_t bytes = sizeof header;
  for (int k = 0; k < session.kinds(); ++k) {
    const int first = header.first[k], window = session.pool(k).shape().window;
    if (first < 0 || first % FACET_KV_TILE != 0 ||
        (first > 0 && (window == 0 || static_cast<long long>(first) + window - 1 > header.length)))
      return failure(FACET_BAD_STATE, "malformed saved sequence: KV kind %d begins at %d of %d positions", k,
                     first, header.length);
    bytes += blockBytes(session, k, first, header.length);
  }
  if (bytes != size)
    return failure(FACET_BAD_STATE,
                   "malformed saved sequence: expected %llu bytes for its positions, found %zu",
                   static_cast<unsigned long long>(bytes), size);
  return success();
}

static Status fillPages(facet_session &session, int slot, const SavedHeader &header,
                        const unsigned char *from) {
  // A window gives back more here, if this session's rollback is smaller.
  int starts[facet_session::maxKinds];
  for (int k = 0; k < session.kinds(); ++k) {
    KvPool &pool = session.pool(k);
    starts[k] = std::max(header.first[k], pool.firstNeeded(header.length));
    const int shift = pool.shape().pageShift;
    const int last = header.length > starts[k] ? (header.length - 1) >> shift : (starts[k] >> shift) - 1;
    const int needed = last - (starts[k] >> shift) + 1;
    if (needed > pool.pagesFree())
      return failure(FACET_OUT_OF_PAGES, "the saved sequence needs %d KV pages of kind %d, %d are free",
                     needed, k, pool.pagesFree());
  }
  for (int k = 0; k < session.kinds(); ++k) {
    session.pool(k).startAt(slot, starts[k]);
    if (header.length > starts[k])
      session.pool(k).prepare(slot, starts[k], header.length - starts[k]);
    const unsigned char *kindData = from + blockBytes(session, k, header.first[k], starts[k]);
    BlockWalk(session, slot).restore(k, starts[k], header.length, kindData);
    from += blockBytes(session, k, header.first[k], header.length);
  }
  return success();
}

facet_code facet_sequence_restore(facet_session *session, const void *buffer, size_t size,
                                  facet_sequence **out, facet_error *err) {
  if (!session || !buffer || !out)
    return report(failure(FACET_BAD_ARGUMENT, "session, buffer or out is NULL"), err);
  SavedHeader header;
  if (size < sizeof header)
    return report(failure(FACET_BAD_STATE, "truncated saved sequence: %zu bytes", size), err);
  std::memcpy(&header, buffer, sizeof header);
  Status checked = checkSaved(*session, header, buffer, size);
  if (!checked)
    return report(checked, err);
  auto made = session->newSequence();
  if (!made)
    return report(made.error(), err);
  Status filled =
      fillPages(*session, (*made)->slot, header, static_cast<const unsigned char *>(buffer) + sizeof header);
  if (!filled) {
    session->endSequence(*made);
    return report(filled, err);
  }
  (*made)->length = header.length;
  *out = *made;
  return FACET_OK;
}
