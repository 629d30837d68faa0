#include "compiler/Tuning.h"

#include "runtime/core/Sha256.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace mlir;
using namespace mlir::facet;
using llvm::StringRef;

namespace {

constexpr StringRef kHead = "# Facet tuning database; docs/tuning.md says how to read it.\n";
constexpr size_t kMaxBytes = 16 << 20;

/// A choice of a record, its name in the file and the most that it can be.
struct Choice {
  StringRef name;
  int64_t TuningRecord::*value;
  int64_t most;
};
constexpr Choice kChoices[] = {{"row_tile", &TuningRecord::rowTile, 64},
                               {"unroll", &TuningRecord::unroll, 64},
                               {"thin_unroll", &TuningRecord::thinUnroll, 64},
                               {"prefetch", &TuningRecord::prefetch, 65536}};

class Parser {
public:
  explicit Parser(StringRef name) : name(name) {}

  llvm::Error parse(StringRef text, TuningDatabase &database) {
    while (!text.empty()) {
      auto [line, rest] = text.split('\n');
      text = rest;
      ++number;
      line = line.split('#').first.trim();
      if (line.empty())
        continue;
      if (!parseCondition(line))
        if (llvm::Error error = parseRecord(line, database))
          return error;
    }
    return llvm::Error::success();
  }

private:
  llvm::Error refuse(const llvm::Twine &problem) const {
    return llvm::createStringError(name + ":" + llvm::Twine(number) + ": " + problem);
  }

  /// `machine`, `compiler` and `target` hold for the lines that follow.
  bool parseCondition(StringRef line) {
    auto [word, value] = line.split(' ');
    std::string *condition = word == "machine"    ? &state.machine
                             : word == "compiler" ? &state.compiler
                             : word == "target"   ? &state.target
                                                  : nullptr;
    if (condition)
      *condition = value.trim().str();
    return condition;
  }

  llvm::Error parseRecord(StringRef line, TuningDatabase &database) {
    auto [kernel, choices] = line.split(':');
    TuningRecord record = state;
    record.kernel = kernel.trim().str();
    if (kernel.size() == line.size() || record.kernel.empty())
      return refuse("expected 'machine', 'compiler', 'target' or 'KERNEL: CHOICES', got '" + line + "'");
    if (state.machine.empty() || state.compiler.empty() || state.target.empty())
      return refuse("expected lines 'machine', 'compiler' and 'target' before the first kernel");
    llvm::SmallVector<StringRef> words;
    choices.split(words, ' ', -1, /*KeepEmpty=*/false);
    for (StringRef word : words)
      if (!parseChoice(word, record))
        return refuse(
            "expected row_tile, unroll, thin_unroll (0 to 64), prefetch (0 to 65536), few or many, got '" +
            word + "'");
    if (database.find(record))
      return refuse("'" + record.kernel +
                    "' is there twice for one machine, compiler and target; remove one");
    database.put(record);
    return llvm::Error::success();
  }

  static bool parseChoice(StringRef word, TuningRecord &record) {
    auto [key, text] = word.split('=');
    if (key == "few" || key == "many") {
      auto [tuned, untuned] = text.split('/');
      double *times = key == "few" ? record.few : record.many;
      return !tuned.getAsDouble(times[0]) && !untuned.getAsDouble(times[1]);
    }
    for (const Choice &choice : kChoices)
      if (choice.name == key)
        return !text.getAsInteger(10, record.*choice.value) && record.*choice.value >= 0 &&
               record.*choice.value <= choice.most;
    return false;
  }

  StringRef name;
  unsigned number = 0;
  TuningRecord state;
};

} // namespace

bool TuningRecord::sameKey(const TuningRecord &other) const {
  return machine == other.machine && compiler == other.compiler && target == other.target &&
         kernel == other.kernel;
}

llvm::Expected<TuningDatabase> TuningDatabase::parse(StringRef text, StringRef name) {
  TuningDatabase database;
  if (text.size() > kMaxBytes)
    return llvm::createStringError(name + ": expected at most " + llvm::Twine(kMaxBytes) + " bytes");
  if (llvm::Error error = Parser(name).parse(text, database))
    return error;
  return database;
}

llvm::Expected<TuningDatabase> TuningDatabase::read(StringRef path) {
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/true);
  if (!file)
    return llvm::createStringError(path + ": cannot be read: " + file.getError().message());
  return parse((*file)->getBuffer(), path);
}

const TuningRecord *TuningDatabase::find(const TuningRecord &key) const {
  auto found = llvm::find_if(records, [&](const TuningRecord &r) { return r.sameKey(key); });
  return found == records.end() ? nullptr : &*found;
}

void TuningDatabase::put(const TuningRecord &record) {
  auto found = llvm::find_if(records, [&](const TuningRecord &r) { return r.sameKey(record); });
  if (found == records.end())
    records.push_back(record);
  else
    *found = record;
}

std::string TuningDatabase::print() const {
  std::string text = kHead.str();
  llvm::raw_string_ostream os(text);
  TuningRecord last;
  for (const TuningRecord &record : records) {
    for (auto [word, now, before] : {std::tuple("machine", &record.machine, &last.machine),
                                     std::tuple("compiler", &record.compiler, &last.compiler),
                                     std::tuple("target", &record.target, &last.target)})
      if (*now != *before)
        os << word << " " << *now << "\n";
    os << record.kernel << ":";
    for (const Choice &choice : kChoices)
      if (record.*choice.value)
        os << " " << choice.name << "=" << record.*choice.value;
    for (auto [word, times] : {std::pair("few", record.few), std::pair("many", record.many)})
      if (times[1] > 0)
        os << llvm::formatv(" {0}={1:f1}/{2:f1}", word, times[0], times[1]);
    os << "\n";
    last = record;
  }
  return text;
}

DictionaryAttr TuningDatabase::select(MLIRContext *context, StringRef target, StringRef machine) const {
  NamedAttrList chosen;
  for (bool sameMachine : {true, false})
    for (const TuningRecord &r : records)
      if (r.target == target && r.compiler == hostCompiler() && (r.machine == machine) == sameMachine &&
          !chosen.get(r.kernel))
        chosen.append(r.kernel, ScheduleAttr::get(context, r.rowTile, r.unroll, r.thinUnroll, r.prefetch));
  return chosen.empty() ? DictionaryAttr() : chosen.getDictionary(context);
}

std::string TuningDatabase::digest() const {
  std::string text = print();
  unsigned char bytes[32];
  ::facet::sha256(text.data(), text.size(), bytes);
  return llvm::toHex(llvm::ArrayRef<uint8_t>(bytes), /*LowerCase=*/true);
}
