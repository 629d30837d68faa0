// Values of options and arguments, by the variable that they set.
#ifndef FACET_TOOLS_COMMAND_VALUES_H
#define FACET_TOOLS_COMMAND_VALUES_H

#include "tools/command/command.h"

#include <charconv>
#include <cstdint>
#include <utility>

namespace facet::command {

Value flag(bool &Out);
Value text(std::string &Out, std::string Name = "TEXT");
/// Names of files and directories are not empty.
Value file(std::string &Out, std::string Name = "FILE");
Value directory(std::string &Out, std::string Name = "DIR");
/// One of some words.
Value choice(std::string &Out, std::vector<std::string> Words, std::string Name);
/// V, for which shells offer some words, and files if that is what it Expects.
Value offering(Value V, Kind Expects, std::vector<std::string> Words);
/// Whole numbers separated by commas.
Value numbers(std::vector<int> &Out, int Least, int Most, std::string Name = "LIST");
Value seed(uint64_t &Out, std::string Name = "S");

/// "expected a, b or c, found 'd'".
std::string notAmong(const std::vector<std::string> &Words, const std::string &Found);

/// The whole of Text as a number, or false.
template <typename T> bool readNumber(const std::string &Text, T &Number) {
  auto [End, Error] = std::from_chars(Text.data(), Text.data() + Text.size(), Number);
  return !Text.empty() && Error == std::errc() && End == Text.data() + Text.size();
}

/// Out: an int, or an optional one.
template <typename T> Value number(T &Out, int Least, int Most, std::string Name = "N") {
  return {Kind::Text, std::move(Name), {}, [&Out, Least, Most](const std::string &Text) -> std::string {
            int Number = 0;
            if (!readNumber(Text, Number) || Number < Least || Number > Most)
              return "expected a whole number from " + std::to_string(Least) + " to " + std::to_string(Most) +
                     ", found '" + Text + "'";
            Out = Number;
            return "";
          }};
}

/// Adds to a list: the option may be repeated. None is empty.
template <typename List> Value texts(List &Out, std::string Name = "TEXT") {
  return {Kind::Text, std::move(Name), {}, [&Out](const std::string &Text) {
            Out.push_back(Text);
            return Text.empty() ? "expected a text that is not empty" : "";
          }};
}

/// A number from 0 to Most.
Value real(std::optional<float> &Out, int Most, std::string Name);

/// One of some words, each of which stands for a value of an enumeration.
template <typename E>
Value named(E &Out, const std::vector<std::pair<std::string, E>> &Meanings, std::string Name) {
  std::vector<std::string> Words;
  Words.reserve(Meanings.size());
  for (const auto &Meaning : Meanings)
    Words.push_back(Meaning.first);
  auto Set = [&Out, Meanings, Words](const std::string &Text) -> std::string {
    for (const auto &[Word, Meaning] : Meanings)
      if (Word == Text) {
        Out = Meaning;
        return "";
      }
    return notAmong(Words, Text);
  };
  return {Kind::Choice, std::move(Name), std::move(Words), std::move(Set)};
}

} // namespace facet::command
#endif
