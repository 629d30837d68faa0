// Builds the small document and the two long lists of a tokenizer.json.
#include "frontend/tokenizer/JsonEvents.h"
#include "runtime/limits.h"

namespace facet {

std::string JsonEvents::path() const {
  std::string Path;
  for (size_t I = 0; I < Open.size(); ++I) {
    size_t Closed = Open[I]->size() - (I + 1 < Open.size()); // elements before the one being read
    std::string Name = Open[I]->is_array() ? std::to_string(Closed) : Names[I];
    Path += (I ? "." : "") + Name;
  }
  if (At == Where::Vocab)
    Path += "." + VocabKey;
  if (At == Where::Merges || At == Where::Pair)
    Path += "." + std::to_string(Merges.size());
  return Path;
}

bool JsonEvents::fail(std::string What, std::string Instead) {
  Key = path();
  Expected = std::move(What);
  Found = std::move(Instead);
  return false;
}

bool JsonEvents::value(json Value, const std::string &Shown) {
  if (At == Where::Vocab)
    return fail("an id, an integer from 0 up", Shown);
  if (At != Where::Document)
    return fail("a pair of strings, or one string with a space", Shown);
  if (Open.empty())
    return fail("an object", Shown);
  if (Open.back()->is_array())
    Open.back()->push_back(std::move(Value));
  else
    (*Open.back())[Names.back()] = std::move(Value);
  return true;
}

bool JsonEvents::number_unsigned(number_unsigned_t Value) {
  if (At != Where::Vocab)
    return value(Value, std::to_string(Value));
  Vocab.emplace_back(std::move(VocabKey), Value);
  return true;
}

bool JsonEvents::mergeForm(MergeForm Now) {
  if (Form != MergeForm::Unknown && Form != Now)
    return fail("merges of one form, all pairs or all strings", "both");
  Form = Now;
  return true;
}

bool JsonEvents::string(string_t &Value) {
  if (At == Where::Pair) {
    Parts.push_back(std::move(Value));
    return Parts.size() <= 2 || fail("two strings", "more");
  }
  if (At != Where::Merges)
    return value(std::move(Value), "a string");
  if (!mergeForm(MergeForm::Lines))
    return false;
  if (Value.starts_with("#version")) // the head line of a merges.txt
    return true;
  size_t Space = Value.find(' ');
  if (Space == std::string::npos || Value.find(' ', Space + 1) != std::string::npos)
    return fail("two tokens with one space between them", "\"" + Value + "\"");
  Merges.emplace_back(Value.substr(0, Space), Value.substr(Space + 1));
  return true;
}

bool JsonEvents::start_object(size_t) {
  if (At == Where::Document && Open.size() == 2 && Names[0] == "model" && Names[1] == "vocab") {
    At = Where::Vocab;
    HasVocab = true;
    return true;
  }
  if (Open.size() >= FACET_MAX_TOKENIZER_JSON_LEVELS)
    return fail("at most " + std::to_string(FACET_MAX_TOKENIZER_JSON_LEVELS) + " levels", "more");
  if (Open.empty()) {
    Document = json::object();
    Open.push_back(&Document);
  } else {
    json *Parent = Open.back();
    if (!value(json::object(), "an object"))
      return false;
    Open.push_back(Parent->is_array() ? &Parent->back() : &(*Parent)[Names.back()]);
  }
  Names.emplace_back();
  return true;
}

bool JsonEvents::key(string_t &Name) {
  if (At == Where::Vocab) {
    VocabKey = std::move(Name);
    return true;
  }
  Names.back() = std::move(Name);
  bool List = Open.size() == 2 && Names[0] == "model" &&
              ((Names[1] == "vocab" && HasVocab) || (Names[1] == "merges" && HasMerges));
  if (List || Open.back()->contains(Names.back()))
    return fail("each key once", "it twice");
  return true;
}

bool JsonEvents::start_array(size_t) {
  if (At == Where::Merges) {
    At = Where::Pair;
    Parts.clear();
    return mergeForm(MergeForm::Pairs);
  }
  if (At == Where::Document && Open.size() == 2 && Names[0] == "model" && Names[1] == "merges") {
    At = Where::Merges;
    HasMerges = true;
    return true;
  }
  if (Open.size() >= FACET_MAX_TOKENIZER_JSON_LEVELS)
    return fail("at most " + std::to_string(FACET_MAX_TOKENIZER_JSON_LEVELS) + " levels", "more");
  if (Open.empty())
    return fail("an object", "an array");
  json *Parent = Open.back();
  if (!value(json::array(), "an array"))
    return false;
  Open.push_back(Parent->is_array() ? &Parent->back() : &(*Parent)[Names.back()]);
  Names.emplace_back();
  return true;
}

bool JsonEvents::end_array() {
  if (At == Where::Pair) {
    if (Parts.size() != 2)
      return fail("two strings", std::to_string(Parts.size()));
    Merges.emplace_back(std::move(Parts[0]), std::move(Parts[1]));
    At = Where::Merges;
    return true;
  }
  return end();
}

bool JsonEvents::end() {
  if (At != Where::Document) {
    At = Where::Document;
    return true;
  }
  Open.pop_back();
  Names.pop_back();
  return true;
}

bool JsonEvents::parse_error(size_t, const std::string &, const nlohmann::detail::exception &Error) {
  // "[json.exception.parse_error.101] parse error at line 1, column 2: what": the part after the brackets.
  std::string What = Error.what();
  size_t Bracket = What.find("] ");
  fail("JSON", Bracket == std::string::npos ? What : What.substr(Bracket + 2));
  return false;
}

} // namespace facet
