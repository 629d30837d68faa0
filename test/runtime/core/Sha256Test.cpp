// SHA-256: the vectors of FIPS 180 and NIST, for every implementation that runs here, in pieces of all sizes.
#include "runtime/core/Sha256.h"

#include <gtest/gtest.h>
#include <string>

using namespace facet;

static std::string hex(Sha256 hash) {
  unsigned char digest[32];
  hash.finish(digest);
  std::string text;
  for (unsigned char byte : digest) {
    char pair[3];
    snprintf(pair, sizeof pair, "%02x", byte);
    text += pair;
  }
  return text;
}

struct Vector {
  std::string message, digest;
};
static const Vector vectors[] = {
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrs"
     "tnopqrstu",
     "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
    {std::string(1000000, 'a'), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"}};

TEST(Sha256, GivesTheStandardsDigests) {
  Sha256Implementation implementations[2];
  size_t count = sha256Implementations(implementations);
  ASSERT_GE(count, 1u);
  for (size_t i = 0; i < count; ++i)
    for (const Vector &vector : vectors) {
      Sha256 hash(implementations[i].compress);
      hash.update(vector.message.data(), vector.message.size());
      EXPECT_EQ(hex(hash), vector.digest) << implementations[i].name;
    }
}

// However a message is cut, and whatever is left in the last block, all implementations agree.
TEST(Sha256, DoesNotDependOnPieces) {
  Sha256Implementation implementations[2];
  size_t count = sha256Implementations(implementations);
  std::string message;
  for (int i = 0; i < 300; ++i)
    message += static_cast<char>(i * 7);
  for (size_t length = 0; length < message.size(); ++length) {
    Sha256 whole(implementations[count - 1].compress);
    whole.update(message.data(), length);
    for (size_t i = 0; i < count; ++i) {
      Sha256 pieces(implementations[i].compress);
      for (size_t at = 0, step = 1; at < length; at += step, step = step * 3 % 71 + 1)
        pieces.update(message.data() + at, std::min(step, length - at));
      ASSERT_EQ(hex(pieces), hex(whole)) << implementations[i].name << ", " << length << " bytes";
    }
  }
}
