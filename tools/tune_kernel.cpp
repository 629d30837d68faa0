#include "tools/tune_kernel.h"

#include "compiler/Compile.h"
#include "ir/Storage.h"
#include "runtime/core/Cpu.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

#include <chrono>
#include <cstring>
#include <random>
#include <sys/mman.h>
#include <unistd.h>

using namespace mlir;
using namespace mlir::facet;

/// Weights that one timed call reads: long against the clock, short against a noisy neighbour.
static constexpr uint64_t kFewBytes = 8 << 20, kManyBytes = 4 << 20;

static llvm::Error systemError(const char *what) {
  return llvm::createStringError(llvm::Twine(what) + ": " + std::strerror(errno));
}

llvm::Expected<std::unique_ptr<WeightRing>> WeightRing::create(uint64_t bytes) {
  std::unique_ptr<WeightRing> ring(new WeightRing);
  uint64_t size = llvm::alignTo(bytes, kPeriod) + kPeriod;
  int file = memfd_create("facet-tune", MFD_CLOEXEC);
  if (file < 0 || ftruncate(file, kPeriod) != 0)
    return systemError("memfd_create");
  void *room = mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  for (uint64_t at = 0; room != MAP_FAILED && at < size; at += kPeriod)
    if (mmap(static_cast<char *>(room) + at, kPeriod, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file,
             0) == MAP_FAILED)
      room = MAP_FAILED;
  close(file);
  if (room == MAP_FAILED)
    return systemError("mmap");
  ring->base = static_cast<char *>(room);
  ring->mapped = size;
  // 16-bit words 0x3c00 to 0x3cff: small positive numbers as f32, bf16, f16 and as integers.
  std::minstd_rand random(1);
  auto *words = reinterpret_cast<uint16_t *>(room);
  for (uint64_t i = 0; i < kPeriod / 2; ++i)
    words[i] = 0x3c00 | (random() >> 8 & 0xff);
  return ring;
}

WeightRing::~WeightRing() {
  if (base)
    munmap(base, mapped);
}

char *WeightRing::next(uint64_t bytes) {
  char *place = base + at;
  at = (at + llvm::alignTo(bytes, 64)) % kPeriod;
  return place;
}

llvm::Expected<std::unique_ptr<KernelCode>> KernelCode::compile(ModuleOp module, ScheduleAttr schedule,
                                                                const TargetVariant &variant) {
  if (variant.int8Tiles && !::facet::requestTiles())
    return llvm::createStringError("this system refuses the use of AMX");
  OwningOpRef<ModuleOp> copy = module.clone();
  auto source = *copy->getOps<func::FuncOp>().begin();
  if (schedule)
    source->setAttr("facet.schedule", schedule);
  std::string name = source.getName().str();
  auto lowered = lowerKernels(*copy, variant, {});
  if (!lowered)
    return lowered.takeError();
  llvm::Expected<CodeImage> image = emitImage(**lowered, variant);
  if (!image)
    return image.takeError();
  auto function = (*lowered)->lookupSymbol<LLVM::LLVMFuncOp>(name);
  uint64_t scratchBytes = function->getAttrOfType<IntegerAttr>("facet.scratch_bytes").getInt();
  std::unique_ptr<KernelCode> kernel(new KernelCode);
  kernel->scratch = static_cast<char *>(std::aligned_alloc(64, llvm::alignTo(scratchBytes + 64, 64)));
  void *code = mmap(nullptr, image->textSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (code == MAP_FAILED)
    return systemError("mmap");
  kernel->code = code;
  kernel->size = image->textSize;
  std::memcpy(code, image->bytes.data(), image->textSize);
  if (mprotect(code, image->textSize, PROT_READ | PROT_EXEC) != 0)
    return systemError("mprotect");
  kernel->entry = reinterpret_cast<facet_kernel_fn>(static_cast<char *>(code) + image->entries.at(name));
  return kernel;
}

KernelCode::~KernelCode() {
  if (code)
    munmap(code, size);
  std::free(scratch);
}

Workload::Workload(int64_t rows) : rows(rows) {
  for (int64_t i = 0; i < rows; ++i)
    numbers.push_back(int(i));
  set.count = int(rows);
  set.token = set.position = set.last_visible = set.parent = numbers.data();
  set.sequence = static_cast<int *>(buffer(rows * sizeof(int)));
}

/// Zeros.
void *Workload::buffer(uint64_t bytes) {
  uint64_t size = llvm::alignTo(bytes, 64);
  owned.emplace_back(static_cast<char *>(std::aligned_alloc(64, size)), &free);
  return std::memset(owned.back().get(), 0, size);
}

/// Pairs go round the experts, as a router that spreads its rows would have it.
void Workload::fillPlan(int64_t experts, int64_t choices) {
  int64_t pairs = rows * choices;
  auto *plan = static_cast<int *>(buffer((experts + 1 + pairs) * sizeof(int)));
  int *entry = plan + experts + 1;
  for (int64_t expert = 0; expert < experts; ++expert) {
    for (int64_t pair = expert; pair < pairs; pair += experts)
      *entry++ = int(pair);
    plan[expert + 1] = int(entry - (plan + experts + 1));
  }
  operands.push_back(plan);
}

void Workload::addOperand(Type type) {
  if (isa<RowsType>(type))
    return operands.push_back(&set);
  if (auto plan = dyn_cast<ExpertPlanType>(type))
    return fillPlan(plan.getExperts(), plan.getChoices());
  auto tensor = cast<RankedTensorType>(type);
  if (tensor.getEncoding()) {
    weight = operands.size();
    return operands.push_back(nullptr);
  }
  uint64_t count = tensor.isDynamicDim(0) ? rows * tensor.getShape().back() : tensor.getNumElements();
  auto *values = static_cast<float *>(buffer(count * sizeof(float)));
  for (uint64_t i = 0; i < count; ++i)
    values[i] = 0.01f * float(i % 37) - 0.2f;
  operands.push_back(values);
}

llvm::Expected<std::unique_ptr<Workload>> Workload::create(func::FuncOp kernel, int64_t rows) {
  std::unique_ptr<Workload> load(new Workload(rows));
  int64_t experts = 1, active = 1;
  RankedTensorType matrix;
  for (Type type : kernel.getArgumentTypes()) {
    load->addOperand(type);
    if (auto plan = dyn_cast<ExpertPlanType>(type)) {
      experts = plan.getExperts();
      active = std::min(experts, rows * plan.getChoices());
    }
    if (auto tensor = dyn_cast<RankedTensorType>(type); tensor && tensor.getEncoding())
      matrix = tensor;
  }
  for (Type type : kernel.getResultTypes())
    load->addOperand(type);
  uint64_t bytes = storedBytes(matrix);
  load->read = bytes / experts * active;
  load->pieces = std::max<int64_t>(1, load->read / (rows == 1 ? kFewBytes : kManyBytes));
  auto ring = WeightRing::create(bytes);
  if (!ring)
    return ring.takeError();
  load->ring = std::move(*ring);
  return load;
}

double Workload::time(const KernelCode &code) {
  operands[weight] = ring->next(read / pieces);
  auto start = std::chrono::steady_clock::now();
  code.call(operands.data(), piece, pieces);
  double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  piece = (piece + 1) % pieces;
  return seconds;
}
