// Times two kernels of ours and of Halide's autoscheduler in turn, on one thread, with weights that no cache
// holds.
//
//   python3 test/bench/halide/yardstick.py OUT.so && halide-yardstick OUT.so
#include "tools/tune_kernel.h"
#include "tools/tune_work.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <chrono>
#include <dlfcn.h>

using namespace mlir;
using namespace mlir::facet;

namespace {

constexpr int kCalls = 200;

/// What yardstick.py fixes.
constexpr int64_t kRows = 64, kSide = 1024, kOutputs = 2048, kInputs = 3072;

double secondsOf(llvm::function_ref<void()> call) {
  auto start = std::chrono::steady_clock::now();
  call();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// `theirs` calls Halide's kernel. Minima of both, in turn.
llvm::Error compare(MLIRContext &context, const std::string &shape, int64_t rows,
                    llvm::function_ref<void()> theirs) {
  auto task = taskOfShape(context, shape);
  if (!task)
    return task.takeError();
  auto target = selectVariants("native");
  if (!target)
    return target.takeError();
  auto code = KernelCode::compile(*task->module, {}, target->front());
  if (!code)
    return code.takeError();
  auto load = Workload::create(task->function(), rows);
  if (!load)
    return load.takeError();
  double ours = 1e9, halide = 1e9;
  for (int i = 0; i < kCalls; ++i) {
    ours = std::min(ours, (*load)->time(**code));
    halide = std::min(halide, secondsOf(theirs));
  }
  llvm::outs() << llvm::formatv("{0}, {1} rows, {2}: {3:f1} us, Halide {4:f1} us, {5:f2} times as long\n",
                                shape, rows, target->front().name, ours * 1e6, halide * 1e6, halide / ours);
  return llvm::Error::success();
}

llvm::Error run(const char *path) {
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return llvm::createStringError(dlerror());
  using Gemm = int (*)(void *x, void *w, void *y);
  using Gemv = int (*)(void *x, void *scaleX, void *w, void *scaleW, void *y);
  auto gemm = reinterpret_cast<Gemm>(dlsym(library, "yardstick_gemm"));
  auto gemv = reinterpret_cast<Gemv>(dlsym(library, "yardstick_gemv"));
  if (!gemm || !gemv)
    return llvm::createStringError("expected the functions that yardstick.py makes");
  uint64_t bytes = std::max(kSide * kSide * 4, kOutputs * kInputs);
  auto ring = WeightRing::create(bytes);
  if (!ring)
    return ring.takeError();
  std::vector<float> x(kRows * kSide), y(kRows * kSide), scales(kOutputs * kInputs / 32, 0.01f);
  MLIRContext context(MLIRContext::Threading::DISABLED);
  loadDialects(context);
  if (llvm::Error error = compare(context, "linear 1024 1024 f32", kRows,
                                  [&] { gemm(x.data(), (*ring)->next(kSide * kSide * 4), y.data()); }))
    return error;
  return compare(context, "linear 2048 3072 q8", 1, [&] {
    gemv(x.data(), scales.data(), (*ring)->next(kOutputs * kInputs), scales.data(), y.data());
  });
}

} // namespace

int main(int argc, char **argv) {
  if (argc != 2) {
    llvm::errs() << "usage: halide-yardstick LIBRARY, which yardstick.py makes\n";
    return 2;
  }
  if (llvm::Error error = run(argv[1])) {
    llvm::errs() << "halide-yardstick: " << llvm::toString(std::move(error)) << "\n";
    return 1;
  }
  return 0;
}
