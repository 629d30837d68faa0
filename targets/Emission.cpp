// From the LLVM dialect to object code and one image, in process.
#include "targets/Emission.h"

#include "lld/Common/Driver.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVMPass.h"
#include "mlir/Conversion/ReconcileUnrealizedCasts/ReconcileUnrealizedCasts.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Conversion/UBToLLVM/UBToLLVM.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVMPass.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"

#include <mutex>

LLD_HAS_DRIVER(elf)

using namespace mlir;
using namespace mlir::facet;

void facet::buildTargetLowering(OpPassManager &pm) {
  pm.addPass(createLowerTileLinearPass());
  pm.addPass(createLowerTileDotPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createLoopInvariantCodeMotionPass());
  pm.addPass(createSCFToControlFlowPass());
  pm.addPass(createConvertVectorToLLVMPass());
  pm.addPass(createArithToLLVMConversionPass());
  pm.addPass(createUBToLLVMConversionPass()); // folds make ub.poison
  pm.addPass(createConvertControlFlowToLLVMPass());
  pm.addPass(createConvertFuncToLLVMPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
}

static void initializeTargets() {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
  });
}

static llvm::Expected<std::unique_ptr<llvm::TargetMachine>> machineOf(const TargetVariant &variant) {
  initializeTargets();
  std::string message;
  llvm::Triple triple(variant.triple);
  const llvm::Target *target = llvm::TargetRegistry::lookupTarget(triple, message);
  if (!target)
    return llvm::createStringError("no code generator for " + variant.triple + ": " + message);
  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Strict; // fused operations are written out
  options.FunctionSections = true;
  return std::unique_ptr<llvm::TargetMachine>(
      target->createTargetMachine(triple, variant.cpu, variant.llvmFeatures, options, llvm::Reloc::PIC_,
                                  std::nullopt, llvm::CodeGenOptLevel::Aggressive));
}

/// Subtarget attributes go on every function: without them the optimiser sees a generic CPU.
static void prepare(llvm::Module &module, llvm::TargetMachine &machine, const TargetVariant &variant) {
  module.setTargetTriple(machine.getTargetTriple());
  module.setDataLayout(machine.createDataLayout());
  std::string width = std::to_string(variant.vectorBits);
  for (llvm::Function &function : module) {
    if (function.isDeclaration())
      continue;
    function.addFnAttr("target-cpu", variant.cpu);
    if (!variant.llvmFeatures.empty())
      function.addFnAttr("target-features", variant.llvmFeatures);
    function.addFnAttr("prefer-vector-width", width);
    function.addFnAttr("min-legal-vector-width", width);
    function.addFnAttr(llvm::Attribute::NoUnwind);
  }
}

static void optimize(llvm::Module &module, llvm::TargetMachine &machine) {
  llvm::LoopAnalysisManager lam;
  llvm::FunctionAnalysisManager fam;
  llvm::CGSCCAnalysisManager cam;
  llvm::ModuleAnalysisManager mam;
  llvm::PipelineTuningOptions tuning;
  tuning.LoopUnrolling = false;
  tuning.LoopVectorization = false;
  tuning.SLPVectorization = false;
  llvm::PassBuilder builder(&machine, tuning);
  // Kernels call nothing: never turn a loop into memset or memcpy.
  fam.registerPass([&] {
    llvm::TargetLibraryInfoImpl info(machine.getTargetTriple());
    info.disableAllFunctions();
    return llvm::TargetLibraryAnalysis(info);
  });
  builder.registerModuleAnalyses(mam);
  builder.registerCGSCCAnalyses(cam);
  builder.registerFunctionAnalyses(fam);
  builder.registerLoopAnalyses(lam);
  builder.crossRegisterProxies(lam, fam, cam, mam);
  builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O3).run(module, mam);
}

llvm::Expected<std::string> facet::emitText(ModuleOp module, const TargetVariant &variant, EmitKind kind) {
  DialectRegistry registry;
  registerAllToLLVMIRTranslations(registry);
  module->getContext()->appendDialectRegistry(registry);
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> translated = translateModuleToLLVMIR(module, context, "facet");
  if (!translated)
    return llvm::createStringError("kernels of " + variant.name + " could not be translated to LLVM IR");
  return emitModule(*translated, variant, kind);
}

llvm::Expected<std::string> facet::emitModule(llvm::Module &module, const TargetVariant &variant,
                                              EmitKind kind) {
  auto machine = machineOf(variant);
  if (!machine)
    return machine.takeError();
  prepare(module, **machine, variant);
  std::string problems;
  llvm::raw_string_ostream problemStream(problems);
  if (llvm::verifyModule(module, &problemStream))
    return llvm::createStringError("invalid LLVM IR for " + variant.name + ": " + problems);
  optimize(module, **machine);
  std::string text;
  llvm::raw_string_ostream out(text);
  if (kind == EmitKind::LLVMIR) {
    module.print(out, nullptr);
    return text;
  }
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream stream(bytes);
  llvm::legacy::PassManager pm;
  auto fileType =
      kind == EmitKind::Assembly ? llvm::CodeGenFileType::AssemblyFile : llvm::CodeGenFileType::ObjectFile;
  if ((*machine)->addPassesToEmitFile(pm, stream, nullptr, fileType))
    return llvm::createStringError("no emitter for " + variant.name);
  pm.run(module);
  return std::string(bytes.begin(), bytes.end());
}

namespace {
/// A file that disappears with its scope, or with the process.
struct TemporaryFile {
  llvm::SmallString<128> path;
  std::error_code create(llvm::StringRef suffix) {
    if (std::error_code failed = llvm::sys::fs::createTemporaryFile("facet", suffix, path))
      return failed;
    llvm::sys::RemoveFileOnSignal(path);
    return {};
  }
  ~TemporaryFile() {
    if (path.empty())
      return;
    (void)llvm::sys::fs::remove(path);
    llvm::sys::DontRemoveFileOnSignal(path);
  }
};
} // namespace

/// lld may not run twice at once, and resets every cl::opt of the process.
static llvm::Error link(llvm::StringRef object, llvm::StringRef image) {
  static std::mutex mutex;
  std::lock_guard<std::mutex> lock(mutex);
  std::string in = object.str(), out = image.str();
  std::vector<const char *> arguments = {"ld.lld",
                                         "-shared",
                                         "--nostdlib",
                                         "--no-undefined",
                                         "-z",
                                         "noexecstack",
                                         "-z",
                                         "noseparate-code",
                                         "--no-rosegment",
                                         "-Bsymbolic",
                                         "--hash-style=gnu",
                                         "--build-id=none",
                                         "-z",
                                         "norelro",
                                         "-z",
                                         "text",
                                         in.c_str(),
                                         "-o",
                                         out.c_str()};
  std::string messages;
  llvm::raw_string_ostream stream(messages);
  lld::Result result = lld::lldMain(arguments, stream, stream, {{lld::Gnu, &lld::elf::link}});
  if (result.retCode)
    return llvm::createStringError("lld: " + messages);
  return llvm::Error::success();
}

/// Everything code needs lies in the first segment, whose offsets are its addresses; a relocation would need
/// a loader.
static llvm::Error readImage(llvm::StringRef bytes, CodeImage &image) {
  auto file = llvm::object::ELFFile<llvm::object::ELF64LE>::create(bytes);
  if (!file)
    return file.takeError();
  auto headers = file->program_headers();
  auto sections = file->sections();
  if (!headers || !sections)
    return llvm::createStringError("unreadable image");
  for (const auto &header : *headers) {
    if (header.p_type != llvm::ELF::PT_LOAD || !(header.p_flags & llvm::ELF::PF_X))
      continue;
    if (header.p_offset || header.p_vaddr)
      return llvm::createStringError("expected code at offset 0 of the image");
    image.textSize = header.p_filesz;
  }
  for (const auto &section : *sections) {
    if (section.sh_type == llvm::ELF::SHT_RELA && section.sh_size)
      return llvm::createStringError("the image has dynamic relocations");
    if (section.sh_type != llvm::ELF::SHT_DYNSYM)
      continue;
    auto symbols = file->symbols(&section);
    auto names = file->getStringTableForSymtab(section);
    if (!symbols || !names)
      return llvm::createStringError("unreadable symbols");
    for (const auto &symbol : *symbols)
      if (symbol.getType() == llvm::ELF::STT_FUNC)
        image.entries[names->data() + symbol.st_name] = symbol.st_value;
  }
  image.bytes.assign(bytes.begin(), bytes.end());
  return llvm::Error::success();
}

llvm::Expected<CodeImage> facet::emitImage(ModuleOp module, const TargetVariant &variant) {
  llvm::Expected<std::string> object = emitText(module, variant, EmitKind::Object);
  if (!object)
    return object.takeError();
  TemporaryFile in, out;
  if (std::error_code ec = in.create("o"))
    return llvm::createStringError(ec, "cannot create a temporary file");
  if (std::error_code ec = out.create("so"))
    return llvm::createStringError(ec, "cannot create a temporary file");
  {
    std::error_code ec;
    llvm::raw_fd_ostream stream(in.path, ec);
    stream << *object;
    stream.close();
    if (ec || stream.has_error())
      return llvm::createStringError("cannot write the temporary file " + in.path.str().str());
  }
  if (llvm::Error error = link(in.path, out.path))
    return error;
  auto buffer = llvm::MemoryBuffer::getFile(out.path);
  if (!buffer)
    return llvm::createStringError(buffer.getError(), "cannot read the linked image");
  CodeImage image;
  if (llvm::Error error = readImage((*buffer)->getBuffer(), image))
    return error;
  return image;
}
