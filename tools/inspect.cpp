// facet inspect: target, sections, memory plan, schedule and kernels of an artifact. Never runs its code.
#include "runtime/facet.h"
#include "tools/command/model_path.h"
#include "tools/inspect_diff.h"
#include "tools/inspect_dot.h"
#include "tools/inspect_options.h"
#include "tools/inspect_text.h"

#include <cinttypes>
#include <cstdio>
#include <cstring>

namespace {

using namespace facet;
using namespace facet::command;

class Inspector {
public:
  Inspector(const facet_model *Model, bool Json, int Rows) : Model(Model), Json(Json), Rows(Rows) {
    facet_model_describe(Model, &Info);
  }

  void print() {
    printModel();
    printSections();
    printWeights();
    printMemory();
    printKernels();
    printSchedule();
  }

private:
  void printModel() {
    if (Json) {
      std::printf(
          "{\"record\":\"model\",\"architecture\":%s,\"abi\":%u,\"root\":\"%s\",\"file_bytes\":%" PRIu64
          ",\"vocab_size\":%d,\"hidden_size\":%d,\"layers\":%d,\"max_positions\":%d,\"weights\":\"%s\"}\n",
          quoted(Info.architecture).c_str(), Info.abi, hex(Info.root_digest, 32).c_str(), Info.file_bytes,
          Info.vocab_size, Info.hidden_size, Info.layer_count, Info.max_positions, Info.weight_format);
    } else {
      std::printf("model      %s, %d layers, hidden %d, vocabulary %d, at most %d positions\n",
                  Info.architecture, Info.layer_count, Info.hidden_size, Info.vocab_size, Info.max_positions);
      std::printf("abi        %u\nroot       %s\nfile       %" PRIu64 " bytes\nweights    %s, %" PRIu64
                  " bytes\n",
                  Info.abi, hex(Info.root_digest, 32).c_str(), Info.file_bytes, Info.weight_format,
                  Info.weight_bytes);
    }
    for (int I = 0; I < Info.variant_count; ++I) {
      facet_variant_details V;
      facet_model_variant(Model, I, &V);
      if (Json)
        std::printf("{\"record\":\"level\",\"name\":%s,\"machine\":%d,\"features\":%u,\"code_bytes\":%" PRIu64
                    "}\n",
                    quoted(V.name).c_str(), V.machine, V.features, V.text_bytes);
      else
        std::printf("level      %-22s %8" PRIu64 " bytes of code\n", V.name, V.text_bytes);
    }
  }

  void printSections() {
    for (int I = 0; I < Info.section_count; ++I) {
      facet_section_details S;
      facet_model_section(Model, I, &S);
      if (Json)
        std::printf("{\"record\":\"section\",\"name\":%s,\"offset\":%" PRIu64 ",\"bytes\":%" PRIu64
                    ",\"sha256\":\"%s\"}\n",
                    quoted(S.name).c_str(), S.offset, S.bytes, hex(S.sha256, 32).c_str());
      else
        std::printf("section    %-16s at %10" PRIu64 "  %12" PRIu64 " bytes  %s...\n", S.name, S.offset,
                    S.bytes, hex(S.sha256, 6).c_str());
    }
  }

  void printWeights() {
    for (const WeightClass &C : weightClasses(Model))
      if (Json)
        std::printf("{\"record\":\"weights\",\"name\":%s,\"format\":\"%s\",\"count\":%d,\"bytes\":%" PRIu64
                    "}\n",
                    quoted(C.Name.c_str()).c_str(), C.Format.c_str(), C.Count, C.Bytes);
      else
        std::printf("weights    %-28s %3d x %-4s  %12" PRIu64 " bytes\n", C.Name.c_str(), C.Count,
                    C.Format.c_str(), C.Bytes);
  }

  void printMemory() {
    for (int I = 0; I < Info.kv_count; ++I) {
      facet_kv_details K;
      facet_model_kv(Model, I, &K);
      if (Json)
        std::printf(
            "{\"record\":\"kv\",\"name\":%s,\"window\":%d,\"streams\":%d,\"bytes_per_position\":%" PRIu64
            "}\n",
            quoted(K.name).c_str(), K.window, K.streams, K.bytes_per_position);
      else
        std::printf("kv         %-8s window %6d  %3d layers  %8" PRIu64 " bytes a position\n", K.name,
                    K.window, K.streams, K.bytes_per_position);
    }
    for (int I = 0; I < Info.entry_count; ++I) {
      facet_entry_details E;
      facet_model_entry(Model, I, &E);
      if (Json)
        std::printf("{\"record\":\"entry\",\"rows\":%d,\"dispatches\":%d,\"arena_bytes\":%" PRIu64 "}\n",
                    E.rows, E.dispatch_count, E.arena_bytes);
      else
        std::printf("entry      up to %4d rows  %4d dispatches  arena %10" PRIu64 " bytes\n", E.rows,
                    E.dispatch_count, E.arena_bytes);
    }
  }

  void printKernels() {
    for (int I = 0; I < Info.kernel_count; ++I) {
      facet_kernel_details K;
      facet_model_kernel(Model, I, &K);
      if (Json)
        std::printf("{\"record\":\"kernel\",\"name\":%s,\"operands\":%d,\"scratch_bytes\":%" PRIu64 "}\n",
                    quoted(K.name).c_str(), K.operand_count, K.scratch_bytes);
      else
        std::printf("kernel     %-32s %3d operands  scratch %8" PRIu64 " bytes\n", K.name, K.operand_count,
                    K.scratch_bytes);
    }
  }

  void printSchedule() {
    const facet_entry_details Entry = entryFor(Model, Rows);
    for (int I = 0; I < Entry.dispatch_count; ++I)
      printDispatch(Entry.first_dispatch + I, I);
  }

  void printDispatch(int Index, int Number) {
    facet_dispatch_details D;
    facet_model_dispatch(Model, Index, &D);
    std::string Waits, Operands;
    for (int W = 0; W < D.wait_count; ++W)
      Waits += (W ? "," : "") + std::to_string(D.waits[W]);
    for (int O = 0; O < D.operand_count; ++O) {
      facet_operand_details Operand;
      facet_model_operand(Model, Index, O, &Operand);
      std::string Text = operandText(Operand);
      Operands += (O ? ", " : "") + (Json ? quoted(Text.c_str()) : Text);
    }
    if (Json)
      std::printf("{\"record\":\"dispatch\",\"index\":%d,\"name\":%s,\"kernel\":%s,\"layer\":%d,\"wanted_"
                  "only\":%s,\"unit\":\"%s\",\"units\":%d,\"waits\":[%s],"
                  "\"operands\":[%s]}\n",
                  Number, quoted(D.name).c_str(), quoted(D.kernel_name).c_str(), D.layer,
                  D.row_set ? "true" : "false", unitName(D.unit), D.units, Waits.c_str(), Operands.c_str());
    else
      std::printf("%4d %-28s %-30s %s %d x %s  waits [%s]\n       (%s)\n", Number, D.name, D.kernel_name,
                  D.row_set ? "wanted" : "all   ", D.units, unitName(D.unit), Waits.c_str(),
                  Operands.c_str());
  }

  const facet_model *Model;
  bool Json;
  int Rows;
  facet_model_details Info;
};

/// The kernel's bytes, from its entry to the next one.
int writeCode(const facet_model *Model, const char *Name) {
  facet_model_details Info;
  facet_model_describe(Model, &Info);
  facet_variant_details Variant;
  facet_model_variant(Model, 0, &Variant);
  for (int I = 0; I < Info.kernel_count; ++I) {
    facet_kernel_details K;
    facet_model_kernel(Model, I, &K);
    if (std::strcmp(K.name, Name) != 0)
      continue;
    const auto [Begin, End] = codeOf(Model, 0, I);
    const unsigned char *Code = static_cast<const unsigned char *>(Variant.image);
    for (uint64_t At = Begin; At < End; ++At)
      std::printf("0x%02x%c", Code[At], At % 16 == 15 || At + 1 == End ? '\n' : ' ');
    return Ok;
  }
  std::fprintf(stderr, "facet inspect: no kernel '%s'; facet inspect lists them\n", Name);
  return BadInput;
}

/// The artifact for looking at, or null after saying why not.
facet_model *look(const std::string &Path) {
  facet_open_options Options = {};
  Options.verify = FACET_VERIFY_NEVER;
  facet_model *Model = nullptr;
  facet_error Error;
  std::string Why = whyNotAnArtifact(Path);
  if (Why.empty() && facet_model_inspect(Path.c_str(), &Options, &Model, &Error) != FACET_OK)
    Why = Error.message;
  if (!Why.empty())
    std::fprintf(stderr, "facet inspect: %s\n", Why.c_str());
  return Model;
}

int writePicture(const facet_model *Model, const InspectOptions &O) {
  facet_model_details Info;
  facet_model_describe(Model, &Info);
  const int Layer = O.Layer.value_or(0);
  if (Layer >= Info.layer_count) {
    std::fprintf(stderr, "facet inspect: --layer %d: expected a layer from 0 to %d\n", Layer,
                 Info.layer_count - 1);
    return BadInput;
  }
  printDot(Model, O.Rows, Layer);
  return Ok;
}

int writeDifferences(const facet_model *Model, const InspectOptions &O) {
  facet_model *Old = look(O.Old);
  if (!Old)
    return BadInput;
  const bool Differ = printDifferences(Old, Model, O.Rows, O.Json);
  facet_model_close(Old);
  return Differ ? BadInput : Ok;
}

int write(const facet_model *Model, const InspectOptions &O) {
  if (!O.Kernel.empty())
    return writeCode(Model, O.Kernel.c_str());
  if (!O.Old.empty())
    return writeDifferences(Model, O);
  if (O.Dot)
    return writePicture(Model, O);
  Inspector(Model, O.Json, O.Rows).print();
  return Ok;
}

} // namespace

int main(int Argc, char **Argv) {
  InspectOptions O;
  const Command Table = inspectCommand(O);
  if (std::optional<int> Status = parse(Table, Argc, Argv))
    return *Status;
  if (std::string Problem = contradictionIn(O); !Problem.empty())
    return usageError(Table, Problem);
  facet_model *Model = look(O.Model);
  if (!Model)
    return BadInput;
  const int Code = finishOutput("inspect", write(Model, O));
  facet_model_close(Model);
  return Code;
}
