// Hostile JSON made safe: limits and duplicate keys are checked before a document is built, and values are
// read through a reader that checks their type and range.
#pragma once

#include "runtime/limits.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <nlohmann/json.hpp>

#include <optional>
#include <string>

namespace mlir::facet {

using Json = nlohmann::json;

/// An error of one line; what it quotes from files cannot break it.
llvm::Error refuse(const llvm::Twine &message);

struct JsonLimits {
  size_t depth = FACET_MAX_JSON_LEVELS, values = FACET_MAX_JSON_VALUES;
};

/// Parses `text`. Refuses broken JSON, a key that an object has twice, and documents beyond the limits.
/// `file` is named in errors. Never throws.
llvm::Expected<Json> parseJson(llvm::StringRef text, llvm::StringRef file, JsonLimits limits = {});

/// A value as JSON for an error message, cut to a line.
std::string showJson(const Json &value);

/// What a key of a config means to us.
struct KeyRule {
  enum Role : uint8_t { Used, MustEqual, Inert } role;
  llvm::StringLiteral key;
  llvm::StringLiteral value =
      ""; // MustEqual: the only value accepted, as JSON; an absent key and null are accepted too
};

/// Reads the values of one object. The first error of all readers that share `error` is kept there; every
/// function then still returns a value within its range, so callers check once at the end. null counts as
/// absent.
class JsonReader {
public:
  /// The top of a file. Keys in `allow`, by name or by path, need no rule. All referents outlive the reader.
  JsonReader(const Json &object, llvm::StringRef file, std::string &error,
             llvm::ArrayRef<std::string> allow = {});
  /// A reader of an object within: same file, error and allowed keys.
  JsonReader within(llvm::StringRef key, const Json &object) const;

  bool has(llvm::StringRef key) const { return find(key) != nullptr; }
  /// Null if absent.
  const Json *find(llvm::StringRef key) const;
  int64_t integer(llvm::StringRef key, int64_t absent, int64_t least, int64_t most);
  std::optional<int64_t> optionalInteger(llvm::StringRef key, int64_t least, int64_t most);
  /// A finite number, at least `least` (or above it) and at most `most`.
  double number(llvm::StringRef key, double absent, double least, double most, bool above = false);
  bool boolean(llvm::StringRef key, bool absent);
  std::string text(llvm::StringRef key, llvm::StringRef absent);
  /// Null if absent or not an object, which is an error.
  const Json *object(llvm::StringRef key);
  /// One id or a list of them.
  std::vector<int64_t> ids(llvm::StringRef key, int64_t most);

  /// Each key must have a rule, or be allowed.
  void checkKeys(llvm::ArrayRef<KeyRule> rules);
  /// Records an error about `key`: what was expected instead of `found`.
  void fail(llvm::StringRef key, const llvm::Twine &expected, llvm::StringRef found);
  /// Records any error.
  void fail(const llvm::Twine &message);
  std::string pathOf(llvm::StringRef key) const;

private:
  void expectObject();

  const Json *value;
  std::string file, path; // path "" is the top
  std::string *error;
  llvm::ArrayRef<std::string> allow;
};

} // namespace mlir::facet
