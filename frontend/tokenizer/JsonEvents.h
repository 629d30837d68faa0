// The events of tokenizer.json's parser. The vocabulary and the merges, a million values, go into flat lists;
// all else becomes a small document. Duplicate keys, which a document would swallow, are errors.
#ifndef FACET_FRONTEND_TOKENIZER_JSONEVENTS_H
#define FACET_FRONTEND_TOKENIZER_JSONEVENTS_H

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace facet {

/// Receives the events of nlohmann's parser, which stops at the first handler that returns false. After a
/// failure Key, Expected and Found say what was wrong.
class JsonEvents : public nlohmann::json_sax<nlohmann::json> {
public:
  using json = nlohmann::json;

  json Document; ///< without model.vocab and model.merges
  std::vector<std::pair<std::string, uint64_t>> Vocab;
  std::vector<std::pair<std::string, std::string>> Merges;
  bool HasVocab = false, HasMerges = false;
  std::string Key, Expected, Found;

  bool null() override { return value(nullptr, "null"); }
  bool boolean(bool Value) override { return value(Value, Value ? "true" : "false"); }
  bool number_integer(number_integer_t Value) override { return value(Value, std::to_string(Value)); }
  bool number_unsigned(number_unsigned_t Value) override;
  bool number_float(number_float_t Value, const string_t &Text) override { return value(Value, Text); }
  bool string(string_t &Value) override;
  bool binary(binary_t &) override { return fail("text", "binary"); }
  bool start_object(size_t) override;
  bool key(string_t &Name) override;
  bool end_object() override { return end(); }
  bool start_array(size_t) override;
  bool end_array() override;
  bool parse_error(size_t Position, const std::string &, const nlohmann::detail::exception &Error) override;

private:
  enum class Where { Document, Vocab, Merges, Pair };
  enum class MergeForm { Unknown, Pairs, Lines };

  bool fail(std::string What, std::string Instead);
  bool value(json Value, const std::string &Shown);
  bool mergeForm(MergeForm Form);
  bool end();
  std::string path() const;

  Where At = Where::Document;
  MergeForm Form = MergeForm::Unknown;
  std::vector<json *> Open;       ///< containers of the document that are not closed yet
  std::vector<std::string> Names; ///< the key under which the next value of each open container goes
  std::string VocabKey;
  std::vector<std::string> Parts; ///< of the merge being read
};

} // namespace facet
#endif
