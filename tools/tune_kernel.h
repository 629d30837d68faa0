// One kernel, compiled in process with a schedule and timed on this machine.
#pragma once

#include "runtime/abi.h"
#include "targets/Target.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <memory>
#include <vector>

namespace mlir::facet {

/// Memory of small numbers that no cache holds when they are read, in huge pages where the system gives them:
/// an artifact's weights lie in such, and with pages of 4 KiB other choices win.
class WeightRing {
public:
  /// What is read between two reads of one address at least: several times a last level of cache.
  static constexpr uint64_t kPeriod = 256 << 20;

  /// Room for a weight of `bytes` wherever `place` may be.
  static llvm::Expected<std::unique_ptr<WeightRing>> create(uint64_t bytes);
  ~WeightRing();
  /// Where a weight lies until `advance`.
  char *place() const { return base + at; }
  /// The next weight lies behind the `bytes` that were read of this one.
  void advance(uint64_t bytes);

private:
  WeightRing() = default;
  void *room = nullptr;
  char *base = nullptr; // in `room`, where a huge page begins
  uint64_t mapped = 0, at = 0;
};

/// Machine code of one kernel, mapped and ready to be called.
class KernelCode {
public:
  /// `module` holds one kernel function; it is not changed. `schedule` may be null.
  static llvm::Expected<std::unique_ptr<KernelCode>> compile(ModuleOp module, ScheduleAttr schedule,
                                                             const TargetVariant &variant);
  ~KernelCode();
  void call(void *const *operands, int64_t piece, int64_t pieces) const {
    long long prepared = -1;
    entry(operands, piece, pieces, scratch, &prepared);
  }

private:
  KernelCode() = default;
  void *code = nullptr;
  uint64_t size = 0;
  facet_kernel_fn entry = nullptr;
  char *scratch = nullptr;
};

/// The kernel of a linear and what a step of `rows` rows hands to it.
class Workload {
public:
  static llvm::Expected<std::unique_ptr<Workload>> create(func::FuncOp kernel, int64_t rows);
  /// Runs a part of the kernel whose weights no cache holds; seconds.
  double time(const KernelCode &code);

private:
  explicit Workload(int64_t rows);
  void *buffer(uint64_t bytes);
  void addOperand(Type type);
  void fillPlan(int64_t experts, int64_t choices);

  int64_t rows, pieces = 1, piece = 0;
  uint64_t read = 0; // bytes of the weight, of a whole call
  size_t weight = 0; // its operand
  std::vector<void *> operands;
  std::vector<std::unique_ptr<char, decltype(&free)>> owned;
  std::vector<int> numbers;
  facet_row_set set = {};
  std::unique_ptr<WeightRing> ring;
};

} // namespace mlir::facet
