// The object file that describes a model to the program it becomes part of (runtime/embedded_format.h).
#include "targets/Emission.h"

#include "runtime/abi.h"
#include "runtime/artifact_format.h"

#include "llvm/IR/Constants.h"
#include "llvm/IR/Module.h"

using namespace mlir::facet;

namespace {

class DescriptionBuilder {
public:
  explicit DescriptionBuilder(llvm::Module &module)
      : module(module), pointer(llvm::PointerType::get(module.getContext(), 0)) {}

  void build(const ModelDescription &model) {
    llvm::Constant *fields[] = {
        number(FACET_ABI_VERSION),
        bytes(llvm::StringRef(model.name.c_str(), model.name.size() + 1), 1),
        bytes(model.tables, FACET_PAGE),
        number(model.tables.size()),
        model.weightSymbol.empty() ? null() : external(model.weightSymbol),
        number(model.weightBytes),
        table(model.kernels),
    };
    auto *value = llvm::ConstantStruct::getAnon(fields);
    auto *symbol = new llvm::GlobalVariable(module, value->getType(), true,
                                            llvm::GlobalValue::ExternalLinkage, value, model.name);
    symbol->setAlignment(llvm::Align(8));
  }

private:
  llvm::Constant *number(uint64_t value) {
    return llvm::ConstantInt::get(llvm::Type::getInt64Ty(module.getContext()), value);
  }
  llvm::Constant *null() { return llvm::ConstantPointerNull::get(pointer); }

  llvm::GlobalVariable *local(llvm::Constant *value) {
    return new llvm::GlobalVariable(module, value->getType(), true, llvm::GlobalValue::PrivateLinkage, value);
  }

  llvm::Constant *bytes(llvm::StringRef text, unsigned alignment) {
    auto *global = local(llvm::ConstantDataArray::getString(module.getContext(), text, false));
    global->setAlignment(llvm::Align(alignment));
    return global;
  }

  /// Of another object of the archive.
  llvm::Constant *external(llvm::StringRef name) {
    auto *symbol = new llvm::GlobalVariable(module, llvm::Type::getInt8Ty(module.getContext()), true,
                                            llvm::GlobalValue::ExternalLinkage, nullptr, name);
    symbol->setVisibility(llvm::GlobalValue::HiddenVisibility);
    return symbol;
  }

  llvm::Constant *table(llvm::ArrayRef<std::string> names) {
    std::vector<llvm::Constant *> elements;
    for (const std::string &name : names)
      elements.push_back(external(name));
    return local(llvm::ConstantArray::get(llvm::ArrayType::get(pointer, elements.size()), elements));
  }

  llvm::Module &module;
  llvm::PointerType *pointer;
};

} // namespace

llvm::Expected<std::string> mlir::facet::emitDescription(const ModelDescription &model,
                                                         const TargetVariant &variant) {
  llvm::LLVMContext context;
  llvm::Module module(model.name, context);
  DescriptionBuilder(module).build(model);
  return emitModule(module, variant, EmitKind::Object);
}
