// facet inspect: target, sections, memory plan, schedule and kernels of an artifact. Never runs its code.
#include "runtime/facet.h"
#include "tools/command/model_path.h"
#include "tools/command/values.h"

#include <algorithm>
#include <cctype>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

namespace {

using namespace facet::command;

std::string hex(const unsigned char *Bytes, size_t Count) {
  std::string Text;
  char Digits[3];
  for (size_t I = 0; I < Count; ++I) {
    std::snprintf(Digits, sizeof(Digits), "%02x", Bytes[I]);
    Text += Digits;
  }
  return Text;
}

/// Names in an artifact are the compiler's, but may hold anything.
std::string quoted(const char *Text) {
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

const char *unitName(int Unit) { return Unit == 1 ? "rows" : Unit == 2 ? "query blocks" : "panels"; }

std::string operandText(const facet_operand_details &Operand) {
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
std::string withoutNumbers(const char *Name) {
  std::string Text;
  for (const char *At = Name; *At; ++At)
    if (!std::isdigit(static_cast<unsigned char>(*At)))
      Text += *At;
    else if (Text.empty() || Text.back() != '*')
      Text += '*';
  return Text;
}

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

  /// Bytes by class: weights of the same name but for the layer's number, in the same format.
  void printWeights() {
    struct Class {
      std::string Name, Format;
      int Count = 0;
      uint64_t Bytes = 0;
    };
    std::vector<Class> Classes; // in order of appearance
    facet_weight_details W;
    for (int I = 0; facet_model_weight(Model, I, &W); ++I) {
      std::string Name = withoutNumbers(W.name);
      auto Known = std::find_if(Classes.begin(), Classes.end(),
                                [&](const Class &C) { return C.Name == Name && C.Format == W.format; });
      if (Known == Classes.end())
        Known = Classes.insert(Classes.end(), {Name, W.format});
      ++Known->Count;
      Known->Bytes += W.bytes;
    }
    for (const Class &C : Classes)
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
    facet_entry_details Entry = {};
    facet_model_entry(Model, Info.entry_count - 1, &Entry); // the largest, unless a smaller one is enough
    for (int I = Info.entry_count - 1; I >= 0; --I) {
      facet_entry_details E;
      facet_model_entry(Model, I, &E);
      if (E.rows >= Rows)
        Entry = E;
    }
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
    if (std::strcmp(K.name, Name))
      continue;
    uint64_t Begin = 0, End = Variant.text_bytes, Other;
    facet_model_kernel_offset(Model, 0, I, &Begin);
    for (int J = 0; J < Info.kernel_count; ++J)
      if (facet_model_kernel_offset(Model, 0, J, &Other) && Other > Begin && Other < End)
        End = Other;
    const unsigned char *Code = static_cast<const unsigned char *>(Variant.image);
    for (uint64_t At = Begin; At < End; ++At)
      std::printf("0x%02x%c", Code[At], At % 16 == 15 || At + 1 == End ? '\n' : ' ');
    return Ok;
  }
  std::fprintf(stderr, "facet inspect: no kernel '%s'; facet inspect lists them\n", Name);
  return BadInput;
}

struct InspectOptions {
  std::string Model, Kernel;
  int Rows = 1;
  bool Json = false;
};

Command inspectCommand(InspectOptions &O) {
  return {
      .Verb = "inspect",
      .Description =
          "Shows what an artifact holds: target levels, ABI, sections, root digest, memory plan, the "
          "schedule with every dispatch, and kernels. Verifies everything but weights; runs none of its "
          "code.",
      .Arguments = {{file(O.Model, "MODEL.facet")}},
      .Options = {{"--entry", number(O.Rows, 1, INT32_MAX, "ROWS"),
                   "the schedule of the ladder entry for that many rows (default: the first)"},
                  {"--asm",
                   text(O.Kernel, "KERNEL"),
                   "write the kernel's machine code to standard output, for a disassembler such as llvm-mc "
                   "--disassemble, of the first level",
                   {"--disassemble"}},
                  {"--json", flag(O.Json), "one object a line, as docs/json.md lists"}},
  };
}

} // namespace

int main(int Argc, char **Argv) {
  InspectOptions O;
  const Command Table = inspectCommand(O);
  if (std::optional<int> Status = parse(Table, Argc, Argv))
    return *Status;
  if (std::string Why = whyNotAnArtifact(O.Model); !Why.empty()) {
    std::fprintf(stderr, "facet inspect: %s\n", Why.c_str());
    return BadInput;
  }
  facet_open_options Options = {};
  Options.verify = FACET_VERIFY_NEVER;
  facet_model *Model = nullptr;
  facet_error Error;
  if (facet_model_inspect(O.Model.c_str(), &Options, &Model, &Error) != FACET_OK) {
    std::fprintf(stderr, "facet inspect: %s\n", Error.message);
    return BadInput;
  }
  int Code = Ok;
  if (!O.Kernel.empty())
    Code = writeCode(Model, O.Kernel.c_str());
  else
    Inspector(Model, O.Json, O.Rows).print();
  facet_model_close(Model);
  return Code;
}
