// What a tuning database calls this machine and this compiler, and the database that ships.
#include "compiler/Tuning.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace mlir;
using namespace mlir::facet;
using llvm::StringRef;

static constexpr char kBuiltIn[] = {
#include "DefaultTuning.inc"
    0};

static std::string contentsOf(const llvm::Twine &path) {
  auto file = llvm::MemoryBuffer::getFileAsStream(path); // the kernel's files state no size
  return file ? (*file)->getBuffer().trim().str() : "";
}

/// The value of a line "KEY : VALUE" of /proc/cpuinfo.
static std::string cpuField(StringRef cpuinfo, StringRef key) {
  llvm::SmallVector<StringRef> lines;
  cpuinfo.split(lines, '\n');
  for (StringRef line : lines)
    if (auto [name, value] = line.split(':'); name.trim() == key)
      return value.trim().str();
  return "unknown";
}

std::string mlir::facet::hostMachine() {
  std::string cpuinfo = contentsOf("/proc/cpuinfo");
  std::string text = cpuField(cpuinfo, "model name") + ", family " + cpuField(cpuinfo, "cpu family") +
                     " model " + cpuField(cpuinfo, "model") + ",";
  for (int index = 0; index < 8; ++index) {
    std::string folder = "/sys/devices/system/cpu/cpu0/cache/index" + std::to_string(index) + "/";
    std::string type = contentsOf(folder + "type"), level = contentsOf(folder + "level");
    if (!type.empty() && type != "Instruction")
      text += " L" + level + (type == "Data" ? "d " : " ") + contentsOf(folder + "size");
  }
  return text;
}

std::string mlir::facet::hostCompiler() {
  return "facet " FACET_VERSION " llvm " + std::to_string(LLVM_VERSION_MAJOR);
}

const TuningDatabase &TuningDatabase::builtIn() {
  static const TuningDatabase database = [] {
    auto parsed = parse(kBuiltIn, "compiler/default.tuning");
    if (!parsed)
      llvm::report_fatal_error(parsed.takeError());
    return std::move(*parsed);
  }();
  return database;
}
