#include "tools/tune_kernel.h"

#include "compiler/Compile.h"
#include "ir/Storage.h"
#include "runtime/core/Cpu.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

#include <chrono>
#include <cstring>
#include <random>
#include <sys/mman.h>

using namespace mlir;
using namespace mlir::facet;

/// Weights that one timed call reads: long against the clock, short against a noisy neighbour.
static constexpr uint64_t kFewBytes = 8 << 20, kManyBytes = 4 << 20;

static llvm::Error systemError(const char *what) {
  return llvm::createStringError(llvm::Twine(what) + ": " + std::strerror(errno));
}

/// Repeats 16-bit words 0x3c00 to 0x3cff: small positive numbers as f32, bf16, f16 and as integers.
static void fill(char *to, uint64_t bytes) {
  constexpr uint64_t kBlock = 1 << 20;
  std::minstd_rand random(1);
  std::vector<uint16_t> words(kBlock / 2);
  for (uint16_t &word : words)
    word = 0x3c00 | (random() >> 8 & 0xff);
  for (uint64_t at = 0; at < bytes; at += kBlock)
    std::memcpy(to + at, words.data(), std::min(kBlock, bytes - at));
}

llvm::Expected<std::unique_ptr<WeightRing>> WeightRing::create(uint64_t bytes) {
  constexpr uint64_t kHugePage = 2 << 20;
  std::unique_ptr<WeightRing> ring(new WeightRing);
  uint64_t size = llvm::alignTo(bytes + kPeriod, kHugePage) + kHugePage;
  void *room = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (room == MAP_FAILED)
    return systemError("mmap");
  ring->room = room;
  ring->mapped = size;
  ring->base = reinterpret_cast<char *>(llvm::alignAddr(room, llvm::Align(kHugePage)));
  madvise(ring->base, size - kHugePage, MADV_HUGEPAGE); // without them slower pages do
  fill(ring->base, size - kHugePage);
  return ring;
}

WeightRing::~WeightRing() {
  if (room)
    munmap(room, mapped);
}

void WeightRing::advance(uint64_t bytes) { at = (at + llvm::alignTo(bytes, 64)) % kPeriod; }

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
  operands[weight] = ring->place();
  auto start = std::chrono::steady_clock::now();
  code.call(operands.data(), piece, pieces);
  double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  piece = (piece + 1) % pieces;
  if (piece == 0) // parts of one weight already lie behind each other
    ring->advance(read);
  return seconds;
}
