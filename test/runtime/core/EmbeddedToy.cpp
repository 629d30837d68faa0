// The three parts of an embedded model: description, tables, file of weights.
#include "EmbeddedToy.h"
#include "ArtifactBuilder.h"
#include "runtime/abi.h"

#include <cstdlib>
#include <cstring>

using namespace facet::test;

static void doNothing() {}

EmbeddedToy::EmbeddedToy() {
  const ArtifactBuilder builder = toyArtifact();
  std::string bytes = builder.buildTables();
  if (posix_memalign(&tables, FACET_PAGE, bytes.size()) != 0)
    std::abort();
  std::memcpy(tables, bytes.data(), bytes.size());
  kernels.assign(builder.variants.size() * builder.kernels.size(), doNothing);
  embedded.abi = FACET_ABI_VERSION;
  embedded.name = "toy";
  embedded.tables = tables, embedded.table_bytes = bytes.size();
  embedded.weight_bytes = builder.weights.size();
  embedded.kernels = kernels.data();

  facet_weights_header header = {};
  std::memcpy(header.magic, FACET_WEIGHTS_MAGIC, 8);
  header.abi = FACET_ABI_VERSION;
  header.weight_bytes = embedded.weight_bytes;
  std::memcpy(header.digest, sectionOf(bytes, FACET_SECTION_WEIGHT_HASHES).sha256, 32);
  weights.assign(reinterpret_cast<const char *>(&header), sizeof header);
  weights.resize(FACET_PAGE);
  weights += builder.weights;
}

EmbeddedToy::~EmbeddedToy() { std::free(tables); }
