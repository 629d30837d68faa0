// From dispatches with their attributes to flat tables.
#include "compiler/ProgramTables.h"

#include "ir/Storage.h"
#include "passes/plan/DispatchGraph.h"

#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace mlir::facet;

unsigned StringTable::add(llvm::StringRef text) {
  if (text.empty())
    return 0;
  auto [it, isNew] = known.try_emplace(text, unsigned(bytes.size()));
  if (isNew) {
    bytes += text;
    bytes += '\0';
  }
  return it->second;
}

namespace {

class TableBuilder {
public:
  explicit TableBuilder(ModuleOp module) : module(module), step(module.lookupSymbol<func::FuncOp>("step")) {}

  ProgramTables build() {
    addWeights();
    addStreams();
    for (auto function : module.getOps<func::FuncOp>())
      if (function->hasAttr("facet.kernel"))
        addKernel(function);
    auto ladder = step->getAttrOfType<DenseI64ArrayAttr>("facet.ladder").asArrayRef();
    auto arena = step->getAttrOfType<DenseI64ArrayAttr>("facet.arena").asArrayRef();
    for (size_t i = 0; i < ladder.size(); ++i)
      addEntry(i, ladder[i], arena[i]);
    return std::move(tables);
  }

private:
  void addWeights() {
    for (auto weight : module.getOps<WeightOp>()) {
      auto type = cast<RankedTensorType>(weight.getType());
      facet_weight_info info = {};
      info.name = tables.strings.add(weight.getSymName());
      info.format = storageCode(type.getElementType());
      info.layout = bool(type.getEncoding());
      info.offset = tables.weightBytes;
      info.size = storedBytes(type);
      info.columns = type.getShape().back();
      info.rows = type.getNumElements() / info.columns;
      weightIndex[weight.getSymName()] = tables.weights.size();
      tables.weights.push_back(info);
      tables.weightBytes = llvm::alignTo(info.offset + info.size, 64);
    }
  }

  /// Streams with one window are one kind, whatever their heads.
  void addStreams() {
    std::map<int64_t, unsigned> kinds; // by window
    for (auto stream : module.getOps<KvStreamOp>()) {
      auto type = cast<KvType>(stream.getType());
      auto [it, isNew] = kinds.try_emplace(type.getWindow(), unsigned(tables.kinds.size()));
      if (isNew)
        tables.kinds.push_back({tables.strings.add(type.getWindow() ? "sliding" : "full"),
                                unsigned(type.getWindow()), 0, storageCode(type.getElement()), 0});
      facet_kv_kind &kind = tables.kinds[it->second];
      streamIndex[stream.getSymName()] = tables.streams.size();
      tables.streams.push_back({tables.strings.add(stream.getSymName()), it->second,
                                unsigned(type.getHeads()), unsigned(type.getHeadDim()),
                                kind.bytes_per_position});
      kind.bytes_per_position += 2 * type.getHeads() * storedBytes(type.getElement(), type.getHeadDim());
      ++kind.stream_count;
    }
  }

  void addKernel(func::FuncOp function) {
    kernelIndex[function.getName()] = tables.kernels.size();
    tables.kernelNames.push_back(function.getName().str());
    unsigned operands = function.getNumArguments() + function.getNumResults();
    tables.kernels.push_back({tables.strings.add(function.getName()), operands, 0});
  }

  void addEntry(size_t entry, int64_t rows, int64_t arena) {
    unsigned first = tables.dispatches.size();
    offsets.clear();
    for (auto dispatch : step.getOps<DispatchOp>())
      addDispatch(dispatch, entry, rows);
    tables.entries.push_back(
        {unsigned(rows), first, unsigned(tables.dispatches.size()) - first, 0, uint64_t(arena)});
  }

  void addDispatch(DispatchOp op, size_t entry, int64_t rows) {
    facet_dispatch dispatch = {};
    auto number = [&](StringRef name) { return op->getAttrOfType<IntegerAttr>(name); };
    dispatch.kernel = kernelIndex.lookup(op.getKernel());
    dispatch.layer = number("layer") ? unsigned(number("layer").getInt()) : ~0u;
    dispatch.name = tables.strings.add(nameOf(op));
    dispatch.first_operand = tables.operands.size();
    dispatch.operand_count = op.getNumOperands() + op.getNumResults();
    StringRef unit = op->getAttrOfType<StringAttr>("unit").getValue();
    dispatch.unit = unitNamed(unit);
    dispatch.units = number("units").getInt();
    dispatch.row_set = number("row_set").getInt();
    if (auto trace = number("trace")) {
      dispatch.trace = 1 + trace.getInt();
      dispatch.trace_operand = op.getNumOperands() + number("trace_result").getInt();
    }
    dispatch.first_wait = tables.waits.size();
    for (int64_t wait : op->getAttrOfType<DenseI64ArrayAttr>("waits").asArrayRef())
      tables.waits.push_back(wait);
    dispatch.wait_count = tables.waits.size() - dispatch.first_wait;
    auto kernel = module.lookupSymbol<func::FuncOp>(op.getKernel());
    for (auto [i, input] : llvm::enumerate(op.getInputs()))
      tables.operands.push_back(inputOperand(input, kernel.getArgument(i), rows));
    dispatch.input = inputOf(kernel);
    auto places = op->getAttrOfType<DenseI64ArrayAttr>("offsets").asArrayRef();
    for (auto [i, result] : llvm::enumerate(op.getResults()))
      tables.operands.push_back(resultOperand(result, places[entry * op.getNumResults() + i], rows));
    tables.dispatches.push_back(dispatch);
  }

  static unsigned unitNamed(StringRef name) {
    return llvm::StringSwitch<unsigned>(name)
        .Case("rows", FACET_UNIT_ROWS)
        .Case("query_blocks", FACET_UNIT_QUERY_BLOCKS)
        .Case("row_groups", FACET_UNIT_ROW_GROUPS)
        .Default(FACET_UNIT_CONSTANT);
  }

  /// facet_dispatch.input: quantised weights meet a rounded input, which is not shown.
  static unsigned inputOf(func::FuncOp kernel) {
    auto place = [](Value x, Value weight) -> unsigned {
      if (!isa<FloatType>(cast<RankedTensorType>(weight.getType()).getElementType()))
        return 0;
      auto argument = dyn_cast<BlockArgument>(x);
      return argument ? 1 + argument.getArgNumber() : FACET_INPUT_SCRATCH; // what a prologue computes
    };
    for (Operation &op : kernel.getBody().front()) {
      if (auto linear = dyn_cast<LinearOp>(op))
        return place(linear.getX(), linear.getWeight());
      if (auto linear = dyn_cast<MoeLinearOp>(op))
        return place(linear.getX(), linear.getWeight());
    }
    return 0;
  }

  /// Where it is in the model, e.g. "layers.3.mlp.down", and else the kernel.
  static std::string nameOf(DispatchOp op) {
    Location loc = op.getLoc();
    if (auto named = loc->findInstanceOf<NameLoc>())
      return named.getName().str();
    return op.getKernel().str();
  }

  facet_operand inputOperand(Value input, BlockArgument argument, int64_t rows) {
    facet_operand operand = {};
    operand.access = FACET_READ;
    Operation *def = input.getDefiningOp();
    if (isa<RowsType>(input.getType())) {
      operand.kind = FACET_OPERAND_ROWS;
      operand.index = isa_and_nonnull<WantedOp>(def);
      return operand;
    }
    if (auto get = dyn_cast_or_null<GetOp>(def)) {
      if (isa<KvType>(input.getType())) {
        operand.kind = FACET_OPERAND_KV;
        operand.index = streamIndex.lookup(get.getSymbol());
        bool writes = llvm::any_of(argument.getUsers(), [](Operation *user) { return isa<KvWriteOp>(user); });
        operand.access = writes ? FACET_READ | FACET_WRITE : FACET_READ;
        return operand;
      }
      const facet_weight_info &weight = tables.weights[weightIndex.lookup(get.getSymbol())];
      operand.kind = FACET_OPERAND_WEIGHT;
      operand.index = weightIndex.lookup(get.getSymbol());
      operand.offset = weight.offset;
      operand.size = weight.size;
      for (Operation *user : argument.getUsers()) {
        operand.reads = isa<EmbedOp>(user) ? 1 : isa<MoeLinearOp>(user) ? 2 : 0;
        if (auto embed = dyn_cast<EmbedOp>(user); embed && isGathered(embed))
          operand.kind = FACET_OPERAND_GATHERED;
      }
      return operand;
    }
    operand = offsets.lookup(input);
    operand.access = FACET_READ;
    return operand;
  }

  facet_operand resultOperand(Value result, int64_t offset, int64_t rows) {
    facet_operand operand = {};
    operand.access = FACET_WRITE;
    if (offset < 0) {
      operand.kind = FACET_OPERAND_OUTPUT;
      for (OpOperand &use : result.getUses())
        if (isa<func::ReturnOp>(use.getOwner()))
          operand.index = use.getOperandNumber(); // logits, hidden: the order of facet_output
    } else {
      operand.kind = FACET_OPERAND_ARENA;
      operand.offset = offset;
    }
    operand.size = bytesOf(result.getType(), rows);
    if (auto plan = dyn_cast<ExpertPlanType>(result.getType()))
      operand.index = plan.getExperts();
    offsets[result] = operand;
    return operand;
  }

  ModuleOp module;
  func::FuncOp step;
  ProgramTables tables;
  llvm::StringMap<unsigned> weightIndex, streamIndex, kernelIndex;
  DenseMap<Value, facet_operand> offsets; // results of earlier dispatches, in this entry
};

} // namespace

ProgramTables facet::makeProgramTables(ModuleOp module) { return TableBuilder(module).build(); }
