// The toy as a model that is part of the program, with its weights in a file. Its kernels do nothing.
#ifndef FACET_TEST_RUNTIME_CORE_EMBEDDEDTOY_H
#define FACET_TEST_RUNTIME_CORE_EMBEDDEDTOY_H

#include "runtime/embedded_format.h"

#include <string>
#include <vector>

namespace facet::test {

class EmbeddedToy {
public:
  EmbeddedToy();
  EmbeddedToy(const EmbeddedToy &) = delete;
  ~EmbeddedToy();
  const facet_embedded_model &model() const { return embedded; }
  /// toy.weights as the compiler writes it.
  const std::string &weightsFile() const { return weights; }

private:
  std::string weights;
  void *tables = nullptr;
  std::vector<facet_linked_kernel> kernels;
  facet_embedded_model embedded = {};
};

} // namespace facet::test
#endif
