// A model that is part of the program, and every damage to the file of its weights.
#include "EmbeddedToy.h"
#include "Opened.h"

#include <cstring>

using namespace facet::test;

namespace {
/// Opened with this file of weights; the error says why not.
struct Attempt {
  Model model;
  facet_error error{};

  Attempt(const EmbeddedToy &toy, const std::string &bytes, bool copy) {
    TemporaryFile file(bytes);
    facet_open_options options = verifying(FACET_VERIFY_ALWAYS);
    options.copy = copy;
    facet_model *opened = nullptr;
    facet_model_open_embedded(&toy.model(), file.path(), &options, &opened, &error);
    model.reset(opened);
  }
};

void expectRefused(const EmbeddedToy &toy, const std::string &bytes, facet_code code, const char *says) {
  for (bool copy : {false, true}) {
    Attempt attempt(toy, bytes, copy);
    EXPECT_FALSE(attempt.model) << says;
    EXPECT_EQ(attempt.error.code, code) << attempt.error.message;
    EXPECT_NE(std::string(attempt.error.message).find(says), std::string::npos)
        << "expected: " << says << "\nfound: " << attempt.error.message;
  }
}

std::string with(std::string bytes, size_t at, int value) {
  bytes[at] = static_cast<char>(value);
  return bytes;
}
} // namespace

TEST(Embedded, OpensWithItsWeights) {
  const EmbeddedToy toy;
  for (bool copy : {false, true}) {
    Attempt attempt(toy, toy.weightsFile(), copy);
    ASSERT_TRUE(attempt.model) << attempt.error.message;
    facet_weight_details head;
    ASSERT_TRUE(facet_model_weight(attempt.model.get(), 1, &head));
    EXPECT_EQ(
        std::memcmp(head.data, toy.weightsFile().data() + toy.weightsFile().size() - head.bytes, head.bytes),
        0);
  }
}

TEST(Embedded, RefusesOtherFiles) {
  const EmbeddedToy toy;
  const std::string &good = toy.weightsFile();
  const facet_code bad = FACET_BAD_ARTIFACT;
  expectRefused(toy, "", bad, "the file is empty");
  expectRefused(toy, good.substr(0, FACET_PAGE - 1), bad, "not the weights of a model: expected toy.weights");
  expectRefused(toy, with(good, 0, 'f'), bad, "which begins with FACETWTS");
  expectRefused(toy, with(good, 8, 99), FACET_WRONG_ABI, "weights of ABI 99");
  expectRefused(toy, with(good, 16, 0xff), bad, "bytes of weights for toy, found 6144");
  expectRefused(toy, with(good, 23, 0xff), bad, "bytes of weights for toy, found 6144");
  expectRefused(toy, good + 'x', bad, "found 6145");
  expectRefused(toy, good.substr(0, FACET_PAGE), bad, "found 0");
  expectRefused(toy, with(good, 12, 1), bad, "expected zeros in the header's page");
  expectRefused(toy, with(good, FACET_PAGE - 1, 1), bad, "expected zeros in the header's page");
  expectRefused(toy, with(good, 24, good[24] ^ 1), FACET_WRONG_DIGEST, "weights of another model");
  expectRefused(toy, with(good, good.size() - 1, good.back() ^ 1), bad, "does not match its hash");
}

TEST(Embedded, RefusesEachFlippedBit) {
  const EmbeddedToy toy;
  // Every bit of the header, and those of some bytes after it.
  for (size_t at = 0; at < toy.weightsFile().size(); at += at < 64 ? 1 : 61)
    for (int bit = 0; bit < 8; ++bit) {
      Attempt attempt(toy, with(toy.weightsFile(), at, toy.weightsFile()[at] ^ 1 << bit), true);
      EXPECT_FALSE(attempt.model) << "bit " << bit << " of byte " << at;
    }
}
