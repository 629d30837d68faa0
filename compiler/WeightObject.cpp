// ELF by hand: LLVM's writers hold an object file in memory, and weights do not fit there.
#include "compiler/WeightObject.h"

#include "runtime/artifact_format.h"

#include "llvm/Object/ELFTypes.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir::facet;
using ELF = llvm::object::ELF64LE;
namespace elf = llvm::ELF;

namespace {

enum Section { None, Weights, Symbols, Strings, Stack, SectionCount };

const char kNames[] = "\0.lrodata\0.symtab\0.strtab\0.note.GNU-stack"; // and the literal's own zero
constexpr unsigned kWeightsName = 1, kSymbolsName = 10, kStringsName = 18, kStackName = 26;

template <typename T> llvm::StringRef bytesOf(const T &value) {
  return llvm::StringRef(reinterpret_cast<const char *>(&value), sizeof value);
}

void append(std::string &out, llvm::StringRef bytes) { out.append(bytes.data(), bytes.size()); }

ELF::Ehdr fileHeader(unsigned machine, uint64_t sectionTable) {
  ELF::Ehdr header = {};
  std::memcpy(header.e_ident, elf::ElfMagic, 4);
  header.e_ident[elf::EI_CLASS] = elf::ELFCLASS64;
  header.e_ident[elf::EI_DATA] = elf::ELFDATA2LSB;
  header.e_ident[elf::EI_VERSION] = elf::EV_CURRENT;
  header.e_type = elf::ET_REL;
  header.e_machine = machine;
  header.e_version = elf::EV_CURRENT;
  header.e_shoff = sectionTable;
  header.e_ehsize = sizeof(ELF::Ehdr);
  header.e_shentsize = sizeof(ELF::Shdr);
  header.e_shnum = SectionCount;
  header.e_shstrndx = Strings;
  return header;
}

ELF::Shdr sectionHeader(unsigned name, unsigned type, uint64_t flags, uint64_t offset, uint64_t size,
                        uint64_t alignment) {
  ELF::Shdr section = {};
  section.sh_name = name;
  section.sh_type = type;
  section.sh_flags = flags;
  section.sh_offset = offset;
  section.sh_size = size;
  section.sh_addralign = alignment;
  return section;
}

} // namespace

WeightObject mlir::facet::makeWeightObject(llvm::StringRef symbol, uint64_t bytes, unsigned machine) {
  WeightObject object;
  ELF::Sym symbols[2] = {};
  std::string strings(kNames, sizeof kNames);
  symbols[1].st_name = strings.size();
  symbols[1].setBindingAndType(elf::STB_GLOBAL, elf::STT_OBJECT);
  symbols[1].setVisibility(elf::STV_HIDDEN);
  symbols[1].st_shndx = Weights;
  symbols[1].st_size = bytes;
  strings += symbol.str() + '\0';

  uint64_t end = FACET_PAGE + bytes, symbolsAt = llvm::alignTo(end, 8);
  uint64_t stringsAt = symbolsAt + sizeof symbols, tableAt = llvm::alignTo(stringsAt + strings.size(), 8);
  uint64_t large = machine == elf::EM_X86_64 ? unsigned(elf::SHF_X86_64_LARGE) : 0;
  ELF::Shdr table[SectionCount] = {};
  table[Weights] =
      sectionHeader(kWeightsName, elf::SHT_PROGBITS, elf::SHF_ALLOC | large, FACET_PAGE, bytes, FACET_PAGE);
  table[Symbols] = sectionHeader(kSymbolsName, elf::SHT_SYMTAB, 0, symbolsAt, sizeof symbols, 8);
  table[Symbols].sh_link = Strings;
  table[Symbols].sh_info = 1; // the first symbol that is not local
  table[Symbols].sh_entsize = sizeof(ELF::Sym);
  table[Strings] = sectionHeader(kStringsName, elf::SHT_STRTAB, 0, stringsAt, strings.size(), 1);
  table[Stack] = sectionHeader(kStackName, elf::SHT_PROGBITS, 0, tableAt, 0, 1);

  append(object.head, bytesOf(fileHeader(machine, tableAt)));
  object.head.resize(FACET_PAGE);
  object.tail.resize(symbolsAt - end);
  append(object.tail, bytesOf(symbols));
  object.tail += strings;
  object.tail.resize(tableAt - end);
  append(object.tail, bytesOf(table));
  return object;
}
