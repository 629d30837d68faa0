// Who wrote what a dispatch reads, from the operands alone, as a graph.
#include "tools/inspect_dot.h"
#include "tools/inspect_text.h"

#include <cstdio>
#include <cstring>
#include <set>

namespace facet {
namespace {

class Graph {
public:
  Graph(const facet_model *Model, int Rows, int Layer)
      : Model(Model), Entry(entryFor(Model, Rows)), Layer(Layer) {}

  void print() {
    std::printf("digraph layer_%d {\n  label=\"layer %d, up to %d rows\";\n  node [shape=box];\n", Layer,
                Layer, Entry.rows);
    for (int I = 0; I < Entry.dispatch_count; ++I)
      if (dispatch(I).layer == Layer) {
        printNode(I);
        printEdges(I);
      }
    std::printf("}\n");
  }

private:
  facet_dispatch_details dispatch(int Number) const {
    facet_dispatch_details D = {};
    facet_model_dispatch(Model, Entry.first_dispatch + Number, &D);
    return D;
  }

  std::vector<facet_operand_details> operands(int Number) const {
    std::vector<facet_operand_details> All;
    facet_operand_details O;
    for (int I = 0; facet_model_operand(Model, Entry.first_dispatch + Number, I, &O); ++I)
      All.push_back(O);
    return All;
  }

  /// What the kernel reads of the file stands in the node: edges are what dispatches give each other.
  void printNode(int Number) const {
    const facet_dispatch_details D = dispatch(Number);
    std::string Label = std::string(D.name) + "\n" + D.kernel_name + "\n" + std::to_string(D.units) + " x " +
                        unitName(D.unit);
    for (const facet_operand_details &O : operands(Number))
      if (!std::strcmp(O.kind, "weight") || !std::strcmp(O.kind, "gathered"))
        Label += std::string("\n") + O.name;
    std::printf("  d%d [label=%s];\n", Number, dotText(Label).c_str());
  }

  void printOutside(int Number) {
    if (dispatch(Number).layer != Layer && Outside.insert(Number).second)
      std::printf("  d%d [label=%s, style=dashed];\n", Number, dotText(dispatch(Number).name).c_str());
  }

  void printEdges(int Number) {
    for (const facet_operand_details &O : operands(Number))
      if (int Writer = O.access & Reads ? lastWriter(Number, O) : -1; Writer >= 0) {
        printOutside(Writer);
        std::printf("  d%d -> d%d [label=%s];\n", Writer, Number, dotText(bufferText(O)).c_str());
      }
  }

  /// The last dispatch before this one that wrote the buffer, or -1.
  int lastWriter(int Number, const facet_operand_details &Buffer) const {
    for (int I = Number - 1; I >= 0; --I)
      for (const facet_operand_details &O : operands(I))
        if (O.access & Writes && isSameBuffer(O, Buffer))
          return I;
    return -1;
  }

  static bool isSameBuffer(const facet_operand_details &A, const facet_operand_details &B) {
    if (std::strcmp(A.kind, B.kind) != 0)
      return false;
    return !std::strcmp(A.kind, "arena") ? A.offset == B.offset
                                         : !std::strcmp(A.kind, "kv") && A.index == B.index;
  }

  static std::string bufferText(const facet_operand_details &O) {
    if (*O.name)
      return O.name;
    return "arena@" + std::to_string(O.offset) + "\n" + std::to_string(O.bytes) + " bytes";
  }

  /// Graphviz takes every byte but these as it is.
  static std::string dotText(const std::string &Text) {
    std::string Out;
    for (char C : Text)
      Out += C == '\n' ? "\\n" : C == '"' || C == '\\' ? std::string("\\") + C : std::string(1, C);
    return "\"" + Out + "\"";
  }

  static constexpr int Reads = 1, Writes = 2; // bits of facet_operand_details.access

  const facet_model *Model;
  const facet_entry_details Entry;
  const int Layer;
  std::set<int> Outside; // nodes of other layers that were printed
};

} // namespace

void printDot(const facet_model *Model, int Rows, int Layer) { Graph(Model, Rows, Layer).print(); }

} // namespace facet
