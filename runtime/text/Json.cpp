// nlohmann's SAX parser neither recurses nor throws; this handler builds the values.
#include "runtime/text/Json.h"
#include "runtime/text/template/Unicode.h"

#include <algorithm>
#include <nlohmann/json.hpp>

using namespace facet;

namespace {
TemplateError tooDeep(unsigned Depth) {
  return {TemplateError::Limit, 0,
          "lists and objects are nested deeper than " + std::to_string(Depth) + " levels"};
}

class Builder {
public:
  using json = nlohmann::json;
  Builder(Origin From, const JsonLimits &Limits) : From(From), Limits(Limits) {}

  bool null() { return add(TemplateValue::none(From)); }
  bool boolean(bool Value) { return add(TemplateValue::boolean(Value, From)); }
  bool number_integer(json::number_integer_t Value) { return add(TemplateValue::integer(Value, From)); }
  bool number_unsigned(json::number_unsigned_t Value) {
    return add(Value <= INT64_MAX ? TemplateValue::integer(static_cast<int64_t>(Value), From)
                                  : TemplateValue::bigInteger(std::to_string(Value), From));
  }
  bool number_float(json::number_float_t Value, const std::string &Digits) {
    bool Whole = Digits.find_first_of(".eE") == Digits.npos; // an integer beyond 64 bits
    if (Whole && Digits.size() > 4000)
      return fail("an integer has more than 4000 digits");
    return add(Whole ? TemplateValue::bigInteger(Digits, From) : TemplateValue::real(Value, From));
  }
  bool string(std::string &Value) { return add(TemplateValue::string(std::move(Value), From)); }
  bool binary(json::binary_t &) { return fail("binary values are not expected"); }
  bool start_object(size_t) { return open(); }
  bool key(std::string &Value) {
    Stack.back().Key = std::move(Value);
    return true;
  }
  bool end_object() {
    Level Done = close();
    return add(TemplateValue::dict(std::move(Done.Entries), From));
  }
  bool start_array(size_t) { return open(); }
  bool end_array() {
    std::vector<TemplateValue> Items;
    Level Done = close();
    Items.reserve(Done.Entries.size());
    for (auto &[Key, Value] : Done.Entries)
      Items.push_back(std::move(Value));
    return add(TemplateValue::list(std::move(Items), From));
  }
  bool parse_error(size_t Position, const std::string &Token, const nlohmann::detail::exception &E) {
    // "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error ...": keep what is
    // said.
    std::string Said = E.what();
    size_t Cut = Said.find("] ");
    Problem = {TemplateError::Syntax, 0,
               "expected JSON: " + (Cut == Said.npos ? Said : Said.substr(Cut + 2))};
    return false;
  }

  TemplateValue Root;
  TemplateError Problem;

private:
  /// A list or object being read; a list leaves the keys empty.
  struct Level {
    std::string Key;
    std::vector<std::pair<std::string, TemplateValue>> Entries;
  };
  bool fail(std::string Message) {
    Problem = {TemplateError::Limit, 0, std::move(Message)};
    return false;
  }
  bool open() {
    if (Stack.size() >= std::min(Limits.Depth, TemplateValue::MaxDepth - 16)) {
      Problem = tooDeep(Limits.Depth);
      return false;
    }
    Stack.emplace_back();
    return true;
  }
  Level close() {
    Level Done = std::move(Stack.back());
    Stack.pop_back();
    return Done;
  }
  bool add(TemplateValue Value) {
    if (Stack.empty())
      Root = std::move(Value);
    else
      Stack.back().Entries.emplace_back(std::exchange(Stack.back().Key, {}), std::move(Value));
    return true;
  }

  Origin From;
  const JsonLimits &Limits;
  std::vector<Level> Stack;
};

/// Depth is checked before each descent. False with Problem set on failure.
bool convert(const nlohmann::ordered_json &Node, Origin From, unsigned Left, TemplateValue &Out,
             TemplateError &Problem) {
  auto Text = [&](const std::string &Bytes, TemplateValue &To) {
    if (!isValidUtf8(Bytes)) {
      Problem = {TemplateError::Syntax, 0, "a string is not UTF-8"};
      return false;
    }
    To = TemplateValue::string(Bytes, From);
    return true;
  };
  if (Node.is_null()) {
    Out = TemplateValue::none(From);
  } else if (Node.is_boolean()) {
    Out = TemplateValue::boolean(Node.get<bool>(), From);
  } else if (Node.is_number_unsigned() && Node.get<uint64_t>() > INT64_MAX) {
    Out = TemplateValue::bigInteger(std::to_string(Node.get<uint64_t>()), From);
  } else if (Node.is_number_integer()) {
    Out = TemplateValue::integer(Node.get<int64_t>(), From);
  } else if (Node.is_number()) {
    Out = TemplateValue::real(Node.get<double>(), From);
  } else if (Node.is_string()) {
    return Text(Node.get_ref<const std::string &>(), Out);
  } else if (Left == 0) {
    Problem = tooDeep(0);
    return false;
  } else if (Node.is_array()) {
    std::vector<TemplateValue> Items(Node.size());
    for (size_t I = 0; I < Items.size(); ++I)
      if (!convert(Node[I], From, Left - 1, Items[I], Problem))
        return false;
    Out = TemplateValue::list(std::move(Items), From);
  } else if (Node.is_object()) {
    std::vector<std::pair<std::string, TemplateValue>> Entries;
    for (const auto &[Key, Value] : Node.get_ref<const nlohmann::ordered_json::object_t &>()) {
      TemplateValue Checked;
      Entries.emplace_back(Key, TemplateValue());
      if (!Text(Key, Checked) || !convert(Value, From, Left - 1, Entries.back().second, Problem))
        return false;
    }
    Out = TemplateValue::dict(std::move(Entries), From);
  } else {
    Problem = {TemplateError::Syntax, 0, "binary values are not expected"};
    return false;
  }
  return true;
}
} // namespace

TemplateResult<TemplateValue> facet::parseJson(std::string_view Text, Origin From, const JsonLimits &Limits) {
  if (Text.size() > Limits.Bytes)
    return TemplateError{TemplateError::Limit, 0,
                         "expected JSON of at most " + std::to_string(Limits.Bytes) + " bytes, found " +
                             std::to_string(Text.size())};
  Builder Handler(From, Limits);
  if (!nlohmann::json::sax_parse(Text.begin(), Text.end(), &Handler))
    return Handler.Problem;
  return Handler.Root;
}

TemplateResult<TemplateValue> facet::fromJson(const nlohmann::ordered_json &Document, Origin From,
                                              const JsonLimits &Limits) {
  TemplateValue Out;
  TemplateError Problem;
  unsigned Depth = std::min(Limits.Depth, TemplateValue::MaxDepth - 16);
  if (convert(Document, From, Depth, Out, Problem))
    return Out;
  if (Problem.What == TemplateError::Limit)
    Problem = tooDeep(Depth);
  return Problem;
}

std::string facet::quoteJson(std::string_view Text) {
  static const char Hex[] = "0123456789abcdef";
  std::string Out = "\"";
  for (size_t At = 0; At < Text.size();) {
    Character C = characterAt(Text, At);
    if (C.Code == '"' || C.Code == '\\') {
      Out += '\\';
      Out += static_cast<char>(C.Code);
    } else if (C.Code == '\n') {
      Out += "\\n";
    } else if (C.Code < 0x20) {
      Out += "\\u00";
      Out += Hex[C.Code >> 4];
      Out += Hex[C.Code & 15];
    } else {
      appendCharacter(Out, C.Code);
    }
    At = C.End;
  }
  return Out + '"';
}
