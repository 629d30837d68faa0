// Sums of products of columns, and the file that they go to.
#include "tools/importance_collector.h"
#include "tools/new_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

using namespace facet;

static constexpr uint64_t MostBytes = uint64_t(2) << 30;
static constexpr unsigned LargestBlock = 1024, SmallestBlock = 32;

ImportanceCollector::ImportanceCollector(const facet_model *Model) : Model(Model) { planBlock(); }

size_t ImportanceCollector::sumsOf(unsigned Columns) const {
  const size_t Whole = Columns / Block, Rest = Columns % Block;
  return Whole * Block * Block + Rest * Rest;
}

void ImportanceCollector::planBlock() {
  facet_model_details Details;
  facet_model_describe(Model, &Details);
  // Whatever the entry of the ladder, the matrices are the same.
  std::map<int32_t, std::pair<unsigned, unsigned>> Matrices; // columns, matrices
  for (int32_t D = 0; D < Details.dispatch_count; ++D) {
    facet_dispatch_details Dispatch;
    facet_model_dispatch(Model, D, &Dispatch);
    unsigned Experts = 1;
    facet_operand_details Operand;
    for (int32_t O = 0; O < Dispatch.operand_count && facet_model_operand(Model, D, O, &Operand); ++O)
      if (!std::strcmp(Operand.kind, "arena") && Operand.index)
        Experts = static_cast<unsigned>(Operand.index);
    facet_weight_details Weight;
    for (int32_t O = 0; O < Dispatch.operand_count && facet_model_operand(Model, D, O, &Operand); ++O)
      if (!std::strcmp(Operand.kind, "weight") && Operand.reads != 1 &&
          facet_model_weight(Model, Operand.index, &Weight) && !std::strcmp(Weight.layout, "panels"))
        Matrices[Operand.index] = {static_cast<unsigned>(Weight.columns), Operand.reads == 2 ? Experts : 1};
  }
  for (Block = LargestBlock; Block > SmallestBlock; Block /= 2) {
    uint64_t Bytes = 0;
    for (auto [Index, Sizes] : Matrices)
      Bytes += sizeof(float) * sumsOf(Sizes.first) * Sizes.second;
    if (Bytes <= MostBytes)
      break;
  }
}

std::string ImportanceCollector::watch(facet_session *Session) {
  facet_error Error = {};
  return facet_session_set_inputs(Session, onInput, this, &Error) == FACET_OK ? "" : Error.message;
}

void ImportanceCollector::onInput(void *Context, const facet_input *Input) {
  auto &Self = *static_cast<ImportanceCollector *>(Context);
  auto [Place, IsNew] = Self.Weights.try_emplace(Input->weight);
  Weight &W = Place->second;
  if (IsNew) {
    W.Columns = static_cast<unsigned>(Input->width);
    W.Matrices = static_cast<unsigned>(Input->matrices);
    W.Rows.resize(W.Matrices);
    W.Sums.resize(W.Matrices * Self.sumsOf(W.Columns));
  }
  Self.accumulate(W, *Input);
}

void ImportanceCollector::accumulate(Weight &W, const facet_input &Input) const {
  W.Rows[static_cast<size_t>(Input.matrix)] += static_cast<uint64_t>(Input.count);
  float *Sums = &W.Sums[static_cast<size_t>(Input.matrix) * sumsOf(W.Columns)];
  for (unsigned Begin = 0; Begin < W.Columns; Begin += Block) {
    const unsigned N = std::min(Block, W.Columns - Begin);
    for (unsigned I = 0; I < N; ++I)
      for (int32_t Row = 0; Row < Input.count; ++Row) {
        const float *X = Input.values + static_cast<size_t>(Row) * W.Columns + Begin;
        const float Factor = X[I];
        float *Out = Sums + static_cast<size_t>(I) * N;
        for (unsigned J = I; J < N; ++J)
          Out[J] += Factor * X[J];
      }
    Sums += static_cast<size_t>(N) * N;
  }
}

std::string ImportanceCollector::add(facet_session *Session, facet_sequence *Sequence,
                                     std::span<const int32_t> Ids) {
  facet_error Error = {};
  if (facet_sequence_truncate(Sequence, 0, &Error) != FACET_OK)
    return Error.message;
  facet_session_options Options = {};
  facet_session_describe(Session, &Options);
  // Every position wants its logits: what wants nothing stops early.
  const auto Most = static_cast<size_t>(std::min(Options.max_rows, Options.max_outputs));
  std::vector<facet_row> Rows;
  for (size_t At = 0; At < Ids.size(); At += Rows.size()) {
    Rows.clear();
    for (size_t I = At; I < Ids.size() && Rows.size() < Most; ++I)
      Rows.push_back({Sequence, static_cast<int32_t>(I), Ids[I], FACET_CAUSAL, FACET_WANTS_LOGITS});
    if (facet_session_step(Session, Rows.data(), static_cast<int32_t>(Rows.size()), nullptr, &Error) !=
        FACET_OK)
      return Error.message;
    this->Rows += Rows.size();
  }
  return "";
}

namespace {
/// The lower triangle of an [N][N] block from its upper one.
void mirror(float *Block, size_t N) {
  for (size_t I = 0; I < N; ++I)
    for (size_t J = 0; J < I; ++J)
      Block[I * N + J] = Block[J * N + I];
}
} // namespace

std::string ImportanceCollector::write(const std::string &Path) const {
  std::vector<facet_importance_entry> Entries;
  uint64_t At = sizeof(facet_importance_header) + Weights.size() * sizeof(facet_importance_entry);
  for (const auto &[Index, W] : Weights) {
    facet_weight_details Details;
    facet_importance_entry Entry = {};
    facet_model_weight(Model, Index, &Details);
    if (std::strlen(Details.name) >= sizeof(Entry.name))
      return Path + ": weight '" + Details.name + "': expected a name of at most " +
             std::to_string(sizeof(Entry.name) - 1) + " bytes";
    std::strcpy(Entry.name, Details.name);
    Entry.columns = W.Columns, Entry.matrices = W.Matrices, Entry.offset = At;
    Entries.push_back(Entry);
    At += W.Rows.size() * sizeof(uint64_t) + W.Sums.size() * sizeof(float);
  }
  facet_importance_header Header = {};
  std::memcpy(Header.magic, FACET_IMPORTANCE_MAGIC, sizeof(Header.magic));
  Header.version = FACET_IMPORTANCE_VERSION;
  Header.entry_count = static_cast<unsigned>(Entries.size());
  Header.block = Block, Header.file_size = At;

  NewFile File(Path);
  bool Good = File.write(&Header, sizeof(Header)) &&
              File.write(Entries.data(), Entries.size() * sizeof(facet_importance_entry));
  std::vector<float> Whole;
  for (const auto &[Index, W] : Weights) {
    Good = Good && File.write(W.Rows.data(), W.Rows.size() * sizeof(uint64_t));
    const float *Sums = W.Sums.data();
    for (unsigned M = 0; M < W.Matrices; ++M)
      for (unsigned Begin = 0; Good && Begin < W.Columns; Begin += Block) {
        const size_t N = std::min(Block, W.Columns - Begin);
        Whole.assign(Sums, Sums + N * N);
        mirror(Whole.data(), N);
        Good = File.write(Whole.data(), N * N * sizeof(float));
        Sums += N * N;
      }
  }
  Good = Good && File.keep();
  return Good ? "" : Path + ": " + std::strerror(errno);
}
