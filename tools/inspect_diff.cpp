// Two artifacts as lists of facts, and what one list has that the other has not.
#include "tools/inspect_diff.h"
#include "tools/inspect_text.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace facet {
namespace {

struct Field {
  Field(const char *Name, uint64_t Number) : Name(Name), Text(std::to_string(Number)), Json(Text) {}
  Field(const char *Name, const std::string &Text) : Name(Name), Text(Text), Json(quoted(Text.c_str())) {}
  /// A SHA-256, of which people see the beginning.
  Field(const char *Name, const unsigned char *Digest)
      : Name(Name), Text(hex(Digest, 6) + "..."), Json(quoted(hex(Digest, 32).c_str())) {}
  std::string Name, Text, Json;
};

/// One thing that an artifact has. Record and Name say which, fields how it is.
struct Fact {
  const char *Record;
  std::string Name;
  std::vector<Field> Fields;

  bool isSameThing(const Fact &Other) const {
    return !std::strcmp(Record, Other.Record) && Name == Other.Name;
  }
  const Field *find(const std::string &Field) const {
    for (const auto &F : Fields)
      if (F.Name == Field)
        return &F;
    return nullptr;
  }
};
using Facts = std::vector<Fact>;

uint64_t number(int Value) { return static_cast<uint64_t>(Value); } // counts are not negative

void addModel(const facet_model *Model, Facts &Out) {
  facet_model_details M;
  facet_model_describe(Model, &M);
  Out.push_back({"model",
                 "",
                 {{"architecture", M.architecture},
                  {"abi", M.abi},
                  {"layers", number(M.layer_count)},
                  {"hidden_size", number(M.hidden_size)},
                  {"vocab_size", number(M.vocab_size)},
                  {"max_positions", number(M.max_positions)},
                  {"weights", M.weight_format},
                  {"file_bytes", M.file_bytes},
                  {"root", M.root_digest}}});
  facet_variant_details V;
  for (int I = 0; facet_model_variant(Model, I, &V); ++I)
    Out.push_back({"level", V.name, {{"features", V.features}, {"code_bytes", V.text_bytes}}});
  facet_section_details S;
  for (int I = 0; facet_model_section(Model, I, &S); ++I)
    Out.push_back({"section", S.name, {{"bytes", S.bytes}, {"sha256", S.sha256}}});
}

/// A class whose layers differ in format is one fact: "8 x q4, 2 x q8".
void addWeights(const facet_model *Model, Facts &Out) {
  const std::vector<WeightClass> Classes = weightClasses(Model);
  for (const WeightClass &C : Classes) {
    std::string Formats;
    uint64_t Bytes = 0;
    for (const WeightClass &Same : Classes)
      if (Same.Name == C.Name) {
        Formats += (Formats.empty() ? "" : ", ") + std::to_string(Same.Count) + " x " + Same.Format;
        Bytes += Same.Bytes;
      }
    const bool Known = std::any_of(Out.begin(), Out.end(),
                                   [&](const Fact &F) { return F.isSameThing({"weights", C.Name, {}}); });
    if (!Known)
      Out.push_back({"weights", C.Name, {{"formats", Formats}, {"bytes", Bytes}}});
  }
}

void addMemory(const facet_model *Model, Facts &Out) {
  facet_kv_details K;
  for (int I = 0; facet_model_kv(Model, I, &K); ++I)
    Out.push_back({"kv",
                   K.name,
                   {{"window", number(K.window)},
                    {"streams", number(K.streams)},
                    {"format", K.format},
                    {"bytes_per_position", K.bytes_per_position}}});
  facet_entry_details E;
  for (int I = 0; facet_model_entry(Model, I, &E); ++I)
    Out.push_back({"entry",
                   std::to_string(E.rows) + " rows",
                   {{"dispatches", number(E.dispatch_count)}, {"arena_bytes", E.arena_bytes}}});
}

void addKernels(const facet_model *Model, Facts &Out) {
  facet_kernel_details K;
  for (int I = 0; facet_model_kernel(Model, I, &K); ++I) {
    Fact Kernel = {
        "kernel", K.name, {{"operands", number(K.operand_count)}, {"scratch_bytes", K.scratch_bytes}}};
    facet_variant_details V;
    for (int L = 0; facet_model_variant(Model, L, &V); ++L) {
      const auto [Begin, End] = codeOf(Model, L, I);
      Kernel.Fields.emplace_back((std::string("code_bytes ") + V.name).c_str(), End - Begin);
    }
    Out.push_back(Kernel);
  }
}

/// Places in the arena are left out: another size at the beginning would move all that follow.
std::string operandsOf(const facet_model *Model, int Dispatch) {
  std::string Text;
  facet_operand_details O;
  for (int I = 0; facet_model_operand(Model, Dispatch, I, &O); ++I) {
    const std::string Operand = operandText(O);
    Text += (I ? ", " : "") + Operand.substr(0, Operand.find('@'));
  }
  return Text;
}

/// Names, since numbers move with the first dispatch that only one of the artifacts has.
std::string waitsOf(const facet_model *Model, int First, const facet_dispatch_details &D) {
  std::string Text;
  for (int I = 0; I < D.wait_count; ++I) {
    facet_dispatch_details Writer;
    facet_model_dispatch(Model, First + static_cast<int>(D.waits[I]), &Writer);
    Text += (I ? ", " : "") + std::string(Writer.name);
  }
  return Text;
}

void addSchedule(const facet_model *Model, int Rows, Facts &Out) {
  const facet_entry_details Entry = entryFor(Model, Rows);
  for (int I = Entry.first_dispatch; I < Entry.first_dispatch + Entry.dispatch_count; ++I) {
    facet_dispatch_details D;
    facet_model_dispatch(Model, I, &D);
    Out.push_back({"dispatch",
                   D.name + std::string(D.row_set ? " (wanted rows)" : ""),
                   {{"kernel", D.kernel_name},
                    {"units", std::to_string(D.units) + " x " + unitName(D.unit)},
                    {"operands", operandsOf(Model, I)},
                    {"waits", waitsOf(Model, Entry.first_dispatch, D)}}});
  }
}

Facts factsOf(const facet_model *Model, int Rows) {
  Facts Out;
  addModel(Model, Out);
  addWeights(Model, Out);
  addMemory(Model, Out);
  addKernels(Model, Out);
  addSchedule(Model, Rows, Out);
  return Out;
}

std::string jsonOf(const Fact *F) {
  if (!F)
    return "null";
  std::string Text;
  for (const Field &Field : F->Fields)
    Text += (Text.empty() ? "" : ",") + quoted(Field.Name.c_str()) + ":" + Field.Json;
  return "{" + Text + "}";
}

/// "bytes 12 -> 16, format bf16 -> q8"; of a fact that only one side has, its fields.
std::string fieldsText(const Fact *Old, const Fact *New) {
  std::string Text;
  auto Add = [&](const std::string &Field) { Text += (Text.empty() ? " " : ", ") + Field; };
  for (const Field &F : (Old ? Old : New)->Fields) {
    const Field *Other = Old && New ? New->find(F.Name) : nullptr;
    if (!Old || !New)
      Add(F.Name + " " + F.Text);
    else if (!Other)
      Add(F.Name + " " + F.Text + " -> none");
    else if (Other->Json != F.Json)
      Add(F.Name + " " + F.Text + " -> " + Other->Text);
  }
  if (Old && New)
    for (const Field &F : New->Fields)
      if (!Old->find(F.Name))
        Add(F.Name + " none -> " + F.Text);
  return Text;
}

void printDifference(const Fact *Old, const Fact *New, bool Json) {
  const Fact &Either = Old ? *Old : *New;
  if (Json)
    std::printf("{\"record\":\"%s\",\"name\":%s,\"old\":%s,\"new\":%s}\n", Either.Record,
                quoted(Either.Name.c_str()).c_str(), jsonOf(Old).c_str(), jsonOf(New).c_str());
  else
    std::printf("%c %-8s %s:%s\n",
                !New   ? '-'
                : !Old ? '+'
                       : '~',
                Either.Record, Either.Name.c_str(), fieldsText(Old, New).c_str());
}

} // namespace

bool printDifferences(const facet_model *Old, const facet_model *New, int Rows, bool Json) {
  const Facts OldFacts = factsOf(Old, Rows);
  Facts NewFacts = factsOf(New, Rows);
  bool Any = false;
  auto Print = [&](const Fact *Before, const Fact *After) {
    printDifference(Before, After, Json);
    Any = true;
  };
  for (const Fact &F : OldFacts) { // the first of each name finds the first, and takes it away
    auto Same =
        std::find_if(NewFacts.begin(), NewFacts.end(), [&](const Fact &N) { return N.isSameThing(F); });
    if (Same == NewFacts.end()) {
      Print(&F, nullptr);
      continue;
    }
    if (!fieldsText(&F, &*Same).empty())
      Print(&F, &*Same);
    NewFacts.erase(Same);
  }
  for (const Fact &F : NewFacts)
    Print(nullptr, &F);
  return Any;
}

} // namespace facet
