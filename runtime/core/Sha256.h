// SHA-256 for writer and reader of artifacts. Picks SHA-NI, the ARMv8 instructions or portable code at run
// time; all give the same digests. Allocates nothing; objects belong to one thread at a time.
#ifndef FACET_RUNTIME_CORE_SHA256_H
#define FACET_RUNTIME_CORE_SHA256_H

#include <cstddef>
#include <cstdint>

namespace facet {

/// Takes `blocks` blocks of 64 bytes into the state.
using Sha256Compress = void (*)(uint32_t state[8], const unsigned char *data, size_t blocks);

struct Sha256Implementation {
  const char *name;
  Sha256Compress compress;
};
/// Those that run on this CPU, fastest first; the last one is portable. Returns their number.
size_t sha256Implementations(Sha256Implementation out[2]);

class Sha256 {
public:
  Sha256();
  explicit Sha256(Sha256Compress compress);
  void update(const void *data, size_t size);
  /// Call once, last.
  void finish(unsigned char digest[32]);

private:
  Sha256Compress compress;
  uint32_t state[8];
  uint64_t length = 0;
  unsigned char pending[64];
};

/// The digest of one piece of memory.
void sha256(const void *data, size_t size, unsigned char digest[32]);

} // namespace facet
#endif
