// The command line of facet bench.
#ifndef FACET_TOOLS_BENCH_OPTIONS_H
#define FACET_TOOLS_BENCH_OPTIONS_H

#include "tools/command/command.h"

#include <string>
#include <vector>

namespace facet {

struct BenchOptions {
  std::string Model, Trace;
  int Prompt = 512, Generate = 64, Rounds = 3;
  std::vector<int> Depths{0}, Threads; // Threads: empty means all
  bool All = false, Json = false, Profile = false, Memory = false;
};

command::Command benchCommand(BenchOptions &Options);

} // namespace facet
#endif
