// Names, sums and places of what an artifact holds.
#include "tools/inspect_text.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstring>

using namespace facet;

std::string facet::hex(const unsigned char *Bytes, size_t Count) {
  std::string Text;
  char Digits[3];
  for (size_t I = 0; I < Count; ++I) {
    std::snprintf(Digits, sizeof(Digits), "%02x", Bytes[I]);
    Text += Digits;
  }
  return Text;
}

std::string facet::quoted(const char *Text) {
  std::string Out = "\"";
  for (; *Text; ++Text) {
    unsigned char C = static_cast<unsigned char>(*Text);
    char Escape[8];
    if (C == '"' || C == '\\' || C < 0x20) {
      std::snprintf(Escape, sizeof(Escape), "\\u%04x", C);
      Out += Escape;
    } else {
      Out += char(C);
    }
  }
  return Out + "\"";
}

const char *facet::unitName(int Unit) { return Unit == 1 ? "rows" : Unit == 2 ? "query blocks" : "panels"; }

std::string facet::operandText(const facet_operand_details &Operand) {
  std::string Text = Operand.access == 1 ? "" : Operand.access == 2 ? "> " : "<> ";
  Text += *Operand.name ? Operand.name : Operand.kind;
  if (!std::strcmp(Operand.kind, "arena"))
    Text += "@" + std::to_string(Operand.offset);
  if (!std::strcmp(Operand.kind, "gathered"))
    Text += " from the file";
  if (!std::strcmp(Operand.kind, "rows"))
    Text = Operand.index ? "wanted rows" : "rows";
  return Text;
}

/// "layers.12.attn.q" becomes "layers.*.attn.q".
static std::string withoutNumbers(const char *Name) {
  std::string Text;
  for (const char *At = Name; *At; ++At)
    if (!std::isdigit(static_cast<unsigned char>(*At)))
      Text += *At;
    else if (Text.empty() || Text.back() != '*')
      Text += '*';
  return Text;
}

std::vector<WeightClass> facet::weightClasses(const facet_model *Model) {
  std::vector<WeightClass> Classes;
  facet_weight_details W;
  for (int I = 0; facet_model_weight(Model, I, &W); ++I) {
    std::string Name = withoutNumbers(W.name);
    auto Known = std::find_if(Classes.begin(), Classes.end(),
                              [&](const WeightClass &C) { return C.Name == Name && C.Format == W.format; });
    if (Known == Classes.end())
      Known = Classes.insert(Classes.end(), {Name, W.format});
    ++Known->Count;
    Known->Bytes += W.bytes;
  }
  return Classes;
}

facet_entry_details facet::entryFor(const facet_model *Model, int Rows) {
  facet_entry_details Entry = {}, E;
  for (int I = 0; facet_model_entry(Model, I, &E); ++I) { // in ascending order
    Entry = E;
    if (E.rows >= Rows)
      break;
  }
  return Entry;
}

std::pair<uint64_t, uint64_t> facet::codeOf(const facet_model *Model, int Variant, int Kernel) {
  facet_variant_details V = {};
  facet_model_variant(Model, Variant, &V);
  uint64_t Begin = 0, End = V.text_bytes, Other;
  facet_model_kernel_offset(Model, Variant, Kernel, &Begin);
  for (int I = 0; facet_model_kernel_offset(Model, Variant, I, &Other); ++I)
    if (Other > Begin && Other < End)
      End = Other;
  return {Begin, End};
}
