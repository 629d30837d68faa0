#include "tools/tune_work.h"

#include "frontend/models/Gemma4Text.h"
#include "ir/Storage.h"
#include "passes/lower/TuningClass.h"

#include "llvm/Support/MemoryBuffer.h"

using namespace mlir;
using namespace mlir::facet;
using llvm::StringRef;

Type TuneTask::format() {
  for (Type type : function().getArgumentTypes())
    if (auto tensor = dyn_cast<RankedTensorType>(type); tensor && tensor.getEncoding())
      return tensor.getElementType();
  return {};
}

/// Adds `task` unless one of its class is there.
static void add(std::vector<TuneTask> &tasks, TuneTask task) {
  if (llvm::none_of(tasks, [&](const TuneTask &other) { return other.kernel == task.kernel; }))
    tasks.push_back(std::move(task));
}

static TuneTask taskOf(func::FuncOp kernel) {
  OwningOpRef<ModuleOp> module = ModuleOp::create(kernel.getLoc());
  module->push_back(kernel.clone());
  return {tuningClass(kernel), std::move(module)};
}

llvm::Expected<std::vector<TuneTask>> mlir::facet::tasksOfModel(MLIRContext &context, StringRef path,
                                                                StringRef weights) {
  auto checkpoint = Checkpoint::open(path, {});
  if (!checkpoint)
    return checkpoint.takeError();
  auto module = buildTextModule(context, **checkpoint);
  if (!module)
    return module.takeError();
  CompileOptions options;
  options.pipeline.weights = weights.str();
  if (llvm::Error error = runModelPhases(**module, options))
    return error;
  std::vector<TuneTask> tasks;
  for (auto function : (*module)->getOps<func::FuncOp>())
    if (function->hasAttr("facet.kernel") && !tuningClass(function).empty())
      add(tasks, taskOf(function));
  return tasks;
}

/// A kernel of one op from a line of a list of shapes; null if the line is none.
static func::FuncOp kernelOfLine(OpBuilder &b, StringRef line) {
  llvm::SmallVector<StringRef> words;
  line.split(words, ' ', -1, /*KeepEmpty=*/false);
  bool experts = words.size() == 6 && words[0] == "moe_linear";
  Type format = words.empty() ? Type() : storageNamed(b.getContext(), words.back());
  llvm::SmallVector<int64_t> sizes;
  for (StringRef word : ArrayRef(words).drop_front().drop_back(words.size() > 1))
    if (int64_t size = 0; !word.getAsInteger(10, size) && size > 0 && size <= 1 << 24)
      sizes.push_back(size);
  if (!format || sizes.size() != (experts ? 4 : 2) ||
      (!experts && (words.size() != 4 || words[0] != "linear")) || sizes.back() % 32 ||
      sizes[sizes.size() - 2] % 32)
    return {};
  Location loc = b.getUnknownLoc();
  int64_t n = sizes[sizes.size() - 2], k = sizes.back(), choices = experts ? sizes[1] : 1;
  auto panel = PanelAttr::get(b.getContext(), 32);
  SmallVector<int64_t> shape = experts ? SmallVector<int64_t>{sizes[0], n, k} : SmallVector<int64_t>{n, k};
  SmallVector<Type> inputs = {RowsType::get(b.getContext()), rowsType(b.getContext(), k),
                              RankedTensorType::get(shape, format, panel)};
  if (experts)
    inputs.push_back(ExpertPlanType::get(b.getContext(), sizes[0], choices));
  Type result = rowsType(b.getContext(), n * choices);
  auto kernel = func::FuncOp::create(b, loc, "kernel", b.getFunctionType(inputs, result));
  kernel->setAttr("facet.kernel", b.getStringAttr(words[0]));
  OpBuilder body = OpBuilder::atBlockEnd(kernel.addEntryBlock());
  auto argument = [&](unsigned i) { return kernel.getArgument(i); };
  Value y =
      experts ? MoeLinearOp::create(body, loc, result, argument(1), argument(3), argument(2), /*shared=*/true,
                                    /*geglu=*/false)
                    .getY()
              : LinearOp::create(body, loc, result, argument(1), argument(2)).getY();
  func::ReturnOp::create(body, loc, y);
  return kernel;
}

llvm::Expected<TuneTask> mlir::facet::taskOfShape(MLIRContext &context, StringRef line) {
  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
  OpBuilder builder = OpBuilder::atBlockEnd(module->getBody());
  func::FuncOp kernel = kernelOfLine(builder, line);
  if (!kernel)
    return llvm::createStringError(
        "expected 'linear N K FORMAT' or 'moe_linear EXPERTS CHOICES N K FORMAT' with sides "
        "that are multiples of 32, got '" +
        line + "'");
  return TuneTask{tuningClass(kernel), std::move(module)};
}

llvm::Expected<std::vector<TuneTask>> mlir::facet::tasksOfShapes(MLIRContext &context, StringRef path) {
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/true);
  if (!file)
    return llvm::createStringError(path + ": cannot be read: " + file.getError().message());
  std::vector<TuneTask> tasks;
  StringRef text = (*file)->getBuffer();
  for (unsigned number = 1; !text.empty(); ++number) {
    auto [line, rest] = text.split('\n');
    text = rest;
    line = line.split('#').first.trim();
    if (line.empty())
      continue;
    llvm::Expected<TuneTask> task = taskOfShape(context, line);
    if (!task)
      return llvm::createStringError(path + ":" + llvm::Twine(number) + ": " +
                                     llvm::toString(task.takeError()));
    add(tasks, std::move(*task));
  }
  return tasks;
}
