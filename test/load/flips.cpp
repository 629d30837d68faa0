// Flips random bits of an artifact, one at a time, and opens it with --verify=always: each must be refused.
//     flips ARTIFACT COUNT SEED
#include "runtime/facet.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <string>
#include <vector>

static bool opens(const void *bytes, size_t size, facet_error &error) {
  facet_open_options options = {};
  options.verify = FACET_VERIFY_ALWAYS;
  facet_model *model = nullptr;
  const bool good = facet_model_open_memory(bytes, size, &options, &model, &error) == FACET_OK;
  facet_model_close(model);
  return good;
}

int main(int count, char **values) {
  if (count != 4)
    return std::fprintf(stderr, "usage: flips ARTIFACT COUNT SEED\n"), 2;
  std::ifstream file(values[1], std::ios::binary);
  const std::string whole{std::istreambuf_iterator<char>(file), {}};
  void *memory = std::aligned_alloc(64, (whole.size() + 63) / 64 * 64);
  auto *bytes = static_cast<unsigned char *>(memory);
  whole.copy(static_cast<char *>(memory), whole.size());
  facet_error error{};
  if (!opens(bytes, whole.size(), error))
    return std::fprintf(stderr, "%s: %s\n", values[1], error.message), 1;

  std::mt19937_64 random(std::strtoull(values[3], nullptr, 10));
  const long flips = std::strtol(values[2], nullptr, 10);
  std::map<std::string, long> refusals;
  long accepted = 0;
  for (long i = 0; i < flips; ++i) {
    const unsigned long long bit = random() % (whole.size() * 8ull);
    bytes[bit / 8] ^= static_cast<unsigned char>(1 << bit % 8);
    if (opens(bytes, whole.size(), error))
      std::printf("bit %llu of byte %llu: opened\n", bit % 8, bit / 8), ++accepted;
    else
      ++refusals[facet_code_name(error.code)];
    bytes[bit / 8] ^= static_cast<unsigned char>(1 << bit % 8);
  }
  std::free(memory);
  for (const auto &[code, times] : refusals)
    std::printf("%s: %ld\n", code.c_str(), times);
  std::printf("%ld of %ld flips refused\n", flips - accepted, flips);
  return accepted != 0;
}
