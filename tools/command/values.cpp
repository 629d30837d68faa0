// Values of options and arguments, by the variable that they set.
#include "tools/command/values.h"

#include <algorithm>

namespace facet::command {

Value flag(bool &Out) {
  return {Kind::Flag, "", {}, [&Out](const std::string &) {
            Out = true;
            return "";
          }};
}

Value text(std::string &Out, std::string Name) {
  return {Kind::Text, std::move(Name), {}, [&Out](const std::string &Text) {
            Out = Text;
            return "";
          }};
}

static Value path(Kind Expects, std::string &Out, std::string Name) {
  const char *Problem =
      Expects == Kind::File ? "expected the name of a file" : "expected the name of a directory";
  return {Expects, std::move(Name), {}, [&Out, Problem](const std::string &Text) {
            Out = Text;
            return Text.empty() ? Problem : "";
          }};
}

Value file(std::string &Out, std::string Name) { return path(Kind::File, Out, std::move(Name)); }
Value directory(std::string &Out, std::string Name) { return path(Kind::Directory, Out, std::move(Name)); }

static std::string listed(const std::vector<std::string> &Words) {
  std::string List;
  for (size_t I = 0; I < Words.size(); ++I)
    List += (I == 0 ? "" : I + 1 == Words.size() ? " or " : ", ") + Words[I];
  return List;
}

std::string notAmong(const std::vector<std::string> &Words, const std::string &Found) {
  return "expected " + listed(Words) + ", found '" + Found + "'";
}

Value choice(std::string &Out, std::vector<std::string> Words, std::string Name) {
  auto Set = [&Out, Words](const std::string &Text) -> std::string {
    if (std::find(Words.begin(), Words.end(), Text) == Words.end())
      return notAmong(Words, Text);
    Out = Text;
    return "";
  };
  return {Kind::Choice, std::move(Name), std::move(Words), std::move(Set)};
}

Value offering(Value V, Kind Expects, std::vector<std::string> Words) {
  V.Expects = Expects;
  V.Choices = std::move(Words);
  return V;
}

Value numbers(std::vector<int> &Out, int Least, int Most, std::string Name) {
  return {Kind::Text, std::move(Name), {}, [&Out, Least, Most](const std::string &Text) -> std::string {
            Out.clear();
            for (size_t Begin = 0, End; Begin <= Text.size(); Begin = End + 1) {
              End = std::min(Text.find(',', Begin), Text.size());
              int Number = 0;
              if (!readNumber(Text.substr(Begin, End - Begin), Number) || Number < Least || Number > Most)
                return "expected whole numbers from " + std::to_string(Least) + " to " +
                       std::to_string(Most) + ", separated by commas, found '" + Text + "'";
              Out.push_back(Number);
            }
            return "";
          }};
}

Value seed(uint64_t &Out, std::string Name) {
  return {Kind::Text, std::move(Name), {}, [&Out](const std::string &Text) -> std::string {
            return readNumber(Text, Out) ? "" : "expected a number from 0 to 2^64 - 1, found '" + Text + "'";
          }};
}

Value real(std::optional<float> &Out, int Most, std::string Name) {
  return {Kind::Text, std::move(Name), {}, [&Out, Most](const std::string &Text) -> std::string {
            float Number = 0;
            if (!readNumber(Text, Number) || !(Number >= 0 && Number <= static_cast<float>(Most)))
              return "expected a number from 0 to " + std::to_string(Most) + ", found '" + Text + "'";
            Out = Number;
            return "";
          }};
}

} // namespace facet::command
