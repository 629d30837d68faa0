// What facet inspect's listing, comparison and picture have in common: names, sums and places.
#ifndef FACET_TOOLS_INSPECT_TEXT_H
#define FACET_TOOLS_INSPECT_TEXT_H

#include "runtime/facet.h"

#include <string>
#include <utility>
#include <vector>

namespace facet {

std::string hex(const unsigned char *Bytes, size_t Count);
/// A JSON string. Names in an artifact are the compiler's, but may hold anything.
std::string quoted(const char *Text);
const char *unitName(int Unit);
/// "layers.0.o", "> arena@768" where it is written, "<> layers.0.kv" where it is read and written.
std::string operandText(const facet_operand_details &Operand);

/// Weights of the same name but for the layer's number, in the same format: "layers.*.attn.q".
struct WeightClass {
  std::string Name, Format;
  int Count = 0;
  uint64_t Bytes = 0;
};
/// In order of appearance.
std::vector<WeightClass> weightClasses(const facet_model *Model);

/// The smallest ladder entry that takes so many rows, or the largest.
facet_entry_details entryFor(const facet_model *Model, int Rows);

/// Where a kernel's code begins and the next one's, in the image of a variant.
std::pair<uint64_t, uint64_t> codeOf(const facet_model *Model, int Variant, int Kernel);

} // namespace facet
#endif
