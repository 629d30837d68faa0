// What the kernel tests share: inputs, row sets and the comparison of variants.
#pragma once

#include "test/targets/conformance/KernelRunner.h"

#include "ir/reference/Reference.h"
#include "runtime/abi.h"

#include <functional>

namespace facet::test {

std::vector<float> randomFloats(size_t count, unsigned seed, float scale = 1.0f);

/// Consecutive rows of one sequence, and the ABI's view of them.
struct RowSet {
  reference::Rows rows;
  std::vector<int> sequence, parent;
  std::vector<facet_query_block> blocks;
  facet_row_set set = {};

  RowSet(int count, int firstPosition, int vocabulary = 1);
};

/// `run(runner)` yields a kernel's result. Checks it against `expected` and between variants, which must
/// agree to the bit.
void conform(const std::string &text, const std::vector<float> &expected, double tolerance,
             const std::function<std::vector<float>(const KernelRunner &)> &run);

} // namespace facet::test
