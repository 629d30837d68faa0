#include "test/compiler/program/ProgramRunner.h"

#include "runtime/abi.h"

#include <cstring>
#include <stdexcept>
#include <sys/mman.h>

using namespace mlir;
using namespace mlir::facet;

namespace facet::test {

static void check(llvm::Error error) {
  if (error)
    throw std::runtime_error(llvm::toString(std::move(error)));
}

ProgramRunner::ProgramRunner(ModuleOp module, const std::string &directory, const std::string &weights,
                             const std::string &kv, const TargetVariant &variant, int context)
    : context((context + 15) / 16 * 16) {
  CompileOptions options;
  options.pipeline.weights = weights;
  options.pipeline.kv = kv;
  options.variants = {variant};
  check(runModelPhases(module, options));
  tables = makeProgramTables(module);
  auto compiled = compileVariants(module, tables, options);
  if (!compiled)
    check(compiled.takeError());
  const CodeImage &image = compiled->front().image;
  codeSize = image.textSize;
  code = mmap(nullptr, codeSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  std::memcpy(code, image.bytes.data(), codeSize);
  mprotect(code, codeSize, PROT_READ | PROT_EXEC);
  for (const std::string &name : tables.kernelNames)
    entries.push_back(image.entries.at(name));

  std::vector<std::string> files;
  for (Attribute file : module->getAttrOfType<ArrayAttr>("facet.files"))
    files.push_back(directory + "/" + cast<StringAttr>(file).str());
  auto packer = WeightPacker::open(files);
  if (!packer)
    check(packer.takeError());
  weightBytes.resize(tables.weightBytes / 64 + 1);
  size_t index = 0;
  for (auto weight : module.getOps<WeightOp>()) {
    char *at = weightBytes.data()->bytes + tables.weights[index++].offset;
    check((*packer)->pack(weight, [&](llvm::ArrayRef<char> bytes) {
      std::memcpy(at, bytes.data(), bytes.size());
      at += bytes.size();
      return llvm::Error::success();
    }));
  }
  for (const facet_kv_kind &kind : tables.kinds)
    pools.emplace_back(kind.bytes_per_position * this->context, char(0x7f));
  auto step = module.lookupSymbol<func::FuncOp>("step");
  vocabulary = cast<RankedTensorType>(step.getResultTypes()[0]).getDimSize(1);
  hidden = cast<RankedTensorType>(step.getResultTypes()[1]).getDimSize(1);
}

ProgramRunner::~ProgramRunner() { munmap(code, codeSize); }

namespace {
struct Rows {
  std::vector<int> token, position, sequence, parent;
  std::vector<facet_query_block> blocks;
  facet_row_set set = {};
  void add(int t, int p, int from) {
    token.push_back(t), position.push_back(p), sequence.push_back(0), parent.push_back(from);
  }
  void finish() {
    int count = token.size();
    for (int first = 0; first < count; first += FACET_QUERY_BLOCK)
      blocks.push_back({first, std::min(FACET_QUERY_BLOCK, count - first), 0, 0});
    set = {count,           int(blocks.size()), token.data(),  position.data(),
           position.data(), sequence.data(),    parent.data(), blocks.data()};
  }
};
} // namespace

std::vector<char> ProgramRunner::gather(const facet_operand &table, const std::vector<int> &tokens) const {
  std::vector<char> rows;
  const size_t rowBytes = table.size / tables.weights[table.index].rows;
  for (int token : tokens) {
    const char *row = weightBytes.data()->bytes + table.offset + token * rowBytes;
    rows.insert(rows.end(), row, row + rowBytes);
  }
  return rows;
}

ProgramRunner::Result ProgramRunner::step(const std::vector<int> &tokens, const std::vector<int> &wanted) {
  Rows sets[2];
  for (size_t i = 0; i < tokens.size(); ++i)
    sets[0].add(tokens[i], length + int(i), int(i));
  for (int w : wanted)
    sets[1].add(tokens[w], length + w, w);
  sets[0].finish(), sets[1].finish();
  const facet_ladder_entry *entry = nullptr;
  for (const facet_ladder_entry &candidate : tables.entries)
    if (!entry && candidate.rows >= tokens.size())
      entry = &candidate;
  if (!entry)
    throw std::runtime_error("too many tokens for one step");
  // One page for all positions: its size is the next power of two.
  int shift = 4;
  while ((1 << shift) < context)
    ++shift;
  int table = 0;
  std::vector<facet_kv_view> views;
  for (const facet_kv_stream &stream : tables.streams)
    views.push_back({pools[stream.kind].data() + stream.position_offset * context, 0, shift, &table, 1});
  std::vector<AlignedBytes> arena(entry->arena_bytes / 64 + 1);
  uint64_t scratchBytes = 64;
  for (const facet_kernel_info &kernel : tables.kernels)
    scratchBytes = std::max<uint64_t>(scratchBytes, kernel.scratch_bytes);
  std::vector<AlignedBytes> scratch(scratchBytes / 64 + 1);
  Result result;
  result.logits.resize(wanted.size() * vocabulary);
  result.hidden.resize(wanted.size() * hidden);
  for (unsigned i = 0; i < entry->dispatch_count; ++i) {
    const facet_dispatch &dispatch = tables.dispatches[entry->first_dispatch + i];
    if (sets[dispatch.row_set].set.count == 0)
      continue;
    std::vector<void *> operands;
    std::vector<std::vector<char>> gathered;
    for (unsigned o = 0; o < dispatch.operand_count; ++o) {
      const facet_operand &operand = tables.operands[dispatch.first_operand + o];
      switch (operand.kind) {
      case FACET_OPERAND_WEIGHT:
        operands.push_back(weightBytes.data()->bytes + operand.offset);
        break;
      case FACET_OPERAND_ARENA:
        operands.push_back(arena.data()->bytes + operand.offset);
        break;
      case FACET_OPERAND_GATHERED:
        gathered.push_back(gather(operand, sets[dispatch.row_set].token));
        operands.push_back(gathered.back().data());
        break;
      case FACET_OPERAND_ROWS:
        operands.push_back(&sets[operand.index].set);
        break;
      case FACET_OPERAND_KV:
        operands.push_back(&views[operand.index]);
        break;
      default:
        operands.push_back(operand.index ? result.hidden.data() : result.logits.data());
      }
    }
    auto kernel = reinterpret_cast<facet_kernel_fn>(static_cast<char *>(code) + entries[dispatch.kernel]);
    for (int piece = 0; piece < pieces; ++piece)
      kernel(operands.data(), piece, pieces, scratch.data(), nullptr);
    if (dispatch.trace) {
      const float *rows = static_cast<const float *>(operands[dispatch.trace_operand]);
      const float *last = rows + size_t(sets[dispatch.row_set].set.count - 1) * hidden;
      result.trace.emplace_back(last, last + hidden);
    }
  }
  length += tokens.size();
  return result;
}

} // namespace facet::test
