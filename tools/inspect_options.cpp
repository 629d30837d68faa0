// The command line of facet inspect as a table.
#include "tools/inspect_options.h"
#include "tools/command/values.h"

namespace facet {

command::Command inspectCommand(InspectOptions &O) {
  using namespace command;
  return {
      .Verb = "inspect",
      .Description =
          "Shows what an artifact holds: target levels, ABI, sections, root digest, memory plan, the "
          "schedule with every dispatch, and kernels. Verifies everything but weights; runs none of its "
          "code.",
      .Arguments = {{file(O.Model, "MODEL.facet"), "", true, {"-m", "--model"}}},
      .Options =
          {{"--entry", number(O.Rows, 1, INT32_MAX, "ROWS"),
            "the schedule of the ladder entry for that many rows (default: the first)"},
           {"--diff", file(O.Old, "OLD.facet"),
            "instead, what differs from this artifact: a line for each thing that only one has (- old, "
            "+ new) or both have in another way (~)"},
           {"--dot", flag(O.Dot),
            "instead, the schedule of a layer as a picture for Graphviz: dispatches, and the buffers "
            "that lead from one to the next"},
           {"--layer", number(O.Layer, 0, INT32_MAX, "N"), "the layer of --dot (default 0)"},
           {"--asm",
            text(O.Kernel, "KERNEL"),
            "instead, write the kernel's machine code, for a disassembler such as llvm-mc "
            "--disassemble, of the first level",
            {"--disassemble"}},
           {"--json", flag(O.Json), "one object a line, as docs/json.md lists"}},
      .Surplus = "to compare two, facet inspect --diff OLD.facet NEW.facet",
      .Examples = {{"facet inspect --diff bf16.facet q8.facet", "compares two artifacts of a model"},
                   {"facet inspect model.facet --dot --layer 3 | dot -Tsvg > layer.svg", "draws layer 3"}},
      .ExitStatus =
          "0 done, with --diff: nothing differs; 1 bad input, with --diff: something differs; 2 bad "
          "usage; 70 an error in this program",
  };
}

std::string contradictionIn(const InspectOptions &O) {
  if (int(O.Dot) + int(!O.Old.empty()) + int(!O.Kernel.empty()) > 1)
    return "--diff, --dot and --asm exclude each other";
  if (O.Layer && !O.Dot)
    return "--layer goes with --dot";
  if (O.Json && (O.Dot || !O.Kernel.empty()))
    return "--json goes with neither --dot nor --asm";
  return "";
}

} // namespace facet
