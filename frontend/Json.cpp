// Limits are checked by a pass over the events of the text, which builds nothing; only then is it parsed.
#include "frontend/Json.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/Twine.h"

#include <cmath>

using namespace mlir::facet;
using llvm::StringRef;
using llvm::Twine;

/// Names in a message come from files: control bytes are spelled out, and the end is cut off if it is far
/// away.
llvm::Error mlir::facet::refuse(const Twine &message) {
  constexpr size_t longest = 2000;
  std::string text = message.str(), line;
  for (unsigned char c : StringRef(text).take_front(longest))
    line += c < 0x20 || c == 0x7f ? "\\x" + llvm::utohexstr(c, /*LowerCase=*/true, /*Width=*/2)
                                  : std::string(1, char(c));
  return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                 Twine(line) + (text.size() > longest ? "..." : ""));
}

namespace {

/// Counts depth and values, and finds duplicate keys.
class Scanner final : public nlohmann::json_sax<Json> {
public:
  explicit Scanner(JsonLimits limits) : limits(limits) {}
  std::string problem;

  bool null() override { return count(); }
  bool boolean(bool) override { return count(); }
  bool number_integer(number_integer_t) override { return count(); }
  bool number_unsigned(number_unsigned_t) override { return count(); }
  bool number_float(number_float_t, const string_t &) override { return count(); }
  bool string(string_t &) override { return count(); }
  bool binary(binary_t &) override { return count(); }
  bool start_array(size_t) override { return open(); }
  bool end_array() override { return close(); }
  bool start_object(size_t) override { return open(); }
  bool end_object() override { return close(); }
  bool key(string_t &key) override {
    if (!keys.back().insert(key).second)
      return stop("key '" + key + "' appears twice in one object");
    return count();
  }
  bool parse_error(size_t position, const std::string &, const nlohmann::detail::exception &) override {
    return stop("broken JSON at byte " + std::to_string(position));
  }

private:
  bool stop(std::string what) {
    problem = std::move(what);
    return false;
  }
  bool count() {
    return ++values <= limits.values || stop("more than " + std::to_string(limits.values) + " JSON values");
  }
  bool open() {
    keys.emplace_back();
    if (keys.size() > limits.depth)
      return stop("JSON nested more than " + std::to_string(limits.depth) + " deep");
    return count();
  }
  bool close() {
    keys.pop_back();
    return true;
  }

  JsonLimits limits;
  size_t values = 0;
  std::vector<llvm::StringSet<>> keys; // of the open objects; empty sets for arrays
};

} // namespace

llvm::Expected<Json> mlir::facet::parseJson(StringRef text, StringRef file, JsonLimits limits) {
  Scanner scanner(limits);
  if (!Json::sax_parse(text.begin(), text.end(), &scanner))
    return refuse(file + ": " + scanner.problem);
  Json parsed = Json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (parsed.is_discarded())
    return refuse(file + ": broken JSON");
  return parsed;
}

std::string mlir::facet::showJson(const Json &value) {
  if (value.is_structured() && value.size() > 8)
    return value.is_array() ? "a list of " + std::to_string(value.size())
                            : "an object of " + std::to_string(value.size()) + " keys";
  std::string text = value.dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace);
  return text.size() <= 80 ? text : text.substr(0, 77) + "...";
}

JsonReader::JsonReader(const Json &object, StringRef file, std::string &error,
                       llvm::ArrayRef<std::string> allow)
    : value(&object), file(file), error(&error), allow(allow) {
  expectObject();
}

JsonReader JsonReader::within(StringRef key, const Json &object) const {
  JsonReader inner = *this;
  inner.value = &object;
  inner.path = pathOf(key);
  inner.expectObject();
  return inner;
}

void JsonReader::expectObject() {
  if (!value->is_object())
    fail(Twine(file) + ": expected an object" + (path.empty() ? "" : " for '" + path + "'") + ", got " +
         showJson(*value));
}

std::string JsonReader::pathOf(StringRef key) const {
  return path.empty() ? key.str() : (path + "." + key).str();
}

void JsonReader::fail(const Twine &message) {
  if (error->empty())
    *error = message.str();
}

void JsonReader::fail(StringRef key, const Twine &expected, StringRef found) {
  fail(file + ": '" + pathOf(key) + "': expected " + expected + ", got " + found);
}

const Json *JsonReader::find(StringRef key) const {
  if (!value->is_object())
    return nullptr;
  auto it = value->find(key.str());
  return it == value->end() || it->is_null() ? nullptr : &*it;
}

std::optional<int64_t> JsonReader::optionalInteger(StringRef key, int64_t least, int64_t most) {
  const Json *found = find(key);
  if (!found)
    return std::nullopt;
  // Beyond 64 bits a number is a float to the parser.
  bool fits = found->is_number_unsigned() ? found->get<uint64_t>() <= uint64_t(INT64_MAX)
                                          : found->is_number_integer();
  int64_t number = fits ? found->get<int64_t>() : 0;
  if (fits && number >= least && number <= most)
    return number;
  fail(key, "an integer from " + Twine(least) + " to " + Twine(most), showJson(*found));
  return least;
}

int64_t JsonReader::integer(StringRef key, int64_t absent, int64_t least, int64_t most) {
  return optionalInteger(key, least, most).value_or(absent);
}

double JsonReader::number(StringRef key, double absent, double least, double most, bool above) {
  const Json *found = find(key);
  if (!found)
    return absent;
  double number = found->is_number() ? found->get<double>() : NAN;
  if ((above ? number > least : number >= least) && number <= most)
    return number;
  std::string bounds = Json(least).dump() + " and at most " + Json(most).dump();
  fail(key, Twine("a number ") + (above ? "above " : "of at least ") + bounds, showJson(*found));
  return absent;
}

bool JsonReader::boolean(StringRef key, bool absent) {
  const Json *found = find(key);
  if (!found)
    return absent;
  if (found->is_boolean())
    return found->get<bool>();
  fail(key, "true or false", showJson(*found));
  return absent;
}

std::string JsonReader::text(StringRef key, StringRef absent) {
  const Json *found = find(key);
  if (!found)
    return absent.str();
  if (found->is_string())
    return found->get_ref<const std::string &>();
  fail(key, "a string", showJson(*found));
  return absent.str();
}

const Json *JsonReader::object(StringRef key) {
  const Json *found = find(key);
  if (!found || found->is_object())
    return found;
  fail(key, "an object", showJson(*found));
  return nullptr;
}

std::vector<int64_t> JsonReader::ids(StringRef key, int64_t most) {
  const Json *found = find(key);
  std::vector<int64_t> result;
  if (!found)
    return result;
  for (const Json &id : found->is_array() ? *found : Json::array({*found})) {
    if (!id.is_number_unsigned() || id.get<uint64_t>() > uint64_t(most)) {
      fail(key, "token ids from 0 to " + Twine(most), showJson(*found));
      return {};
    }
    result.push_back(id.get<int64_t>());
  }
  return result;
}

void JsonReader::checkKeys(llvm::ArrayRef<KeyRule> rules) {
  if (!value->is_object())
    return;
  for (const auto &[key, found] : value->items()) {
    const KeyRule *rule = llvm::find_if(rules, [&](const KeyRule &rule) { return rule.key == key; });
    std::string where = pathOf(key);
    if (rule == rules.end()) {
      if (!llvm::is_contained(allow, key) && !llvm::is_contained(allow, where))
        fail(Twine(file) + ": unknown key '" + where + "' (" + showJson(found) +
             "): it may change what the model computes; if it does not, pass --allow-config " + where);
      continue;
    }
    if (rule->role == KeyRule::MustEqual && !found.is_null() &&
        found != Json::parse(rule->value.begin(), rule->value.end(), nullptr, false))
      fail(key, Twine(rule->value) + ", the only value supported", showJson(found));
  }
}
