// What facet run and facet chat have in common on their command lines.
#ifndef FACET_TOOLS_GENERATION_OPTIONS_H
#define FACET_TOOLS_GENERATION_OPTIONS_H

#include "runtime/facet.h"
#include "tools/command/command.h"

#include <optional>
#include <string>
#include <vector>

namespace facet {

/// Sampling settings that are not given are the checkpoint's.
struct GenerationOptions {
  std::string Model, System;
  int MaxTokens = 0, Context = 0, Threads = 0;
  std::optional<int> TopK;
  std::optional<float> Temperature, TopP, MinP;
  uint64_t Seed = 0;
  facet_verify Verify = FACET_VERIFY_AUTO;
  bool Greedy = false, Think = false;
};

/// The argument MODEL.facet.
command::Argument modelArgument(GenerationOptions &O);
/// Every other member, after the rows that are there.
void addGenerationOptions(GenerationOptions &O, std::vector<command::Option> &Rows);

facet_sampler_options samplingOf(const facet_model *Model, const GenerationOptions &O);

/// For Command::Notes.
extern const char MemoryNote[];

} // namespace facet
#endif
