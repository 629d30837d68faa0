// Checkpoints with bytes changed at random are refused or opened, and never crash: meant for the asan build.
#include "test/frontend/TestCheckpoint.h"

#include <random>

using namespace facet::test;

namespace {

/// A few bytes overwritten, inserted, removed or repeated; most results are near what they were made from.
std::string mutated(std::string text, std::mt19937 &random) {
  static const std::string alphabet = "0123456789-+.eE{}[]\",:\\ulnrtfas \xff";
  auto below = [&](size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random); };
  for (size_t change = 0, changes = 1 + below(3); change < changes; ++change) {
    size_t at = below(text.size() + 1), length = std::min(below(16), text.size() - at);
    std::string bytes(1, alphabet[below(alphabet.size())]);
    switch (below(4)) {
    case 0:
      text.replace(at, std::min<size_t>(1, text.size() - at), bytes);
      break;
    case 1:
      text.insert(at, bytes);
      break;
    case 2:
      text.erase(at, length);
      break;
    default:
      text.insert(at, text.substr(at, length));
    }
  }
  return text;
}

constexpr int rounds = 400;

TEST(Mutation, Config) {
  std::mt19937 random(1);
  TestCheckpoint checkpoint(sharedConfig(), sharedTensors(true));
  std::string config = sharedConfig().dump();
  int refused = 0;
  for (int i = 0; i < rounds; ++i) {
    checkpoint.write("config.json", mutated(config, random));
    refused += !checkpoint.error().empty();
  }
  EXPECT_GT(refused, rounds / 2);
}

TEST(Mutation, Header) {
  std::mt19937 random(2);
  TestCheckpoint checkpoint(sharedConfig(), sharedTensors(true));
  std::string header = headerOf(sharedTensors(true));
  uint64_t data = 0;
  for (const TestTensor &tensor : sharedTensors(true))
    data += bytesOf(tensor);
  int refused = 0;
  for (int i = 0; i < rounds; ++i) {
    checkpoint.writeSafetensors("model.safetensors", mutated(header, random), data);
    refused += !checkpoint.error().empty();
  }
  EXPECT_GT(refused, rounds / 2);
}

// Cut anywhere, the file is refused.
TEST(Mutation, Truncated) {
  TestCheckpoint checkpoint(smallConfig(), smallTensors());
  std::string whole = readFile(checkpoint.file("model.safetensors"));
  for (size_t size = 0; size < whole.size(); size += 1 + size / 8) {
    checkpoint.write("model.safetensors", whole.substr(0, size));
    EXPECT_NE(checkpoint.error(), "") << size;
  }
}

} // namespace
