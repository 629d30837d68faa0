// facet tune: finds how the kernels of a model go about their work fastest on this machine.
#include "compiler/OutputFile.h"
#include "tools/command/model_path.h"
#include "tools/fatal_errors.h"
#include "tools/terminal.h"
#include "tools/tune_options.h"
#include "tools/tune_plot.h"
#include "tools/tune_work.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <chrono>

using namespace mlir;
using namespace mlir::facet;
using namespace ::facet::command;
using ::facet::TuneArguments;

namespace {

int fail(llvm::Error error) {
  llvm::errs() << "facet tune: " << llvm::toString(std::move(error)) << "\n";
  return BadInput;
}

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

class Tuner {
public:
  Tuner(const TuneArguments &arguments, TargetVariant target, TuningDatabase database)
      : arguments(arguments), target(std::move(target)), database(std::move(database)),
        end(now() + arguments.seconds) {}

  llvm::Error run(std::vector<TuneTask> tasks) {
    llvm::erase_if(tasks,
                   [&](const TuneTask &task) { return !arguments.again && database.find(keyOf(task)); });
    size_t done = 0;
    for (; done < tasks.size() && now() < end; ++done) {
      place = llvm::formatv("[{0}/{1}]", done + 1, tasks.size()).str();
      // Half of the kernel's share of what is left for few rows, half for many.
      if (llvm::Error error = tune(tasks[done], (end - now()) / double(tasks.size() - done) / 2))
        return error;
      if (llvm::Error error = writeWhole(arguments.output, database.print()))
        return error;
    }
    if (done < tasks.size())
      llvm::outs() << "the budget is spent: " << tasks.size() - done << " of " << tasks.size()
                   << " kernels are left; run again to go on\n";
    return arguments.plot.empty() ? llvm::Error::success()
                                  : writeWhole(arguments.plot, plotCandidates(plots));
  }

private:
  TuningRecord keyOf(const TuneTask &task) const {
    TuningRecord key;
    key.machine = hostMachine();
    key.compiler = hostCompiler();
    key.target = target.name;
    key.kernel = task.kernel;
    return key;
  }

  llvm::Error tune(TuneTask &task, double seconds) {
    constexpr int64_t kFew = 1, kMany = FACET_ROW_GROUP;
    TuningRecord record = keyOf(task);
    auto few = searchRows(task, kFew, fewSpace(target, task.format()), seconds);
    if (!few)
      return few.takeError();
    auto many = searchRows(task, kMany, manySpace(target, task.format(), kMany), seconds);
    if (!many)
      return many.takeError();
    record.thinUnroll = few->candidate.thinUnroll;
    record.prefetch = few->candidate.prefetch;
    record.rowTile = many->candidate.rowTile;
    record.unroll = many->candidate.unroll;
    record.few[0] = few->tuned * 1e6, record.few[1] = few->untuned * 1e6;
    record.many[0] = many->tuned * 1e6, record.many[1] = many->untuned * 1e6;
    database.put(record);
    return llvm::Error::success();
  }

  llvm::Expected<Winner> searchRows(TuneTask &task, int64_t rows, const Space &space, double seconds) {
    auto load = Workload::create(task.function(), rows);
    if (!load)
      return load.takeError();
    std::string name = llvm::formatv("{0}, {1} row{2}", task.kernel, rows, rows == 1 ? "" : "s").str();
    ::facet::Progress bar(place + " " + name, "candidates");
    auto winner = search(*task.module, **load, target, space, seconds,
                         [&](size_t tried) { bar.update(tried, space.candidates.size()); });
    bar.finish();
    if (!winner)
      return winner;
    llvm::outs() << llvm::formatv("{0}: {1} candidates, {2} pruned, {3} measured; ", name, space.size(),
                                  space.pruned, winner->measured.size());
    if (winner->rank)
      llvm::outs() << llvm::formatv("winner of rank {0}: {1:f1} us against {2:f1} untuned ({3:f1} %)\n",
                                    winner->rank, winner->tuned * 1e6, winner->untuned * 1e6,
                                    100 * (winner->untuned / winner->tuned - 1));
    else
      llvm::outs() << llvm::formatv("none beats the target's own choices, {0:f1} us\n",
                                    winner->untuned * 1e6);
    llvm::outs().flush();
    plots.push_back({name, *winner});
    return winner;
  }

  const TuneArguments &arguments;
  TargetVariant target;
  TuningDatabase database;
  double end;
  std::string place; // among the kernels
  std::vector<PlotRow> plots;
};

/// The one level to tune for, which this machine must run.
llvm::Expected<TargetVariant> selectTarget(const std::string &name) {
  auto chosen = selectVariants(name), native = selectVariants("native");
  if (!chosen)
    return chosen.takeError();
  if (!native)
    return native.takeError();
  const TargetVariant &first = chosen->front();
  if (chosen->size() != 1 || (first.requiredFeatures & ~native->front().requiredFeatures))
    return llvm::createStringError(
        "target '" + name + "': expected one level that this machine runs, up to " + native->front().name);
  return first;
}

} // namespace

int main(int argc, char **argv) {
  ::facet::exitOnFatalErrors("tune");
  TuneArguments arguments;
  const Command table = tuneCommand(arguments);
  if (std::optional<int> status = parse(table, argc, argv))
    return *status;
  if (arguments.model.empty() == arguments.shapes.empty())
    return usageError(table, "expected a checkpoint or --shapes");
  if (arguments.shapes.empty())
    if (std::string why = whyNotACheckpoint(arguments.model); !why.empty())
      return fail(llvm::createStringError(why));
  auto target = selectTarget(arguments.target);
  if (!target)
    return fail(target.takeError());
  TuningDatabase database;
  if (llvm::sys::fs::exists(arguments.output)) {
    auto read = TuningDatabase::read(arguments.output);
    if (!read)
      return fail(read.takeError());
    database = std::move(*read);
  }
  MLIRContext context(MLIRContext::Threading::DISABLED);
  loadDialects(context);
  auto tasks = arguments.shapes.empty() ? tasksOfModel(context, arguments.model, arguments.weights)
                                        : tasksOfShapes(context, arguments.shapes);
  if (!tasks)
    return fail(tasks.takeError());
  if (llvm::Error error = Tuner(arguments, *target, std::move(database)).run(std::move(*tasks)))
    return fail(std::move(error));
  return Ok;
}
